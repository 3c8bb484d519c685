"""The official parser takes the AsyncAPI document, its examples fit, and the committed one is up to date."""

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy import node
from portalctl.asyncapi.document import document
from portalctl.main import cli
from portalctl.methods import methods
from shared.contracts.declare import EVENTS
from shared.contracts.pushes import PUSHES

PARSER = Path(__file__).parent / "parser"
COMMITTED = Path(__file__).parents[3] / "docs" / "asyncapi.json"
GUIDE = COMMITTED.with_name("gateway.md")
ERROR = 0
Parse = Callable[[Any], dict[str, Any]]


@pytest.fixture(scope="module")
def parse(tmp_path_factory: pytest.TempPathFactory) -> Parse:
    """The official parser, installed as its lock file says."""
    folder = tmp_path_factory.mktemp("asyncapi") / "parser"
    shutil.copytree(PARSER, folder)
    node.install(folder)

    def parse(content: Any) -> dict[str, Any]:
        file = folder / "document.json"
        file.write_text(json.dumps(content))
        result: dict[str, Any] = json.loads(node.run(folder / "parse.mjs", str(file)).stdout)
        return result

    return parse


def excerpt() -> dict[str, Any]:
    """The document with one channel, which is parsed much sooner."""
    whole = document()
    channel = whole["channels"]["requests.events"]
    messages = {name: whole["components"]["messages"][name] for name in channel["messages"]}
    return whole | {
        "channels": {"requests.events": channel},
        "operations": {f"publish {name}": whole["operations"][f"publish {name}"] for name in messages},
        "components": whole["components"] | {"messages": messages},
    }


def test_the_document_is_valid(parse: Parse):
    parsed = parse(document())
    assert parsed["valid"], parsed["diagnostics"]
    assert [each for each in parsed["diagnostics"] if each["severity"] == ERROR] == []
    assert parsed["unfit"] == []


def test_an_example_that_does_not_fit_its_schema_would_be_found(parse: Parse):
    broken = excerpt()
    broken["components"]["messages"]["request_submitted"]["examples"][0]["payload"]["request_id"] = 7
    assert parse(broken)["unfit"] == ["request_submitted: example"]


def test_a_reference_to_nothing_would_be_found(parse: Parse):
    broken = excerpt()
    assert parse(broken)["valid"]
    del broken["components"]["messages"]["request_submitted"]
    assert not parse(broken)["valid"]


def test_every_event_is_published_every_method_answered_and_every_push_told():
    operations = document()["operations"]
    expected = {f"publish {name}" for name in EVENTS} | {f"answer {method.target}" for method in methods()}
    assert operations.keys() == expected | {f"push {name}" for name in PUSHES}


def test_every_method_declares_what_it_answers():
    undeclared = [
        method.target
        for method in methods()
        if method.result is not type(None) and not dataclasses.is_dataclass(method.result)
    ]
    # That one is declared by RFC 7517.
    assert undeclared == ["invitation.keys"]


def test_every_error_that_the_guide_names_can_be_in_an_answer_and_no_other():
    named = re.findall(r"^\| `([A-Z]\w+)` \| `(\w+)` \|", GUIDE.read_text(), re.MULTILINE)
    error = document()["components"]["schemas"]["Error"]["properties"]
    assert error["exc_type"]["enum"] == sorted(name for name, _ in named)
    assert error["code"]["enum"] == sorted(code for _, code in named)


def test_a_command_takes_its_id_among_its_arguments_and_a_query_does_not():
    made = document()["components"]
    for method in methods():
        call = made["messages"][f"{method.target}.call"]["payload"]["properties"]["kwargs"]
        arguments = made["schemas"][call["$ref"].rpartition("/")[2]]
        assert ("command_id" in arguments["properties"]) == method.changes, method.target
        assert arguments["additionalProperties"] is False


def test_the_committed_document_is_up_to_date():
    outcome = CliRunner().invoke(cli, ["contracts", "asyncapi", "--check", str(COMMITTED)])
    assert outcome.exit_code == 0, outcome.output


def test_what_was_written_or_checked_is_told_as_json_too(tmp_path: Path):
    file = str(tmp_path / "asyncapi.json")
    for option, word in (("--output", "written"), ("--check", "checked")):
        outcome = CliRunner().invoke(cli, ["contracts", "asyncapi", option, file, "--json"])
        assert json.loads(outcome.output) == {word: file}


def test_a_document_that_is_out_of_date_is_found_and_the_message_says_what_to_run(tmp_path: Path):
    old = tmp_path / "asyncapi.json"
    old.write_text("{}\n")
    outcome = CliRunner().invoke(cli, ["contracts", "asyncapi", "--check", str(old)])
    assert outcome.exit_code == 1
    assert f"portalctl contracts asyncapi --output {old}" in outcome.output
