"""Every page, on a phone and on a desk, in both languages: it fits, all can use it, nothing goes wrong."""

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from services.gateway.app import create_app
from services.gateway.changes import Changes
from shared.files.store import FileStore
from shared.messaging.client import RpcClient
from tests.browser.looks import must_look_right
from tests.browser.people import People
from tests.browser.places import ANYONE, CUSTOMER, IN_VAIN, STAFF, Place, all_pages, lists
from tests.browser.visitor import Visitor
from tests.integration.gateway import serving

Comes = Callable[[People, str, str], Visitor]
# The first of them waits for a portal, a gateway, a browser and the sample data.
pytestmark = pytest.mark.timeout(400)
# What differs between the languages is words, which the stories show: English is left to the long run.
in_german_first = pytest.mark.parametrize("language", ["de", pytest.param("en", marks=pytest.mark.long)])


@pytest.fixture(scope="module")
def comes(chromium: Browser, home: str) -> Iterator[Comes]:
    """One browser for each who opens pages, and language; they stay signed in."""
    known: dict[tuple[str, str], Visitor] = {}

    def come(people: People, who: str, language: str) -> Visitor:
        email = {STAFF: people.staff, CUSTOMER: people.customer, ANYONE: ""}[who]
        if (email, language) not in known:
            visitor = known[email, language] = Visitor(chromium.new_context(locale=language), home)
            if email:
                visitor.sign_in(email, people.password, language=language)
        return known[email, language]

    yield come
    for visitor in known.values():
        visitor.context.close()


@in_german_first
@pytest.mark.parametrize("place", all_pages(), ids=str)
def test_a_page_that_is_full(comes: Comes, busy: People, place: Place, language: str):
    _look(comes(busy, place.who, language), place, f"full/{place}", language, busy.ids[place.who])


@in_german_first
@pytest.mark.parametrize("place", lists(), ids=str)
def test_a_page_that_is_empty_yet(comes: Comes, fresh: People, place: Place, language: str):
    _look(comes(fresh, place.who, language), place, f"empty/{place}", language)


@in_german_first
@pytest.mark.parametrize("place", IN_VAIN, ids=str)
def test_a_page_that_finds_nothing(comes: Comes, busy: People, place: Place, language: str):
    _look(comes(busy, place.who, language), place, f"in vain/{place}", language)


@in_german_first
def test_forms_that_are_refused(comes: Comes, busy: People, language: str):
    words = {"de": ("Anmelden", "Unternehmen anlegen"), "en": ("Sign in", "Add company")}
    for who, address, button in (
        (ANYONE, "/sign-in", words[language][0]),
        (STAFF, "/provider/companies/new", words[language][1]),
    ):
        visitor = comes(busy, who, language)
        visitor.expected.add(visitor.home + address)
        page = visitor.open(address)
        page.get_by_role("main").get_by_role("button", name=button).click()
        page.get_by_role("alert").wait_for()
        must_look_right(page, f"refused{address}", language=language)
        page.close()
        visitor.must_be_content()


@in_german_first
def test_the_page_for_when_the_services_are_away(chromium: Browser, nobody_answers: str, language: str):
    visitor = Visitor(chromium.new_context(locale=language), nobody_answers)
    page = visitor.open("/invitation/irgendeine", status=503)
    must_look_right(page, "error/services away", language=language)
    visitor.context.close()
    visitor.must_be_content()


@pytest.fixture
def nobody_answers(amqp_uri: str) -> Iterator[str]:
    """A gateway whose broker has no services."""
    changes = Changes(amqp_uri, name="changes of nobody")
    with closing(RpcClient(amqp_uri, name="lonely gateway", timeout=1)) as client, closing(changes):
        app = create_app(
            client,
            changes=changes,
            files=FileStore("memory://"),
            secret_key=serving.SECRET,
            secure_cookies=False,
        )
        server = make_server(serving.HOST, 0, app, threaded=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{serving.HOST}:{server.port}"
        server.shutdown()


def _look(
    visitor: Visitor, place: Place, name: str, language: str, ids: dict[str, str] | None = None
) -> None:
    page: Page = visitor.open(place.address.format(**ids or {}), status=place.status)
    must_look_right(page, name, language=language)
    page.close()
    visitor.must_be_content()
