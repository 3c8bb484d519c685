"""Mails are handed over in the clear, over TLS and after STARTTLS; what goes wrong is told apart."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.notifications.smtp import MailFault, MailServer, Refused, ServerAway, TryLater
from tests.support import mail

SENDER, TO = "portal@example.com", "kunde@example.com"
HOST = "127.0.0.1"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key, and a certificate for this machine that is its own authority."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate)
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[mail.MailServer]:
    with mail.catching(tmp_path / "caught") as running:
        yield running


def message() -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = SENDER, TO, "Hallo"
    made.set_content("Hallo\n.\nWelt\n")
    return made


def hand_over(url: str) -> None:
    MailServer.parse(url).send(message(), sender=SENDER, to=TO)


def fault(url: str) -> MailFault:
    with pytest.raises(MailFault) as raised:
        hand_over(url)
    return raised.value


def test_a_mail_arrives_as_it_was_built(server: mail.MailServer):
    hand_over(server.url)
    (arrived,) = server.wait_for(TO)
    assert mail.text_of(arrived).split() == ["Hallo", ".", "Welt"]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("550 5.1.1 No such user", Refused, "550"),
        ("451 Greylisted", TryLater, "451"),
        ("421 Closing down", TryLater, "421"),
        ("530 Log in first", TryLater, "530"),
        (mail.HANG_UP, TryLater, "disconnected"),
    ],
)
def test_a_mail_that_is_not_taken_fails_for_good_or_for_now(server, answer, kind, code):
    server.answers[TO] = answer
    raised = fault(server.url)
    assert (type(raised), raised.code) == (kind, code)


def test_a_server_that_is_not_there_is_away(server: mail.MailServer):
    server.stop()
    raised = fault(server.url)
    assert (type(raised), raised.code) == (ServerAway, "unreachable")


def test_a_server_that_says_nothing_is_given_up(server: mail.MailServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.notifications.smtp.ANSWER_TIMEOUT_S", 0.2)
    server.slow[TO] = 5
    raised = fault(server.url)
    assert (type(raised), raised.code) == (TryLater, "timeout")


def test_a_server_that_looks_at_a_mail_for_long_is_waited_for(
    server: mail.MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.notifications.smtp.ANSWER_TIMEOUT_S", 0.2)
    server.ponders[TO] = 1
    hand_over(server.url)
    assert len(server.mails(TO)) == 1


def test_a_server_that_never_says_what_became_of_a_mail_is_given_up(
    server: mail.MailServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.notifications.smtp.TAKEN_TIMEOUT_S", 0.2)
    server.ponders[TO] = 5
    raised = fault(server.url)
    assert (type(raised), raised.code) == (TryLater, "timeout")


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_over_tls_the_server_must_prove_its_name(
    scheme: str, tmp_path: Path, context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    options: dict[str, Any] = {
        "smtps": {"ssl_context": context},
        "smtp+starttls": {"tls_context": context, "require_starttls": True},
    }[scheme]
    with mail.catching(tmp_path / "caught", **options) as server:
        url = server.url.replace("smtp", scheme, 1)
        raised = fault(url)
        assert (type(raised), raised.code) == (ServerAway, "tls_failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        hand_over(url)
        assert server.wait_for(TO)


def test_a_password_is_only_sent_after_tls_and_a_wrong_one_stops_all_mails(
    tmp_path: Path, context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.password == b"p@ss/word", handled=False)

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options: dict[str, Any] = {"tls_context": context, "authenticator": check, "auth_required": True}
    with mail.catching(tmp_path / "caught", **options) as server:
        address = f"{HOST}:{server.port}"
        hand_over(f"smtp+starttls://portal:p%40ss%2Fword@{address}")
        assert server.wait_for(TO)
        raised = fault(f"smtp+starttls://portal:wrong@{address}")
        assert (type(raised), raised.code) == (ServerAway, "login_refused")
        assert fault(f"smtp://{address}").code == "530"
