"""`portalctl projections`: how the read model is, and building it anew."""

from collections.abc import Sequence
from uuid import UUID

import click
from rich.console import Console
from rich.progress import track
from sqlalchemy import Engine, select

from portalctl.context import Context
from portalctl.options import json_option, pass_portal
from portalctl.rebuilding import anew, carry_out, clear_ends, paced
from portalctl.versions import build, drop, list_
from portalctl.wording import counted
from services.portal_read.projection import PORTAL
from shared.projections import rebuild as rebuilds
from shared.projections import verification, versions
from shared.projections.build import Unfoldable
from shared.projections.differences import Changes, in_words
from shared.projections.history import Owner
from shared.projections.renewal import renew


@click.group()
def projections() -> None:
    """The read model: how it is, and building it anew from the log."""


projections.add_command(build)
projections.add_command(drop)
projections.add_command(list_)


@projections.command()
@click.option("--company", type=click.UUID, metavar="ID", help="Only this company (or provider).")
@click.option("--all", "everybody", is_flag=True, help="All of them.")
@paced
@anew
@json_option
@pass_portal
def rebuild(
    portal: Context, company: UUID | None, everybody: bool, workers: int, rate: float, anew: bool
) -> None:
    """Fold the rows anew from the log. The old ones are served until the new ones take their place.

    It sends no mail and appends no event. Ctrl-C is safe: what is done is kept, and the next run goes on; not
    so with --anew, for when a fold was mended meanwhile.

    \b
    Examples:
      portalctl projections rebuild --company 01a20e1d-1805-77a7-861a-7f851c6790e8
      portalctl projections rebuild --all --workers 4 --rate 20000
    """
    if (company is None) is not everybody:
        raise click.UsageError("Give either --company ID or --all.")
    if anew and not everybody:
        raise click.UsageError("--anew is for --all; one company is always folded from its first event.")
    if company is not None:
        _renew(portal, company)
        return
    console = Console(stderr=True, quiet=portal.json)
    _must_be_built(portal.engine)
    with clear_ends():
        rebuild_id, seconds = carry_out(portal.config, workers=workers, rate=rate, console=console, anew=anew)
    _report(portal, rebuild_id, seconds)


@projections.command()
@click.option("--company", type=click.UUID, metavar="ID", required=True)
@json_option
@pass_portal
def resume(portal: Context, company: UUID) -> None:
    """Go on with a parked company, once the cause is mended: its rows are folded anew, all of them.

    \b
    Example:
      portalctl projections resume --company 01a20e1d-1805-77a7-861a-7f851c6790e8
    """
    _renew(portal, company)


@projections.command()
@click.option("--company", type=click.UUID, metavar="ID", help="Only this company (or provider).")
@json_option
@pass_portal
def verify(portal: Context, company: UUID | None) -> None:
    """Compare the rows with what the log says they should be; change nothing.

    Exit code 1 when something differs.

    \b
    Examples:
      portalctl projections verify
      portalctl projections verify --company 01a20e1d-1805-77a7-861a-7f851c6790e8
    """
    engine = portal.engine
    _must_be_built(engine)
    owners = [_owner(engine, company)] if company else verification.owners(engine, PORTAL)
    differing = {}
    for owner in track(owners, "verifying", console=Console(stderr=True, quiet=portal.json)):
        if (found := _difference(engine, owner)) is not None:
            differing[str(owner.id)] = found
    rows = [[owner, _in_words(found)] for owner, found in differing.items()]
    if portal.json:
        portal.show({"owners": len(owners), "differing": differing}, text="")
    elif rows:
        portal.table("Differing from the log", ["company", "what"], rows)
    else:
        click.echo(f"{counted(len(owners), 'owner')}: all rows are as the log says.")
    if rows:
        raise SystemExit(1)


def _difference(engine: Engine, owner: Owner) -> Changes | str | None:
    try:
        return verification.verify(engine, PORTAL, owner) or None
    except Unfoldable as error:
        return f"can't be folded: {error}"


def _in_words(found: Changes | str) -> str:
    return found if isinstance(found, str) else in_words(found)


def _renew(portal: Context, company: UUID) -> None:
    owner = _owner(portal.engine, company)
    try:
        renewed = renew(portal.engine, PORTAL, owner)
    except Unfoldable as error:
        raise click.ClickException(
            f"{error}. The company is served as it was before; mend the cause and try again."
        ) from None
    result = {"company_id": str(owner.id), "events": renewed.events, "changes": renewed.changes}
    portal.show(result, text=f"Folded {counted(renewed.events, 'event')} anew; {in_words(renewed.changes)}.")


def _owner(engine: Engine, company: UUID) -> Owner:
    """Whose rows; ends the command when there are none."""
    _must_be_built(engine)
    owners = PORTAL.owners
    with engine.connect() as connection:
        statement = select(owners.c.provider_id).where(owners.c.owner_id == company)
        provider_id = connection.execute(statement).scalar_one_or_none()
    if provider_id is None:
        raise click.ClickException(f"Nothing has happened to a company {company}; check the id.")
    return Owner(company, provider_id)


def _must_be_built(engine: Engine) -> None:
    if not versions.is_built(engine, PORTAL):
        raise click.ClickException(
            f"Version {PORTAL.version} of {PORTAL.name} is not built yet; first: portalctl projections build"
        )


def _report(portal: Context, rebuild_id: UUID, seconds: float) -> None:
    done = rebuilds.progress(portal.engine, PORTAL, rebuild_id)
    failed = rebuilds.failures(portal.engine, PORTAL, rebuild_id)
    result = {
        "owners": done.done,
        "events": done.events,
        "seconds": round(seconds, 1),
        "failed": [{"company_id": str(owner), "error": error} for owner, error in failed],
    }
    text = f"Rebuilt {counted(done.done, 'owner')}, {counted(done.events, 'event')}, in {seconds:.1f} s."
    portal.show(result, text=text)
    if failed:
        if not portal.json:
            _show_failures(portal, failed)
        raise SystemExit(1)


def _show_failures(portal: Context, failed: Sequence[tuple[UUID, str]]) -> None:
    rows = [[str(owner), error] for owner, error in failed]
    portal.table("Could not be rebuilt: served as they were", ["company", "error"], rows)
