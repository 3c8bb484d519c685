"""`portalctl privacy`: a person's data handed out or erased, and the keys that it is encrypted with."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import orjson
from rich.console import Console

from portalctl import disclosing, erasing, erasure_plan
from portalctl.context import Context
from portalctl.erasure_plan import Contact, Plan
from portalctl.new_folder import new_folder
from portalctl.options import json_option, pass_portal
from portalctl.private_output import private_output
from portalctl.progress import progress_bar
from portalctl.wording import counted
from shared.eventlog import rewrapping
from shared.identity import heads, master_keys
from shared.identity.keys import SigningKey
from shared.identity.master_keys import MasterKeyMissing


@click.group()
def privacy() -> None:
    """Personal data: handing out or erasing a person's, and the keys that it is encrypted with."""


@privacy.command()
@click.option("--contact", "contact_id", type=click.UUID, metavar="ID", required=True)
@click.option("--dry-run", is_flag=True, help="Show what would be erased and kept, and change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option(
    "--certificate",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the certificate goes; without it, erasure-ID.json.",
)
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for all parts of the portal.")
@json_option
@pass_portal
def erase(
    portal: Context, contact_id: UUID, dry_run: bool, yes: bool, target: Path | None, wait: float
) -> None:
    """Erase a contact for ever, and certify it.

    Sign-in, files and what services keep of the person go, and nothing in the log can be read of them. Where
    the certificate can't be written, nothing is erased.
    Interrupted, or with a part of the portal away, run it again: it goes on where it was.

    \b
    Examples:
      portalctl privacy erase --contact 01a20e1d-1805-77a7-861a-7f851c6790e8 --dry-run
      portalctl privacy erase --contact 01a20e1d-1805-77a7-861a-7f851c6790e8 --certificate frau-a.json
    """
    key = portal.token(lambda keys: SigningKey.load(keys, heads.KEY))
    contact = _contact(portal, contact_id)
    plan = erasure_plan.plan(portal.engine, contact)
    if dry_run or not portal.json:
        _show(portal, plan)
    if dry_run:
        return
    if not yes:
        click.confirm("Erase this person? It can't be undone.", abort=True, err=True)
    target = target or Path(f"erasure-{contact_id}.json")
    with private_output(target) as out:
        certificate, replaced = erasing.erase(portal, plan, key, wait=wait)
        out.write(orjson.dumps(certificate, option=orjson.OPT_INDENT_2).decode() + "\n")
    portal.show(
        {"certificate": str(target), "messages_replaced": replaced} | certificate,
        text=f"Erased. Replaced in queues: {counted(replaced, 'message')}. The certificate is in {target}.",
    )


@privacy.command()
@click.option("--contact", "contact_id", type=click.UUID, metavar="ID", required=True)
@click.option(
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    required=True,
    help="A new folder.",
)
@json_option
@pass_portal
def export(portal: Context, contact_id: UUID, folder: Path) -> None:
    """Write all of a contact's data into FOLDER: as JSON, with their files, and a page to read.

    \b
    Example:
      portalctl privacy export --contact 01a20e1d-1805-77a7-861a-7f851c6790e8 --output frau-a
    """
    disclosure = disclosing.disclose(portal.engine, _contact(portal, contact_id))
    with new_folder(folder):
        files = disclosing.write(portal.engine, portal.files, disclosure, folder)
    what = f"{counted(len(disclosure.entries), 'entry', 'entries')} and {counted(files, 'file')}"
    portal.show(
        {"folder": str(folder), "entries": len(disclosure.entries), "files": files},
        text=f"Wrote {what} to {folder}.",
    )


@privacy.command()
@json_option
@pass_portal
def rotate_master_key(portal: Context) -> None:
    """Make a new master key and encrypt the key of every person with it, while the portal runs.

    What was interrupted goes on with the same new key when it is run again. Old master keys stay in the
    folder: keep them as long as there are backups from their time.

    \b
    Example:
      portalctl privacy rotate-master-key
    """
    folder = portal.config.keys
    newest = max(master_keys.numbers(folder), default=0)
    used = rewrapping.used(portal.engine)
    unfinished = set(used) - {newest}
    try:
        number = newest if newest and unfinished else master_keys.add(folder)
    except OSError as error:
        raise click.ClickException(
            f"No new key can be made in {folder}: {error.strerror}. Put a personal-{newest + 1}.key there"
            " (64 hexadecimal digits) for all processes, and run this again."
        ) from None
    done = 0
    with progress_bar(Console(stderr=True, quiet=portal.json)) as bar:
        others = sum(count for master_key, count in used.items() if master_key != number)
        task = bar.add_task("encrypting", total=others, rate="")

        def advance(more: int) -> None:
            nonlocal done
            done += more
            bar.update(task, completed=done)

        try:
            rewrapping.rewrap(portal.engine, master_keys.master_keys(folder), number, advance)
        except MasterKeyMissing as error:
            raise click.ClickException(str(error)) from None
    portal.show(
        {"master_key": number, "rewrapped": done},
        text=f"The keys of {done} persons are encrypted with master key {number} now.",
    )


def _contact(portal: Context, contact_id: UUID) -> Contact:
    contact = erasure_plan.find(portal.engine, contact_id)
    if contact is None:
        raise click.ClickException(f"There never was a contact {contact_id}; check the id.")
    return contact


def _show(portal: Context, plan: Plan) -> None:
    parts = {
        "contact_id": str(plan.contact.id),
        "company_id": str(plan.contact.company_id),
        "erased": [part.plain for part in plan.erased],
        "kept": [part.plain for part in plan.kept],
    }
    if portal.json:
        portal.show(parts, text="")
        return
    rows = [["erased", str(part.count), part.what, _which(part.which)] for part in plan.erased]
    rows += [["kept", str(part.count), part.what, part.reason or ""] for part in plan.kept]
    portal.table(f"Contact {plan.contact.id}", ["", "count", "what", ""], rows)


def _which(which: Any) -> str:
    return ", ".join(f"{name} {count}" for name, count in which.items()) if which else ""
