"""The gateway shows its metrics to those who may watch, and to nobody else; they hold no ids."""

from collections.abc import Iterator
from ipaddress import ip_network
from uuid import uuid4

import pytest
from flask import Flask

from services.gateway import security
from services.gateway.app import create_app
from services.gateway.changes import Changes
from services.gateway.settings import Settings
from shared.config import ConfigurationError
from tests.integration.gateway.conftest import SECRET
from tests.integration.gateway.serving import HOST, status
from tests.support.metrics import value
from tests.support.stack import Stack

ENVIRONMENT = {"AMQP_URI": "amqp://broker", "PORTAL_GATEWAY_SECRET": SECRET}


@pytest.fixture
def watched(portal: Stack) -> Iterator[Flask]:
    """A gateway behind a proxy, which two networks may watch."""
    changes = Changes(portal.amqp_uri, name="changes of the watched")
    app = create_app(
        portal.client,
        changes=changes,
        files=portal.files,
        secret_key=SECRET,
        secure_cookies=False,
        watchers=[ip_network("127.0.0.0/8"), ip_network("10.1.2.0/24")],
    )
    security.believe(app, proxies=1)
    yield app
    changes.close()


def _status(app: Flask, address: str, **headers: str) -> int:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": address}, headers=sent).status_code


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.200"])
def test_who_comes_from_an_allowed_network_sees_the_metrics(watched: Flask, address: str):
    assert _status(watched, address) == 200


@pytest.mark.parametrize("address", ["10.1.3.1", "203.0.113.7", "::1", ""])
def test_to_all_others_the_page_does_not_exist(watched: Flask, address: str):
    assert _status(watched, address) == 404


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "Via"])
def test_who_comes_through_a_proxy_sees_nothing_whatever_address_is_claimed(watched: Flask, header: str):
    assert _status(watched, "127.0.0.1", **{header: "127.0.0.1"}) == 404


def test_nobody_sees_anything_unless_that_is_set(gateway: Flask):
    assert _status(gateway, "127.0.0.1") == 404


def test_a_request_is_counted_by_its_routes_pattern_and_never_by_what_it_asked_for(watched: Flask):
    token = str(uuid4())
    watched.test_client().get(f"/invitation/{token}")
    watched.test_client().get(f"/nowhere/{token}")
    watched.test_client().open("/sign-in", method=f"BREW-{token}")
    shown = watched.test_client().get("/metrics").text
    assert token not in shown
    assert value(shown, "portal_http_requests_total", method="GET", route="/invitation/<token>") >= 1
    assert value(shown, "portal_http_requests_total", method="GET", route="none", status="404") >= 1
    assert value(shown, "portal_http_requests_total", method="other") >= 1


def test_a_gateway_of_this_machine_alone_shows_its_metrics_to_this_machine(port: int):
    assert HOST == "127.0.0.1"
    assert status(port, "/metrics") == 200


@pytest.mark.parametrize(
    ("setting", "watchers"),
    [
        ({}, ["127.0.0.0/8", "::1/128"]),
        ({"PORTAL_PUBLIC_URL": "https://portal.example.com"}, []),
        ({"HOST": "0.0.0.0"}, []),
        ({"PORTAL_PROXIES": "1"}, []),
        (
            {"PORTAL_PROXIES": "1", "PORTAL_METRICS_ALLOW": "10.1.2.0/24, fd00::/8"},
            ["10.1.2.0/24", "fd00::/8"],
        ),
    ],
)
def test_only_a_gateway_of_this_machine_alone_is_watched_unasked(
    setting: dict[str, str], watchers: list[str]
):
    assert [str(each) for each in Settings.from_environment(ENVIRONMENT | setting).watchers] == watchers


@pytest.mark.parametrize("setting", [{"PORTAL_METRICS_ALLOW": "everybody"}, {"PORTAL_METRICS_PORT": "70000"}])
def test_a_senseless_setting_is_refused_by_its_name(setting: dict[str, str]):
    with pytest.raises(ConfigurationError, match=next(iter(setting))):
        Settings.from_environment(ENVIRONMENT | setting)
