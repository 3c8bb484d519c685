"""Every mail says what it must, in both languages and both forms, whatever people have typed."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import compat32, default
from html.parser import HTMLParser
from typing import cast
from uuid import UUID

import pytest
from hypothesis import example, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notifications.domain import TO_PROVIDER, WITHOUT_LINK, NotSent
from services.notifications.mails import Letter, ascii_address, build
from shared.contracts.notifications import MailTemplate
from shared.contracts.values import Language
from tests.unit.notifications.letters import FIRST, LINK, letter

SENDER, DELIVERY = "portal@mail.example.com", UUID(int=7)
NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
ALL = [(template, language) for template in MailTemplate for language in Language]
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
}
HOSTILE = [
    "Heizung\r\nBcc: everyone@example.com\r\n\r\nBuy now",
    "=?utf-8?q?a=0D=0ABcc=3A_everyone=40example=2Ecom?=",
    "=?utf-8?b?YQpCY2M6IGV2ZXJ5b25lQGV4YW1wbGUuY29t?= <evil@example.com>, x",
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% include 'secret' %}",
    "ä" * 4_000,
    "ü, ö; <x@example.com>, " * 20,
    "\u202egnp.exe \u2066x\u2069 שלום مرحبا",
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "\x00\x1b[31m",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200) | st.sampled_from(HOSTILE)


def built(of: Letter) -> EmailMessage:
    """The mail as its receiver reads it."""
    sent = build(of, sender=SENDER, delivery_id=DELIVERY, at=NOW).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.splitlines())) <= 998
    return cast(EmailMessage, message_from_bytes(sent, policy=default))


def forms(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


class Tags(HTMLParser):
    """The tags of a page, the addresses that it leads to, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("template", "language"), ALL)
def test_a_mail_has_one_button_and_the_same_link_in_both_forms(template, language):
    plain, html = forms(built(letter(template, language)))
    links = [] if template in WITHOUT_LINK else [LINK]
    assert Tags(html).links == links
    assert plain.count("https://") == len(links)
    assert f'lang="{language}"' in html
    assert "None" not in plain + html


@pytest.mark.parametrize(("template", "language"), ALL)
def test_customers_hear_from_their_provider_and_answer_to_it(template, language):
    mail = built(letter(template, language))
    (sender,) = mail["From"].addresses
    assert sender.addr_spec == SENDER
    if template in TO_PROVIDER:
        assert sender.display_name in ("Kundenportal", "Customer portal")
        assert mail["Reply-To"] is None
    else:
        assert sender.display_name == "Huber Heizungsbau GmbH"
        assert mail["Reply-To"].addresses[0].addr_spec == "info@huber.example.com"
        assert mail["To"].addresses[0].display_name == "Jörg Müller"


@pytest.mark.parametrize(("template", "language"), ALL)
def test_each_language_has_its_words(template, language):
    german, english = (forms(built(letter(template, each)))[0] for each in Language)
    assert german.startswith("Guten Tag")
    assert english.startswith(("Dear Jörg Müller,", "Hello,"))
    assert not {" wir ", " Sie ", " die "} & {f" {word} " for word in english.split()}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (MailTemplate.REQUEST_ACCEPTED, ["„Heizung wird nicht warm“", "Unsere Nachricht an Sie"]),
        (MailTemplate.REQUEST_DECLINED, ["leider", "Begründung"]),
        (MailTemplate.APPOINTMENT_SCHEDULED, ["Di., 13.", "09:00–11:00", "Einsatzort", "Es kommt"]),
        (MailTemplate.APPOINTMENT_RESCHEDULED, ["Bisher: Di., 12.", "08:00–10:00", "09:00–11:00"]),
        (MailTemplate.APPOINTMENT_CANCELLED, ["entfällt", "08:00–10:00", "Grund"]),
        (MailTemplate.OFFER_PUBLISHED, ["AN-17", "1.299,90", "Gültig bis", "28."]),
        (MailTemplate.INVOICE_PUBLISHED, ["Rechnung", "1.299,90"]),
        (MailTemplate.SERVICE_REPORT_PUBLISHED, ["Servicebericht"]),
        (MailTemplate.INVITATION, ["Passwort", "1.\u00a0März"]),
        (MailTemplate.PASSWORD_CHANGED, ["13:05", "rufen Sie uns an"]),
        (MailTemplate.REQUEST_SUBMITTED, ["hat eine Anfrage gestellt", "Beschreibung"]),
        (MailTemplate.OFFER_DECLINED, ["abgelehnt", "Begründung"]),
    ],
)
def test_a_mail_tells_what_it_is_about(template, said):
    plain, html = forms(built(letter(template)))
    for each in said:
        assert each in plain
        assert each.partition(": ")[0] in Tags(html).text


def test_a_mail_about_another_technician_tells_of_no_other_time():
    values = letter(MailTemplate.APPOINTMENT_RESCHEDULED).values
    again = replace(
        letter(MailTemplate.APPOINTMENT_RESCHEDULED),
        values={**values, "moved": False, "appointment": FIRST},
    )
    message = built(again)
    assert message["Subject"] == "Änderung zu Ihrem Termin am 12. Januar 2027"
    plain, _ = forms(message)
    assert "Es kommt: noch offen" in plain
    assert "Bisher" not in plain


def test_the_message_id_of_a_delivery_is_the_same_at_every_attempt():
    assert built(letter(MailTemplate.INVITATION))["Message-ID"] == f"<{DELIVERY}@mail.example.com>"


@settings(max_examples=150)
@for_all(st.sampled_from(ALL), TEXTS, TEXTS, TEXTS)
@example((MailTemplate.REQUEST_SUBMITTED, Language.GERMAN), HOSTILE[0], HOSTILE[1], HOSTILE[2])
@example((MailTemplate.APPOINTMENT_SCHEDULED, Language.ENGLISH), HOSTILE[3], HOSTILE[6], HOSTILE[7])
def test_whatever_people_type_the_headers_and_the_page_stay_ours(kind, said, name, provider_name):
    template, language = kind
    of = letter(template, language, said=said, name=name, provider_name=provider_name)
    raw = build(of, sender=SENDER, delivery_id=DELIVERY, at=NOW).as_bytes()
    for policy in (default, compat32):
        names = [header for header, _ in message_from_bytes(raw, policy=policy).items()]
        assert sorted(names) == sorted(HEADERS if template in TO_PROVIDER else HEADERS | {"Reply-To"})
    mail = built(of)
    assert [each.addr_spec for each in mail["From"].addresses] == [SENDER]
    assert [each.addr_spec for each in mail["To"].addresses] == ["someone@example.com"]
    assert not set(mail["Subject"] + str(mail["From"]) + str(mail["To"])) & set("\r\n\0\u202e")
    expected = Tags(forms(built(letter(template, language)))[1])
    page = Tags(forms(mail)[1])
    assert page.links == expected.links
    assert set(page.tags) <= set(expected.tags) | {"br"}


def test_what_people_type_is_there_to_read():
    plain, html = forms(built(letter(MailTemplate.REQUEST_DECLINED, said="5 < 7 & {{ x }}\nזהו")))
    assert "> 5 < 7 & {{ x }}\n> זהו" in plain
    assert "5 &lt; 7 &amp; {{ x }}<br>זהו" in html


def test_a_domain_with_umlauts_is_written_as_mail_servers_know_it():
    assert ascii_address("info@müller.example") == "info@xn--mller-kva.example"


def test_a_mail_to_one_domain_does_not_go_to_another_one_that_looks_alike():
    assert ascii_address("info@straße.example") == "info@xn--strae-oqa.example"


def test_customers_are_written_to_also_where_their_provider_can_not_be():
    unreachable = replace(letter(MailTemplate.INVITATION), reply_to="büro@huber.example.com")
    assert built(unreachable)["Reply-To"] is None


@pytest.mark.parametrize(
    "email",
    [
        "",
        "x",
        "@x.example",
        "x@",
        "x y@z.example",
        "a@b@c.example",
        "ü@x.example",
        "x@" + "a" * 64 + ".example",
        "x@y.example\r\nBcc: z@example.com",
        "a,b@x.example",
    ],
)
def test_no_mail_is_built_for_what_is_no_address(email):
    with pytest.raises(NotSent):
        ascii_address(email)
