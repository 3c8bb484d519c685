"""A browser without a screen: opens pages, keeps cookies, fills in the forms that a page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from typing import Self
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

URL_ENCODED = "application/x-www-form-urlencoded"
# A file that was chosen: its content, its name, its type.
Chosen = tuple[BytesIO, str, str]


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds."""

    action: str
    method: str
    media_type: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects the forms, the links and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                method, media_type = given.get("method", "get"), given.get("enctype", URL_ENCODED)
                self.forms.append(Form(given.get("action", ""), method, media_type))
            case "a" if "href" in given:
                self.links.append(given["href"])
            case "input" if given.get("type") == "checkbox":
                self.forms[-1].fields[given["name"]] = given.get("value", "on") if "checked" in given else ""
            case "input" if "name" in given and given.get("type") == "radio":
                value = given.get("value", "") if "checked" in given else ""
                fields = self.forms[-1].fields
                fields[given["name"]] = value or fields.get(given["name"], "")
            case "input" if "name" in given:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
            case "button" if "name" in given:
                self.forms[-1].fields[given["name"]] = ""
            case "textarea":
                self._area = given["name"]
                self.forms[-1].fields[self._area] = ""
            case "select":
                self._select = given["name"]
                self.forms[-1].fields[self._select] = ""
            case "option" if self._select and "selected" in given:
                self.forms[-1].fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data.removeprefix("\n")
        else:
            self.text.append(data)


class Page:
    """A page that was opened."""

    def __init__(self, browser: "Browser", answer: TestResponse) -> None:
        self.browser, self.answer = browser, answer
        self.status = answer.status_code
        self.path = answer.request.path
        self.address = answer.request.full_path.rstrip("?")
        self.html = answer.get_data(as_text=True)
        reader = _Reader()
        reader.feed(self.html)
        self.forms, self.links = reader.forms, reader.links
        self.text = " ".join(" ".join(reader.text).split())

    def form(self, action: str = "") -> Form:
        """The form that goes to an address ending in `action`."""
        found = [form for form in self.forms if urlsplit(form.action).path.endswith(action)]
        assert found, f"no form to …{action} at {self.path}; its text: {self.text}"
        return found[0] if action else next((form for form in found if not form.action), found[-1])

    def submit(self, action: str = "", **typed: str | Chosen) -> Self:
        """Fill in a form and send it; other fields keep what the page put there."""
        form = self.form(action)
        unknown = typed.keys() - form.fields.keys()
        assert not unknown, f"the form has no field {unknown}"
        answer = self.browser.send(
            form.action or self.address, form.fields | typed, follow=True, media_type=form.media_type
        )
        return type(self)(self.browser, answer)


class Browser:
    """Cookies of its own, at a network address; `kind` of account and so on are up to who signs in."""

    def __init__(self, app: Flask, address: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address

    def open(self, address: str) -> Page:
        return Page(self, self.client.get(address, follow_redirects=True))

    def send(
        self,
        address: str,
        fields: Mapping[str, str | Chosen],
        *,
        follow: bool = False,
        media_type: str | None = None,
    ) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(address, data=dict(fields), follow_redirects=follow, content_type=media_type)

    def sign_in(self, email: str, password: str) -> Page:
        return self.open("/sign-in").submit("/sign-in", email=email, password=password)
