"""The form for a new request, as somebody fills it in at a phone."""

import re

from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.visitor import PHONE, Visitor
from tests.support.file_contents import image

TITLE, DESCRIPTION = "Therme fällt aus", "Seit Sonntag.\nDer Schlüssel liegt beim Bäcker."
PICTURE = FilePayload(name="Therme.jpg", mimeType="image/jpeg", buffer=image("jpeg"))
UPLOADS = "**/api/v1/attachments"


def start(visitor: Visitor, address: str = "/requests/new") -> Page:
    """The form, in a tab of its own."""
    page = visitor.context.new_page()
    page.set_viewport_size(PHONE)
    return visitor.open(address, page=page)


def title_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Worum geht es?")


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Weiter").click()


def fill_in(page: Page, title: str = TITLE) -> None:
    """The first three steps; the fourth, the attachments, is open then."""
    title_of(page).fill(title)
    go_on(page)
    page.get_by_role("textbox", name="Beschreibung").fill(DESCRIPTION)
    go_on(page)
    page.get_by_role("radio", name="Filiale Süd").check()
    go_on(page)


def add_picture(page: Page, picture: FilePayload = PICTURE) -> None:
    page.locator("input[type=file][multiple]").set_input_files(picture)


def picture_is_there(page: Page) -> None:
    expect(page.get_by_role("button", name=re.compile("Entfernen.*Therme.jpg"))).to_be_visible()
    expect(page.get_by_role("button", name="Noch einmal")).to_have_count(0)


def review_shows_everything(page: Page) -> None:
    review = page.get_by_role("region", name="Prüfen und absenden")
    for text in (TITLE, "Der Schlüssel liegt beim Bäcker.", "Filiale Süd", PICTURE["name"]):
        expect(review).to_contain_text(text)


def send(page: Page) -> None:
    page.get_by_role("button", name="Anfrage absenden").click()


def is_sent(page: Page, title: str = TITLE) -> None:
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_text("Eingereicht").first).to_be_visible()
