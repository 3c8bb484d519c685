"""`portalctl dead-letters`: events and calls that could not be handled, and what becomes of them."""

from functools import partial
from typing import Any

import click
import orjson

from portalctl.context import Context
from portalctl.letters import Letter, opened
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from shared.eventlog.missed import give_up

queue_option = click.option(
    "--queue", help="Where it lies, for an event that several subscriptions could not handle."
)


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be handled and were parked."""


@dead_letters.command("list")
@json_option
@pass_portal
def list_(portal: Context) -> None:
    """Show the parked messages, each with its error.

    \b
    Example:
      portalctl dead-letters list
    """
    with opened(portal.config.amqp_uri) as letters:
        found = list(letters.each())
    if portal.json:
        portal.show({"items": [_described(letter) for letter in found]}, text="")
    elif found:
        rows = [[letter.id, f"{letter.type} in {letter.queue}\n{letter.error}"] for letter in found]
        portal.table("Parked messages", ["id", "what, where and why"], rows)
    else:
        click.echo("No message is parked.")


@dead_letters.command()
@click.argument("letter_id", metavar="ID")
@queue_option
@click.option("--personal", is_flag=True, help="Show the body, too, which can hold personal data.")
@json_option
@pass_portal
def show(portal: Context, letter_id: str, queue: str | None, personal: bool) -> None:
    """Show one parked message with its headers.

    \b
    Example:
      portalctl dead-letters show 01a20e1d-1805-77a7-861a-7f851c6790e8 --personal
    """
    with opened(portal.config.amqp_uri) as letters:
        letter = letters.find(letter_id, queue)
    described = _described(letter) | {"headers": _headers(letter), "bytes": len(letter.body)}
    if personal:
        described["body"] = letter.body.decode(errors="replace")
    portal.show(described, text=orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())


@dead_letters.command()
@click.argument("letter_id", metavar="[ID]", required=False)
@queue_option
@click.option("--all", "everything", is_flag=True, help="All that have a queue to go back to.")
@json_option
@pass_portal
def retry(portal: Context, letter_id: str | None, queue: str | None, everything: bool) -> None:
    """Send a parked message back to where it failed, once the cause is mended.

    What was handled after all is recognised and not done twice.

    \b
    Examples:
      portalctl dead-letters retry 01a20e1d-1805-77a7-861a-7f851c6790e8
      portalctl dead-letters retry --all
    """
    if (letter_id is None) is not everything:
        raise click.UsageError("Give either an ID or --all.")
    with opened(portal.config.amqp_uri) as letters:
        if letter_id is None:
            retried = letters.retry_all(queue)
        else:
            letters.retry(letters.find(letter_id, queue))
            retried = [letter_id]
    portal.show({"retried": retried}, text=f"Sent {len(retried)} back.")


@dead_letters.command()
@click.argument("letter_id", metavar="[ID]", required=False)
@queue_option
@click.option("--all", "everything", is_flag=True, help="All that lie in the queue that --queue names.")
@click.option("--yes", is_flag=True, help="Don't ask before --all.")
@json_option
@pass_portal
def discard(portal: Context, letter_id: str | None, queue: str | None, everything: bool, yes: bool) -> None:
    """Throw parked messages away. An event stays in the log; the subscription won't be given it again.

    \b
    Examples:
      portalctl dead-letters discard 01a20e1d-1805-77a7-861a-7f851c6790e8
      portalctl dead-letters discard 01a20e1d-1805-77a7-861a-7f851c6790e8 --queue orders.request_accepted.dead
      portalctl dead-letters discard --all --queue rpc.malformed
    """
    if (letter_id is None) is not everything:
        raise click.UsageError("Give either an ID or --all.")
    if everything and queue is None:
        raise click.UsageError("Say with --queue which queue's messages --all means.")
    if everything and not yes:
        click.confirm(f"Discard all that lies in {queue}? It can't be undone.", abort=True, err=True)
    before = partial(_give_up, portal)
    with opened(portal.config.amqp_uri) as letters:
        if letter_id is None:
            discarded = letters.discard_all(str(queue), before)
        else:
            letters.discard(letters.find(letter_id, queue), before)
            discarded = [letter_id]
    portal.show({"discarded": discarded}, text=f"Discarded {counted(len(discarded), 'message')}.")


def _give_up(portal: Context, letter: Letter) -> None:
    """Have the subscription count an event as handled; what is no event needs no database."""
    if letter.home and letter.event_id:
        with portal.engine.begin() as connection:
            give_up(connection, letter.home, letter.event_id)


def _described(letter: Letter) -> dict[str, Any]:
    return {"id": letter.id, "queue": letter.queue, "type": letter.type, "error": letter.error}


def _headers(letter: Letter) -> dict[str, str]:
    """Without the caller's token, which a parked call may carry."""
    return {name: str(value) for name, value in letter.headers.items() if not name.startswith("nameko.")}
