"""`portalctl events verify` and `export`: whether the log is what was recorded, and a copy to take along."""

import time
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import click
import orjson
from rich.console import Console

from portalctl.context import Context
from portalctl.options import PositionType, company_option, existing, json_option, pass_portal
from portalctl.private_output import private_output
from portalctl.progress import progress_bar
from portalctl.wording import counted
from shared.contracts.position import Position
from shared.eventlog import export as histories
from shared.eventlog import reading, verification
from shared.eventlog.findings import Finding, Findings
from shared.eventlog.reading import Selection
from shared.identity import heads, tokens
from shared.identity.heads import NotSigned, SignedHeads
from shared.identity.keys import KeyRing, SigningKey

File = click.Path(path_type=Path, dir_okay=False)


@click.command()
@company_option
@click.option("--from", "first", type=PositionType(), help="The first event's position; its partition only.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="EXPORT",
    help="Also compare with the heads that were signed for this export.",
)
@json_option
@pass_portal
def verify(portal: Context, company: UUID | None, first: Position | None, against: Path | None) -> None:
    """Find events that were changed, swapped, removed or put in; change nothing.

    Exit code 1 when there are any.

    \b
    Examples:
      portalctl events verify
      portalctl events verify --company 01a20e1d-1805-77a7-861a-7f851c6790e8 --against history.json
    """
    selection, findings = Selection(company_id=company, first=existing(portal, first)), Findings()
    signed = _signed(portal, against) if against else None
    seen = _verify(portal, selection, findings)
    if signed is not None:
        verification.compare(portal.engine, signed.heads, signed.at, findings)
    _report(portal, seen, findings.all())


@click.command()
@click.option("--company", type=click.UUID, metavar="ID", required=True)
@click.option("--to", "target", type=File, metavar="FILE", help="Write to this file instead of the terminal.")
@json_option
@pass_portal
def export(portal: Context, company: UUID, target: Path | None) -> None:
    """Write a company's history as JSON, with its hashes and the heads signed: all personal data is in it.

    Whoever gets it can check it offline (docs/examples/verify_export.py).

    \b
    Example:
      portalctl events export --company 01a20e1d-1805-77a7-861a-7f851c6790e8 --to history.json
    """
    key = portal.token(lambda keys: SigningKey.load(keys, heads.KEY))
    findings = Findings()
    _verify(portal, Selection(company_id=company), findings)
    if found := findings.all():
        _show(portal, found)
        raise click.ClickException("This history is not what was recorded, so it is not signed.")
    with private_output(target) as out:
        written = _write(portal, company, out, key)
    if target is not None:
        events = sum(version for version, _ in written.values())
        what = f"{counted(events, 'event')} of {counted(len(written), 'stream')}"
        result = {"file": str(target), "streams": len(written), "events": events}
        portal.show(result, text=f"Wrote {what} to {target}.")


def _write(portal: Context, company: UUID, out: TextIO, key: SigningKey) -> histories.Heads:
    def sign(made: histories.Heads) -> str:
        return heads.sign(key, SignedHeads(str(company), tokens.now(), made))

    try:
        with portal.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            return histories.write(connection, company, out, sign)
    except histories.Damaged as damaged:
        raise click.ClickException(
            f"The event at {damaged} is not what was recorded; nothing is signed."
        ) from None


def _verify(portal: Context, selection: Selection, findings: Findings) -> int:
    """Look at the selection, with a bar; how many events that were. A company without any ends it."""
    seen, started = 0, time.monotonic()
    with progress_bar(Console(stderr=True, quiet=portal.json)) as bar:
        task = bar.add_task("verifying", total=reading.count(portal.engine, selection), rate="")

        def advance(more: int) -> None:
            nonlocal seen
            seen += more
            bar.update(task, advance=more, rate=f"{seen / (time.monotonic() - started):,.0f} events/s")

        verification.verify(portal.engine, selection, findings, advance)
    if selection.company_id is not None and not seen and selection.first is None:
        raise click.ClickException(f"Nothing has happened to a company {selection.company_id}; check the id.")
    return seen


def _signed(portal: Context, export: Path) -> SignedHeads:
    try:
        token = orjson.loads(export.read_bytes())["signed_heads"]
        return heads.read(token, KeyRing(portal.config.keys))
    except (ValueError, LookupError, TypeError, NotSigned):
        raise click.ClickException(f"{export} is no export whose heads this portal has signed.") from None


def _report(portal: Context, seen: int, found: list[Finding]) -> None:
    if portal.json:
        portal.show({"events": seen, "findings": [_described(finding) for finding in found]}, text="")
    elif found:
        _show(portal, found)
    else:
        click.echo(f"{counted(seen, 'event')}: all is as it was recorded, and nothing is missing.")
    if found:
        raise SystemExit(1)


def _show(portal: Context, found: list[Finding]) -> None:
    rows = [[finding.place, finding.damage, finding.explanation] for finding in found]
    portal.table("Not as it was recorded", ["where", "what", "why"], rows)


def _described(finding: Finding) -> dict[str, Any]:
    return {
        "damage": finding.damage,
        "first": str(finding.first) if finding.first else None,
        "last": str(finding.last) if finding.last else None,
        "stream_type": finding.stream_type,
        "stream_id": finding.stream_id,
        "version": finding.version,
        "event_id": finding.event_id,
        "explanation": finding.explanation,
    }
