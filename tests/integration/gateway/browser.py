"""A browser without a screen: opens pages, keeps cookies, fills in the forms that a page shows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse


@dataclass
class Form:
    """A form of a page: where it goes, and what it holds."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects the forms and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
            case "input" if "name" in given:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
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
        self.html = answer.get_data(as_text=True)
        reader = _Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.text = " ".join(" ".join(reader.text).split())

    def form(self, action: str = "") -> Form:
        """The form that goes to an address ending in `action`."""
        found = [form for form in self.forms if urlsplit(form.action).path.endswith(action)]
        assert found, f"no form to …{action} at {self.path}; its text: {self.text}"
        return found[0] if action else found[-1]

    def submit(self, action: str = "", **typed: str) -> Self:
        """Fill in a form and send it; other fields keep what the page put there."""
        form = self.form(action)
        unknown = typed.keys() - form.fields.keys()
        assert not unknown, f"the form has no field {unknown}"
        return type(self)(
            self.browser, self.browser.send(form.action or self.path, form.fields | typed, follow=True)
        )


class Browser:
    """Cookies of its own; `kind` of account and so on are up to who signs in."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def open(self, address: str) -> Page:
        return Page(self, self.client.get(address, follow_redirects=True))

    def send(self, address: str, fields: dict[str, str], *, follow: bool = False) -> TestResponse:
        """Send a form as it is."""
        return self.client.post(address, data=fields, follow_redirects=follow)

    def sign_in(self, email: str, password: str) -> Page:
        return self.open("/sign-in").submit("/sign-in", email=email, password=password)
