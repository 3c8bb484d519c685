"""Caught mails can be looked at where the portal is tried out, and nowhere else."""

from email.message import EmailMessage
from mailbox import Maildir
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.gateway.app import create_app
from services.gateway.changes import Changes
from services.gateway.settings import Settings
from shared.config import ConfigurationError
from shared.files.store import FileStore
from shared.messaging.client import RpcClient

SECRET = "the tests sign their cookies with this one"
ENVIRONMENT = {
    "AMQP_URI": "amqp://gateway:long-enough-to-hold@nowhere",
    "PORTAL_GATEWAY_SECRET": SECRET,
    "PORTAL_MAIL_FOLDER": "/mails",
}


def keep(folder: Path, subject: str, html: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@localhost", "kunde@example.com", subject
    mail.set_content("Als Text <b>")
    mail.add_alternative(html, subtype="html")
    return Maildir(folder, create=True).add(mail.as_bytes())


def gateway(mails: Path | None) -> Flask:
    client = RpcClient("amqp://nowhere", name="no broker needed")
    return create_app(
        client,
        changes=Changes("amqp://nowhere", name="no broker needed"),
        files=FileStore("memory://mails"),
        secret_key=SECRET,
        secure_cookies=False,
        mails=mails,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mails"


@pytest.fixture
def browser(folder: Path) -> FlaskClient:
    return gateway(folder).test_client()


def test_the_newest_mail_comes_first(folder: Path, browser: FlaskClient):
    assert "Noch keine E-Mails" in browser.get("/mails").get_data(as_text=True)
    for subject in ("Erste", "Zweite <script>"):
        keep(folder, subject, "<p>Hallo</p>")
    page = browser.get("/mails").get_data(as_text=True)
    assert page.index("Zweite &lt;script&gt;") < page.index("Erste")


def test_a_mail_is_shown_as_text_and_in_a_frame_that_runs_no_script(folder: Path, browser: FlaskClient):
    key = keep(folder, "Einladung", "<p style='color:red'>Hallo</p><script>alert(1)</script>")
    page = browser.get(f"/mails/{key}").get_data(as_text=True)
    assert "Als Text &lt;b&gt;" in page
    assert f'src="/mails/{key}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    framed = browser.get(f"/mails/{key}/html")
    assert "<script>alert(1)</script>" in framed.get_data(as_text=True)
    policy = framed.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "default-src 'none'" in policy
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_no_other_file_can_be_asked_for(folder: Path, browser: FlaskClient):
    keep(folder, "Eine", "<p>Hallo</p>")
    (folder.parent / "secret").write_text("geheim")
    for key in ("../secret", "..%2f..%2fsecret", "nothing", "new"):
        assert browser.get(f"/mails/{key}").status_code == 404


def test_only_this_machine_may_look(folder: Path, browser: FlaskClient):
    assert browser.get("/mails", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert browser.get("/mails", headers={"Host": "rebound.example:8000"}).status_code == 404
    assert browser.get("/mails", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


def test_without_a_folder_there_is_no_such_page():
    assert gateway(None).test_client().get("/mails").status_code == 404


@pytest.mark.parametrize(
    "setting",
    [
        {"PORTAL_ENV": "production"},
        {"HOST": "0.0.0.0"},
        {"PORTAL_PROXIES": "1"},
        {"PORTAL_PUBLIC_URL": "https://portal.example.com"},
    ],
)
def test_a_gateway_that_others_reach_refuses_to_show_mails(setting: dict[str, str]):
    assert Settings.from_environment(ENVIRONMENT).mails == Path("/mails")
    with pytest.raises(ConfigurationError, match="PORTAL_MAIL_FOLDER"):
        Settings.from_environment(ENVIRONMENT | setting)
