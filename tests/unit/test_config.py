"""Settings are checked at the start, and what is wrong with them is said without their secrets."""

from pathlib import Path

import pytest

from services.gateway.settings import Settings
from shared.config import Config, ConfigurationError, Traces

GOOD = {
    "AMQP_URI": "amqp://portal:a%40b%2Fc@127.0.0.1:5672/vhost",
    "DATABASE_URL": "postgresql://portal:a%40b%2Fc@127.0.0.1:5432/portal",
    "PORTAL_KEYS": "/keys",
}
STRONG = {
    "AMQP_URI": "amqp://portal:0123456789abcdef@broker/",
    "DATABASE_URL": "postgresql://portal:0123456789abcdef@database/portal",
}
PRODUCTION = {"PORTAL_ENV": "production"}


def test_the_settings_of_the_environment_are_taken_as_they_are():
    config = Config.from_environment(GOOD)
    assert (config.amqp_uri, config.database_url) == (GOOD["AMQP_URI"], GOOD["DATABASE_URL"])
    assert config.keys == Path("/keys")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMQP_URI", "embedded://"),
        ("AMQP_URI", "amqp://broker"),
        ("AMQP_URI", "amqps://portal:secret@[::1]:5671//"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgres://localhost/portal"),
        ("DATABASE_URL", "postgresql://postgres:@/portal?host=/run/postgresql"),
    ],
)
def test_short_and_rare_forms_are_taken_too(name, value):
    Config.from_environment(GOOD | {name: value})


@pytest.mark.parametrize(
    "value",
    [
        "secret",
        "portal:secret@host",
        "{scheme}:/host",
        "{scheme}:secret@host",
        "http://portal:secret@host/",
        "{scheme}://portal:secret@host:port/",
        "{scheme}://portal:secret@host:99999/",
        "{scheme}://portal:secret@host:0/",
        "{scheme}://portal:secret@[::1/",
        "{scheme}://portal:se@cret@host/",
        "{scheme}://portal:12/secret@host/",
        "{scheme}://portal:12#secret@host/",
        "{scheme}://portal:12?secret@host/",
    ],
)
@pytest.mark.parametrize(("name", "scheme"), [("AMQP_URI", "amqp"), ("DATABASE_URL", "postgresql")])
def test_a_malformed_address_is_named_by_its_setting_and_not_shown(name, scheme, value):
    with pytest.raises(ConfigurationError, match=f"^{name} is malformed") as refused:
        Config.from_environment(GOOD | {name: value.format(scheme=scheme)})
    assert "secret" not in str(refused.value)
    assert "cret@" not in str(refused.value)


WEAK = {"AMQP_URI": "amqp://{}broker/", "DATABASE_URL": "postgresql://{}db/portal"}


@pytest.mark.parametrize("user", ["", "guest@", "guest:guest@", "portal:portal@", "portal:fifteen-letters@"])
@pytest.mark.parametrize("name", WEAK)
def test_production_refuses_a_password_that_is_missing_or_easy_to_guess(name, user):
    weak = GOOD | STRONG | {name: WEAK[name].format(user)}
    Config.from_environment(weak)
    with pytest.raises(ConfigurationError, match=f"{name} must hold a password of at least 16") as refused:
        Config.from_environment(weak | PRODUCTION)
    assert "fifteen" not in str(refused.value)


def test_production_takes_long_passwords_and_a_database_on_its_own_machine():
    Config.from_environment(GOOD | STRONG | PRODUCTION)
    socket = {"DATABASE_URL": "postgresql:///portal?host=/run/postgresql"}
    Config.from_environment(GOOD | STRONG | PRODUCTION | socket)


@pytest.mark.parametrize("value", ["Production", "prod", " production", "PRODUCTION", "test"])
def test_a_word_that_production_may_have_been_meant_by_is_refused(value):
    meant = GOOD | STRONG | {"PORTAL_ENV": value}
    for read in (Config.from_environment, Settings.from_environment):
        with pytest.raises(ConfigurationError, match="PORTAL_ENV must be development or production, not "):
            read(meant | {"PORTAL_GATEWAY_SECRET": "s" * 32})


@pytest.mark.parametrize("value", ["", "development"])
def test_all_that_is_convenient_is_allowed_while_developing(value):
    Config.from_environment(GOOD | {"PORTAL_ENV": value})


@pytest.mark.parametrize("name", ["AMQP_URI", "DATABASE_URL", "PORTAL_SMTP_URL"])
def test_what_holds_a_password_may_lie_in_a_file(name, tmp_path):
    value = (GOOD | {"PORTAL_SMTP_URL": "smtps://portal:secret@mail.example.com"})[name]
    file = tmp_path / "secret"
    file.write_text(value + "\n")
    without = {other: given for other, given in GOOD.items() if other != name}
    config = Config.from_environment(without | {f"{name}_FILE": str(file)})
    assert value in (config.amqp_uri, config.database_url, config.smtp_url)


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_file_that_holds_no_setting_is_named(content, tmp_path):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    without = {name: given for name, given in GOOD.items() if name != "AMQP_URI"}
    with pytest.raises(ConfigurationError, match=r"^AMQP_URI"):
        Config.from_environment(without | {"AMQP_URI_FILE": str(file)})


def test_a_broker_needs_a_host():
    with pytest.raises(ConfigurationError, match="AMQP_URI is malformed"):
        Config.from_environment(GOOD | {"AMQP_URI": "amqp:///vhost"})


def test_without_a_collector_there_are_no_traces():
    assert Config.from_environment(GOOD).traces is None


def test_a_collector_gets_every_trace_or_the_share_that_is_asked_for():
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318/"}
    assert Config.from_environment(GOOD | collector).traces == Traces("http://127.0.0.1:4318/v1/traces")
    shared = Config.from_environment(GOOD | collector | {"PORTAL_TRACES_SHARE": "0.25"}).traces
    assert shared is not None
    assert shared.share == 0.25


@pytest.mark.parametrize("value", ["127.0.0.1:4318", "grpc://collector:4317", "http://", "http://host:port"])
def test_a_collector_must_be_an_address_of_http(value):
    with pytest.raises(ConfigurationError, match="OTEL_EXPORTER_OTLP_ENDPOINT is malformed"):
        Config.from_environment(GOOD | {"OTEL_EXPORTER_OTLP_ENDPOINT": value})


@pytest.mark.parametrize("value", ["-1", "1.5", "all", "5%", "nan", "1e-3"])
def test_a_share_of_traces_is_a_number_from_zero_to_one(value):
    with pytest.raises(ConfigurationError, match="PORTAL_TRACES_SHARE"):
        Config.from_environment(
            GOOD | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://host:4318", "PORTAL_TRACES_SHARE": value}
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_RPC_TIMEOUT", "soon"),
        ("PORTAL_RPC_TIMEOUT", "-1"),
        ("PORTAL_DRAIN_TIMEOUT", "nan"),
        ("PORTAL_DRAIN_TIMEOUT", "inf"),
        ("PORTAL_MAX_WORKERS", "0"),
        ("PORTAL_MAX_WORKERS", "0.5"),
        ("PORTAL_METRICS_PORT", "65536"),
    ],
)
def test_a_number_that_makes_no_sense_is_named_by_its_setting(name, value):
    with pytest.raises(ConfigurationError, match=f"{name} must be .*, not '{value}'"):
        Config.from_environment(GOOD | {name: value})


def test_durable_queues_are_of_the_type_that_is_set_and_of_no_other():
    assert Config.from_environment(GOOD).queue_arguments == {}
    quorum = Config.from_environment(GOOD | {"PORTAL_QUEUE_TYPE": "quorum"})
    assert quorum.queue_arguments == {"x-queue-type": "quorum"}
    with pytest.raises(ConfigurationError, match="PORTAL_QUEUE_TYPE must be classic or quorum"):
        Config.from_environment(GOOD | {"PORTAL_QUEUE_TYPE": "mirrored"})
