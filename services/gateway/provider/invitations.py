"""Inviting a company's main contact, sending the invitation again, and taking it back."""

from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.gateway.languages import gettext as _
from services.gateway.lists import Item, whole
from services.gateway.provider.companies import page_of
from services.gateway.provider.question import Question, act
from shared.contracts.errors import NotFound

pages = Blueprint("invitations", __name__, url_prefix="/companies/<uuid:company_id>/invitations")


@pages.post("")
def invite(company_id: UUID) -> ResponseReturnValue:
    return act(
        "invitation.invite",
        {"company_id": company_id},
        _("Die Einladung ist unterwegs."),
        back=page_of(company_id),
    )


@pages.post("/<uuid:invitation_id>/resend")
def resend(company_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    return act(
        "invitation.resend",
        {"invitation_id": invitation_id},
        _("Die Einladung ist noch einmal unterwegs. Der Link in der vorigen E-Mail gilt nicht mehr."),
        back=page_of(company_id),
    )


@pages.route("/<uuid:invitation_id>/revoke", methods=["GET", "POST"])
def revoke(company_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    invitation = _find(company_id, invitation_id)
    question = Question(
        area="companies",
        title=_("Einladung zurücknehmen?"),
        button=_("Ja, zurücknehmen"),
        back=page_of(company_id),
        text=_(
            "Der Link in der E-Mail an %(email)s gilt dann nicht mehr. Sie können jederzeit neu einladen.",
            email=invitation["email"],
        ),
        danger=True,
    )
    return question.run(
        "invitation.revoke", {"invitation_id": invitation_id}, _("Die Einladung ist zurückgenommen.")
    )


def _find(company_id: UUID, invitation_id: UUID) -> Item:
    """Raises NotFound."""
    found = whole(
        "invitation",
        "invitations",
        company_id=company_id,
        wanted=lambda each: bool(each["invitation_id"] == str(invitation_id)),
    )
    if not found:
        raise NotFound("invitation")
    return found[0]
