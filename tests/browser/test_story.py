"""The life of a customer, page by page: from the plugin switched on to the finished order."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.servers import PostgreSQL
from shared.contracts.values import Language, Money
from shared.formats import money
from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor
from tests.browser.words import Words
from tests.integration.gateway import serving
from tests.integration.notifications.mailing import Mailing, mailing, token_in
from tests.support.file_contents import image, pdf
from tests.support.scene import PASSWORD
from tests.support.virtual_hosts import VirtualHosts

TITLE = "Heizung wird nicht warm"
CONFIRMATION = (
    "Sie nehmen das Angebot %(number)s über %(total)s an. Das lässt sich hier nicht rückgängig machen."
)
COMPANY = "Bäckerei Müller & Söhne"


@pytest.fixture(scope="module")
def mail(
    postgresql: PostgreSQL,
    virtual_hosts: VirtualHosts,
    template_database: str,
    keys: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mailing]:
    """A portal of its own, whose mails arrive."""
    folder = tmp_path_factory.mktemp("story")
    with mailing(postgresql, virtual_hosts.fresh(), template_database, keys, folder) as mail:
        yield mail


@pytest.fixture(scope="module")
def home(mail: Mailing, secret_file: Path) -> Iterator[str]:
    port = serving.free_port()
    with serving.running_gateway(mail.portal, secret_file, port):
        yield f"http://{serving.HOST}:{port}"


class Life:
    """What the people of the story do; each step a method, in one language."""

    def __init__(self, mail: Mailing, language: str, staff: Visitor, customer: Visitor) -> None:
        self.mail, self.say, self.language = mail, Words(language), language
        self.email = f"joerg-{uuid4()}@example.com"
        self.staff, self.customer = staff.context.new_page(), customer.context.new_page()
        self._staff, self._customer = staff, customer

    def staff_sign_in(self) -> None:
        email = f"disposition-{uuid4()}@example.com"
        provider = {"name": "Lechtaler Wärmetechnik GmbH", "email": f"info-{uuid4()}@example.com"}
        call, operator = self.mail.portal.call, self.mail.portal.operator
        provider_id = call("customers.register_provider", operator, **provider)["provider_id"]
        call("invitation.register_staff", operator, provider_id=provider_id, email=email, password=PASSWORD)
        page = self._staff.open("/provider/", page=self.staff)
        self.fill(page, {"E-Mail-Adresse": email, "Passwort": PASSWORD})
        self.press(page, "Anmelden")

    def staff_switch_the_plugin_on(self) -> None:
        self.go(self.staff, "Einstellungen")
        self.press(self.staff, "Einschalten")
        self.sees(self.staff, "Eingeschaltet")

    def staff_enter_the_company(self) -> None:
        page = self.staff
        self.go(page, "Unternehmen")
        self.follow(page, "Neues Unternehmen")
        self.fill(page, {"Name": COMPANY, "Kundennummer": "10021"})
        self.press(page, "Unternehmen anlegen")
        self.sees(page, "Nicht einladbar")
        self.follow(page, "Ansprechpartner anlegen")
        self.fill(page, {"Vorname": "Jörg", "Nachname": "Müller", "E-Mail-Adresse": self.email})
        page.get_by_label(self.say("Sprache")).select_option(self.language)
        self.press(page, "Ansprechpartner anlegen")
        chosen = self.say("%(first_name)s %(last_name)s wählen", first_name="Jörg", last_name="Müller")
        page.get_by_role("button", name=chosen).click()
        self.follow(page, "Einsatzort anlegen")
        self.fill(page, {"Name": "Backstube", "Adresse": "Jakoberstraße 12\n86152 Augsburg"})
        self.fill(page, {"Breite": "48,3715", "Länge": "10,9080"})
        self.press(page, "Einsatzort anlegen")

    def customer_follows_the_invitation(self) -> None:
        self.press(self.staff, "Ins Portal einladen")
        link = f"/invitation/{token_in(self.mail.server, self.email)}"
        page = self._customer.open(link, page=self.customer)
        self.fill(page, {"Passwort": PASSWORD})
        self.press(page, "Passwort festlegen und anmelden")
        expect(page.get_by_role("heading", level=1, name=COMPANY)).to_be_visible()
        expect(page.locator(".site-marker")).to_have_count(1)
        sites = page.get_by_role("region", name=self.say("Einsatzorte"))
        expect(sites.get_by_text("Backstube").first).to_be_visible()

    def customer_asks_for_work(self) -> None:
        self.go(self.staff, "Anfragen")
        page, next_step = self.customer, "Weiter"
        self.follow(page.get_by_role("main"), "Neue Anfrage")
        self.fill(page, {"Worum geht es?": TITLE})
        self.press(page, next_step)
        page.get_by_role("textbox", name=self.say("Beschreibung")).fill("Seit gestern kalt.\nBitte bald.")
        self.press(page, next_step)
        page.get_by_role("radio", name="Backstube").check()
        self.press(page, next_step)
        picture = {"name": "Kessel.jpg", "mimeType": "image/jpeg", "buffer": image("jpeg")}
        page.locator("input[type=file][multiple]").set_input_files([picture])  # type: ignore[list-item]
        expect(page.get_by_role("button", name=self.say("Entfernen"))).to_be_visible()
        self.press(page, next_step)
        expect(page.locator("[data-review]")).to_contain_text("Kessel.jpg")
        self.press(page, "Anfrage absenden")
        expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
        self.sees(page, "Eingereicht")

    def staff_accept_it(self) -> None:
        """Both see the other's doing where they are."""
        expect(self.staff).to_have_title(re.compile(r"^\(1\) "))
        self.staff.locator("summary", has_text=self.say("Annehmen")).click()
        self.staff.get_by_label(self.say("Nachricht an den Kunden")).fill("Wir melden uns.")
        self.press(self.staff, "Annehmen und Auftrag anlegen")
        expect(self.customer.get_by_text("Wir melden uns.")).to_be_visible()

    def staff_plan_an_appointment(self) -> None:
        self.go(self.staff, "Aufträge")
        self.follow(self.staff, TITLE)
        self.follow(self.staff, "Termin planen")
        self.fill(self.staff, {"Techniker": "Sepp Brandl"})
        self.press(self.staff, "Termin planen")
        self.sees(self.customer, "Sepp Brandl")
        self.sees(self.customer, "Termin geplant")

    def customer_accepts_an_offer(self) -> None:
        self.go(self.customer, "Übersicht")
        page, until = self.staff, date.today() + timedelta(days=14)
        self.follow(page, "Angebot veröffentlichen")
        self.fill(
            page, {"Nummer": "AN-17", "Gesamtbetrag in Euro": "1.290,00", "Gültig bis": until.isoformat()}
        )
        paper = {"name": "AN-17.pdf", "mimeType": "application/pdf", "buffer": pdf("AN-17")}
        page.get_by_label("PDF").set_input_files([paper])  # type: ignore[list-item]
        self.press(page, "Weiter")
        self.press(page, "Ja, veröffentlichen")
        page = self.customer
        page.get_by_role("link", name=re.compile(f"{self.say('Annehmen')}.*AN-17")).click()
        total = money(Money(amount=Decimal(1290), currency="EUR"), Language(self.language))
        expect(page.get_by_text(self.say(CONFIRMATION, number="AN-17", total=total))).to_be_visible()
        self.press(page, "Ja, Angebot annehmen")
        answered = self.say("Angenommen von %(name)s am %(moment)s", name="Jörg Müller", moment="")
        expect(page.get_by_text(answered.strip()).first).to_be_visible()

    def staff_finish_the_work(self) -> None:
        self.go(self.customer, "Anfragen")
        self.follow(self.customer, TITLE)
        page = self.staff
        self.go(page, "Aufträge")
        self.follow(page, TITLE)
        self.follow(page, "Erledigt")
        self.press(page, "Ja, erledigt")
        self.follow(page, "Auftrag abschließen")
        self.press(page, "Ja, Auftrag abschließen")
        timeline = self.customer.get_by_role("region", name=self.say("Verlauf"))
        expect(timeline.get_by_role("listitem")).to_have_count(5)

    def customer_has_the_view_built_anew(self) -> None:
        """Another page of theirs stays usable meanwhile."""
        page, other = self.customer, self._customer.open("/")
        self.go(page, "Einstellungen")
        self.press(page, "Löschen und neu synchronisieren")
        self.go(other, "Anfragen")
        self.follow(other.get_by_role("main"), TITLE)
        expect(other.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
        self.sees(page, "Fertig. Ihre Ansicht ist neu aufgebaut.")
        self.sees(page, "Es war alles richtig: Nichts hat gefehlt, und nichts war falsch.")

    def go(self, page: Page, area: str) -> None:
        """To one of the areas at the left."""
        areas = page.get_by_role("navigation", name=self.say("Bereiche"))
        areas.get_by_role("link", name=self.say(area)).click()

    def follow(self, place: Page | Locator, link: str) -> None:
        place.get_by_role("link", name=self.say(link)).first.click()

    def press(self, page: Page, button: str) -> None:
        page.get_by_role("button", name=self.say(button)).first.click()

    def fill(self, page: Page, values: dict[str, str]) -> None:
        for label, value in values.items():
            page.get_by_role("main").get_by_label(self.say(label)).first.fill(value)

    def sees(self, page: Page, word: str) -> None:
        expect(page.get_by_text(self.say(word)).first).to_be_visible()


# It starts a portal of its own first, on a machine that may have other things to do.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", [each.value for each in Language])
def test_a_customers_life(mail: Mailing, new_visitor: NewVisitor, language: str):
    life = Life(mail, language, staff=new_visitor(language), customer=new_visitor(language))
    life.staff_sign_in()
    life.staff_switch_the_plugin_on()
    life.staff_enter_the_company()
    life.customer_follows_the_invitation()
    life.customer_asks_for_work()
    life.staff_accept_it()
    life.staff_plan_an_appointment()
    life.customer_accepts_an_offer()
    life.staff_finish_the_work()
    life.customer_has_the_view_built_anew()
