"""`portalctl projections list`, `build` and `drop`: the versions of the read model, from first to last."""

from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from sqlalchemy import Engine, func, select

from deploy.database.grants import grant
from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from portalctl.rebuilding import anew, carry_out, clear_ends, paced
from portalctl.wording import counted
from services.portal_read.projection import PORTAL
from shared.eventlog import log
from shared.projections import rebuild, versions

_REACHED = select(PORTAL.checkpoints.c.partition, PORTAL.checkpoints.c.position)


@click.command("list")
@json_option
@pass_portal
def list_(portal: Context) -> None:
    """Show the projection's versions, how far they are, and which companies are parked and why.

    Companies and partitions are those of this release's version.

    \b
    Examples:
      portalctl projections list
      portalctl projections list --json
    """
    engine = portal.engine
    result = {"name": PORTAL.name, "version": PORTAL.version, "versions": _in_plain(engine)}
    if versions.is_begun(engine, PORTAL):
        result |= _own_version(engine)
    if portal.json:
        portal.show(result, text="")
    else:
        _show(portal, result)


@click.command()
@paced
@anew
@click.option("--park", is_flag=True, help="Park companies with events that can't be folded, and go on.")
@json_option
@pass_portal
def build(portal: Context, workers: int, rate: float, anew: bool, park: bool) -> None:
    """Build this release's version of the rows beside the one that is served, for its processes to serve.

    It sends no mail and appends no event. Ctrl-C is safe: what is done is kept, and the next run goes on; not
    so with --anew, for when a fold was mended meanwhile. If the version is built, it does nothing.

    \b
    Examples:
      portalctl projections build --workers 4
      portalctl projections build --anew
    """
    engine, name = portal.engine, f"Version {PORTAL.version} of {PORTAL.name}"
    if versions.is_built(engine, PORTAL):
        portal.show({"version": PORTAL.version, "owners": 0, "events": 0}, text=f"{name} is built.")
        return
    if not versions.is_begun(engine, PORTAL):
        versions.begin(portal.owner, PORTAL)
        grant(portal.owner)
    console = Console(stderr=True, quiet=portal.json)
    with clear_ends():
        rebuild_id, seconds = carry_out(
            portal.config,
            workers=workers,
            rate=rate,
            console=console,
            finish=versions.finish,
            parking=park,
            anew=anew,
        )
    done = rebuild.progress(engine, PORTAL, rebuild_id)
    what = f"{counted(done.done, 'owner')}, {counted(done.events, 'event')}"
    portal.show(
        {"version": PORTAL.version, "owners": done.done, "events": done.events, "seconds": round(seconds, 1)},
        text=f"{name} is built: {what}, in {seconds:.1f} s. Its processes can be started.",
    )


@click.command()
@click.argument("version", type=int)
@json_option
@pass_portal
def drop(portal: Context, version: int) -> None:
    """Take the tables of a version away that nobody serves any more.

    \b
    Example:
      portalctl projections drop 1
    """
    with clear_ends():
        versions.drop(portal.owner, PORTAL, version)
    portal.show({"dropped": version}, text=f"Version {version} of {PORTAL.name} is gone.")


def _in_plain(engine: Engine) -> list[dict[str, Any]]:
    """All versions, as JSON shows them."""
    found = versions.listing(engine, PORTAL)
    return [
        asdict(each) | {"state": each.state, "built_at": each.built_at.isoformat() if each.built_at else None}
        for each in found
    ]


def _show_versions(portal: Context, found: list[dict[str, Any]]) -> None:
    rows = [
        [
            str(each["version"]),
            each["state"],
            f"{each['owners_done']}/{each['owners']}" if each["owners"] else "-",
            str(each["behind"]),
            str(each["workers"]),
        ]
        for each in found
    ]
    portal.table("Versions", ["version", "state", "owners built", "events behind", "processes"], rows)


def _own_version(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        heads = {at.partition: at.position for at in log.heads(connection)}
        reached = dict(connection.execute(_REACHED).all())
        count = connection.execute(select(func.count()).select_from(PORTAL.owners)).scalar_one()
        parked = connection.execute(select(PORTAL.owners).where(PORTAL.owners.c.parked_at.is_not(None))).all()
    return {
        "owners": count,
        "partitions": [
            {
                "partition": partition,
                "head": head,
                "position": reached[partition],
                "lag": head - reached[partition],
            }
            for partition, head in heads.items()
        ],
        "parked": [
            {"company_id": str(row.owner_id), "position": row.parked_at, "error": row.parked_error}
            for row in parked
        ],
    }


def _show(portal: Context, result: dict[str, Any]) -> None:
    _show_versions(portal, result["versions"])
    if "owners" not in result:
        click.echo(f"{PORTAL.name}: version {PORTAL.version} is not there yet; portalctl projections build")
        return
    lag = sum(partition["lag"] for partition in result["partitions"])
    parked = result["parked"]
    owners = counted(result["owners"], "owner")
    click.echo(f"{PORTAL.name}: {owners}, {counted(lag, 'event')} behind, {len(parked)} parked")
    if parked:
        rows = [[entry["company_id"], str(entry["position"]), entry["error"]] for entry in result["parked"]]
        portal.table("Parked: served as they were before this event", ["company", "position", "error"], rows)
