"""`portalctl status`: is all well?"""

import click

from portalctl.context import Context, settings
from portalctl.health import Health, examine
from portalctl.options import json_option, pass_portal
from portalctl.wording import counted
from shared.config import Config
from shared.database.engine import connect
from shared.messaging.client import RpcClient


@click.command()
@json_option
@pass_portal
def status(portal: Context) -> None:
    """Show who answers, how far relay and projection are, and what is parked.

    Exit code 1 when something is not as it should be.

    \b
    Examples:
      portalctl status
      portalctl status --json
    """
    health = _health(portal.config, settings().get("GATEWAY_URL"))
    if portal.json:
        portal.show(health.plain(), text="")
    else:
        _show(portal, health)
    if health.problems:
        raise SystemExit(1)


def _health(config: Config, gateway_url: str | None) -> Health:
    """Over connections of its own, since here a server that is away is a finding and ends nothing."""
    engine = connect(config.database_url, name="portalctl status", pool_size=1)
    client = RpcClient(config.amqp_uri, name="portalctl status")
    try:
        return examine(engine, config.amqp_uri, client, gateway_url)
    finally:
        client.close()
        engine.dispose()


def _show(portal: Context, health: Health) -> None:
    answering = {"database": health.database, "RabbitMQ": health.broker, **health.services}
    click.echo("  ".join(f"{name}: {'up' if up else 'DOWN'}" for name, up in answering.items()))
    rows = [
        [
            str(each.partition),
            str(each.head),
            _lag(each.published_lag, each.published_lag_seconds),
            _lag(each.projected_lag, each.projected_lag_seconds),
        ]
        for each in health.partitions
    ]
    if rows:
        portal.table("Partitions of the log", ["partition", "head", "not published", "not projected"], rows)
    for queue, count in health.parked_messages.items():
        click.echo(f"{counted(count, 'message')} in {queue}")
    for problem in health.problems:
        click.echo(f"Problem: {problem}{'' if problem.endswith('?') else '.'}")
    if not (health.database or health.broker):
        click.echo("Neither server answers. On this machine `make up` starts the portal; elsewhere, look at")
        click.echo("DATABASE_URL and AMQP_URI.")
    if not health.problems:
        click.echo("All is well.")


def _lag(count: int, seconds: float) -> str:
    return f"{counted(count, 'event')}, {seconds:.1f} s" if count else "-"
