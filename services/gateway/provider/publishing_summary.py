"""What is asked before a document is published: what the customer will see, and who gets a mail."""

from collections.abc import Iterator, Mapping

from flask import render_template

from services.gateway import formatting, session
from services.gateway.forms import command_id
from services.gateway.languages import gettext as _
from services.gateway.languages import translated
from services.gateway.provider.companies import Item, main_contact
from services.gateway.provider.question import Question
from services.gateway.provider.refusals import CONDITIONS
from services.gateway.uploads import FIELD


def page(question: Question, values: Mapping[str, str], *, company: Item, file: Item) -> str:
    """The question once more, as one that holds its answers; `file` is what the service found it to be."""
    conditions = session.call("invitation", "conditions", company_id=company["company_id"])
    return render_template(
        "provider/publish_summary.html",
        question=question,
        values={name: value for name, value in values.items() if name != FIELD},
        facts=[
            (_("Unternehmen"), company["name"]),
            *((field.label, field.said(values[field.name])) for field in question.fields),
            (_("PDF"), f"{file['filename']} ({formatting.file_size(file['size'])})"),
            (_("E-Mail an"), " ".join(_mail(company, conditions["missing"]))),
        ],
        has_access=conditions["has_account"],
        command_id=command_id(),
    )


def _mail(company: Item, missing: list[str]) -> Iterator[str]:
    """Who gets a mail, or why nobody does."""
    if missing:
        yield _("Niemand.")
        yield from (translated(CONDITIONS[code]) for code in missing)
        return
    if main := main_contact(company):
        yield f"{main['first_name']} {main['last_name']} ({main['email']})"
