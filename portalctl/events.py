"""`portalctl events`: looking into the log, and sending events of it to a queue again."""

from typing import Any
from uuid import UUID

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from portalctl.context import Context
from portalctl.history import export, verify
from portalctl.options import PositionType, company_option, existing, json_option, pass_portal
from portalctl.replay import replay as send_again
from portalctl.wording import counted
from shared.contracts.declare import EVENTS
from shared.contracts.position import Position
from shared.eventlog import log, reading
from shared.eventlog.doorbell import listen
from shared.eventlog.reading import Selection
from shared.eventlog.recorded import Recorded

LAST = 20
POLL_S = 1.0
HIDDEN = "‹personal›"


type_option = click.option("--type", "event_type", type=click.Choice(sorted(EVENTS)), metavar="TYPE")


@click.group()
def events() -> None:
    """The event log: what has happened, and sending it to a queue again."""


events.add_command(verify)
events.add_command(export)


@events.command()
@type_option
@company_option
@click.option("--last", default=LAST, show_default=True, type=click.IntRange(0, 10_000))
@click.option("--follow", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@json_option
@pass_portal
def tail(portal: Context, event_type: str | None, company: UUID | None, last: int, follow: bool) -> None:
    """Show the last events of the log, a line each.

    \b
    Examples:
      portalctl events tail --company 01a20e1d-1805-77a7-861a-7f851c6790e8
      portalctl events tail --type request_submitted --follow
    """
    selection = Selection(event_type, company)
    with portal.engine.connect() as connection:
        seen = {at.partition: at.position for at in log.heads(connection)}
    for recorded in reading.latest(portal.engine, selection, last):
        _line(portal, recorded)
    if follow:
        try:
            _follow(portal, selection, seen)
        except KeyboardInterrupt:
            return


@events.command()
@click.argument("event_id", type=click.UUID, metavar="ID")
@click.option("--personal", is_flag=True, help="Show personal data, too.")
@json_option
@pass_portal
def show(portal: Context, event_id: UUID, personal: bool) -> None:
    """Show one event, whole.

    \b
    Example:
      portalctl events show 01a20e1d-1805-77a7-861a-7f851c6790e8
    """
    recorded = reading.find(portal.engine, event_id)
    if recorded is None:
        raise click.ClickException(f"The log has no event {event_id}.")
    described = _described(recorded) | {"actor": recorded.actor, "payload": _payload(recorded, personal)}
    portal.show(described, text=orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())


@events.command()
@click.option("--to", "queue", required=True, metavar="QUEUE", help="An existing queue.")
@click.option("--from", "first", type=PositionType(), help="The first event's position; its partition only.")
@type_option
@company_option
@json_option
@pass_portal
def replay(
    portal: Context, queue: str, first: Position | None, event_type: str | None, company: UUID | None
) -> None:
    """Send events to one queue again, in order; nobody else gets them.

    Their messages carry the header x-portal-replayed. Ctrl-C is safe: what was sent stays, in order.

    \b
    Examples:
      portalctl events replay --to reporting.repair --from 3:1042
      portalctl events replay --to reporting.repair --type request_accepted
    """
    selection = Selection(event_type, company, existing(portal, first))
    console = Console(stderr=True, quiet=portal.json)
    with Progress(console=console) as bar:
        task = bar.add_task("replaying", total=reading.count(portal.engine, selection))
        sent = send_again(
            portal.engine, portal.config.amqp_uri, queue, selection, lambda more: bar.advance(task, more)
        )
    portal.show({"queue": queue, "sent": sent}, text=f"Sent {counted(sent, 'event')} to {queue}.")


def _follow(portal: Context, selection: Selection, seen: dict[int, int]) -> None:
    for _ in listen(portal.engine, timeout=POLL_S):
        with portal.engine.connect() as connection:
            heads = {at.partition: at.position for at in log.heads(connection)}
        for partition, head in heads.items():
            new = Selection(selection.type, selection.company_id, Position(partition, seen[partition] + 1))
            for recorded in reading.each(portal.engine, new, partition, until=head):
                _line(portal, recorded)
        seen.update(heads)


def _line(portal: Context, recorded: Recorded) -> None:
    described = _described(recorded)
    if portal.json:
        click.echo(orjson.dumps(described))
    else:
        whose = described["company_id"] or described["provider_id"]
        at, position = described["recorded_at"], described["position"]
        click.echo(f"{at}  {position:>10}  {recorded.type:<26} {whose}  {recorded.event_id}")


def _described(recorded: Recorded) -> dict[str, Any]:
    """The envelope, which holds ids and nothing personal."""
    return {
        "event_id": str(recorded.event_id),
        "position": str(recorded.at),
        "type": recorded.type,
        "schema_version": recorded.schema_version,
        "stream_type": recorded.stream_type,
        "stream_id": str(recorded.stream_id),
        "version": recorded.version,
        "provider_id": str(recorded.provider_id),
        "company_id": str(recorded.company_id) if recorded.company_id else None,
        "correlation_id": str(recorded.correlation_id),
        "causation_id": str(recorded.causation_id),
        "command_id": recorded.command_id,
        "recorded_at": recorded.recorded_at.isoformat(timespec="milliseconds"),
    }


def _payload(recorded: Recorded, personal: bool) -> dict[str, Any]:
    """The payload, without personal data unless that is asked for; of an unknown type, nothing is shown."""
    if personal:
        return recorded.payload
    declared = EVENTS.get(recorded.type)
    hidden = declared.personal.keys() if declared else recorded.payload.keys()
    return {
        name: HIDDEN if name in hidden and value is not None else value
        for name, value in recorded.payload.items()
    }
