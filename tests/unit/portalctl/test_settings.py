"""What `portalctl` talks to: what the environment names and, where it is silent, what `make up` left."""

from pathlib import Path

import pytest

from portalctl.context import settings

OPERATOR, OWNER = "postgresql://mfr_operator:a@127.0.0.1/portal", "postgresql://mfr_owner:b@127.0.0.1/portal"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    file = tmp_path / "env"
    of_the_database = (
        f"DATABASE_URL={OPERATOR}\nPORTAL_OWNER_DATABASE_URL={OWNER}\nPORTAL_FILES=memory://left\n"
    )
    file.write_text(f"AMQP_URI=amqp://left\n{of_the_database}")
    return file


def test_the_environment_comes_first(left: Path):
    found = settings({"AMQP_URI": "amqp://named"}, left)
    assert (found["AMQP_URI"], found["DATABASE_URL"]) == ("amqp://named", OPERATOR)


def test_a_file_that_the_environment_names_comes_before_what_was_left(left: Path):
    assert "AMQP_URI" not in settings({"AMQP_URI_FILE": "/etc/portal/broker/operator"}, left)


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_who_names_another_database_gets_neither_owner_nor_files_of_the_one_of_make_up(left: Path, name: str):
    found = settings({name: "postgresql://elsewhere/portal"}, left)
    assert found.keys() == {"AMQP_URI", name}


def test_who_names_the_same_one_does(left: Path):
    assert settings({"DATABASE_URL": OPERATOR}, left)["PORTAL_OWNER_DATABASE_URL"] == OWNER
