"""Settings of mails that make no sense are refused at the start, without repeating a password."""

from typing import Any

import pytest

from shared.config import Config, ConfigurationError

ENVIRONMENT = {
    "AMQP_URI": "amqp://localhost/",
    "DATABASE_URL": "postgresql://localhost/portal",
    "PORTAL_KEYS": "/k",
}


def config(**environment: Any) -> Config:
    return Config.from_environment(ENVIRONMENT | environment)


@pytest.mark.parametrize("url", ["", "smtp://mail", "smtps://u:p@mail:465", "smtp+starttls://u:p%40@mail"])
def test_a_mail_server_is_named_by_its_url(url: str):
    assert config(PORTAL_SMTP_URL=url).smtp_url == url


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "smtp://", "http://geheim@mail", "smtps://u:geheim@mail:x", "smtp://u:geheim@mail"],
)
def test_a_url_that_names_no_mail_server_is_refused(url: str):
    with pytest.raises(ConfigurationError, match="PORTAL_SMTP_URL") as refused:
        config(PORTAL_SMTP_URL=url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["", "portal", "portal@", "a b@c", "portal@x\r\nBcc: y@z", "pörtal@example.com"]
)
def test_an_address_that_mails_can_not_come_from_is_refused(address: str):
    assert config(PORTAL_MAIL_FROM="portal@mail.example.com")
    with pytest.raises(ConfigurationError, match="PORTAL_MAIL_FROM"):
        config(PORTAL_MAIL_FROM=address)
