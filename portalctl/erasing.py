"""Carries a planned erasure out: has it done, waits until every part is done with it, and certifies it."""

import time
from collections.abc import Iterator
from typing import Any

import click
from sqlalchemy import Engine, exists, func, select

from portalctl.context import Context
from portalctl.erasure_plan import Contact, Plan
from portalctl.scrubbing import scrub
from services.portal_read.projection import PORTAL
from shared.contracts.customers import ContactErased
from shared.contracts.portal_read import ResyncState
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name
from shared.eventlog.recorded import Recorded
from shared.eventlog.tables import inbox, relay
from shared.eventlog.traces import traces
from shared.identity import certificates
from shared.identity.keys import SigningKey
from shared.projections import verification, versions
from shared.projections.build import Unfoldable
from shared.projections.history import Owner

POLL_S = 0.2
FORMAT = "mfr-portal-erasure/1"


def erase(portal: Context, plan: Plan, key: SigningKey, *, wait: float) -> tuple[dict[str, Any], int]:
    """The signed certificate, and how many messages in queues were replaced."""
    result = portal.call("customers.erase_contact", contact_id=str(plan.contact.id))
    erased = _erasure(portal.engine, plan.contact)
    _wait_until_done(portal, plan.contact, erased, wait)
    messages = scrub(portal.engine, portal.config.amqp_uri, plan.event_ids)
    certificate = _certificate(plan, erased, result["erased_at"])
    return certificate | {"signature": certificates.sign(key, certificate)}, sum(messages.values())


def _wait_until_done(portal: Context, contact: Contact, erased: Recorded, seconds: float) -> None:
    """Raises ClickException with what is still to be done."""
    deadline = time.monotonic() + seconds
    while left := _unfinished(portal.engine, contact, erased):
        if time.monotonic() > deadline:
            raise click.ClickException(
                "The key is destroyed, but not all is done. Mend it, then run this again to go on:\n"
                + "\n".join(left)
            )
        time.sleep(POLL_S)


def _certificate(plan: Plan, erased: Recorded, erased_at: str) -> dict[str, Any]:
    """Nothing in it names the person, so that it can be kept as long as the log."""
    return {
        "format": FORMAT,
        "contact_id": str(plan.contact.id),
        "company_id": str(plan.contact.company_id),
        "provider_id": str(plan.contact.provider_id),
        "erased_at": erased_at,
        "event_id": str(erased.event_id),
        "position": str(erased.at),
        "erased": [part.plain for part in plan.erased],
        "kept": [part.plain for part in plan.kept],
    }


def _erasure(engine: Engine, contact: Contact) -> Recorded:
    """The event of the contact's erasure; raises LookupError where there is none."""
    with engine.connect() as connection:
        for trace in traces(connection, contact.company_id, contact.id):
            if trace.recorded.type == ContactErased.type:
                return trace.recorded
    raise LookupError(f"there is no {ContactErased.type} of {contact.id}")


def _unfinished(engine: Engine, contact: Contact, erased: Recorded) -> list[str]:
    """What is still to be done after an erasure, a line each. Does not look at queues."""
    return [*_not_published(engine, erased), *_not_handled(engine, erased), *_view(engine, contact, erased)]


def _not_published(engine: Engine, erased: Recorded) -> Iterator[str]:
    with engine.connect() as connection:
        position = connection.execute(
            select(relay.c.position).where(relay.c.partition == erased.partition)
        ).scalar_one()
    if position < erased.position:
        yield f"The relay has not published {erased.at} yet; is it running?"


def _not_handled(engine: Engine, erased: Recorded) -> Iterator[str]:
    services = [name for name, types in SUBSCRIPTIONS.items() if erased.type in types]
    with engine.connect() as connection:
        for service in services:
            handled = exists().where(
                inbox.c.subscription == queue_name(service, erased.type),
                inbox.c.event_id == erased.event_id,
            )
            if not connection.execute(select(handled)).scalar():
                yield f"{service} has not erased what it holds yet; is it running?"


def _view(engine: Engine, contact: Contact, erased: Recorded) -> Iterator[str]:
    """Whether the customer's view is at the erasure, built anew since, and as the log says now."""
    for other in versions.listing(engine, PORTAL):
        if other.version != PORTAL.version:
            yield f"Version {other.version} of {PORTAL.name} has rows, too; portalctl projections drop it."
    owner = Owner(contact.company_id, contact.provider_id)
    checkpoints, resyncs = PORTAL.checkpoints, PORTAL.resyncs
    at_work = resyncs.c.state.in_([ResyncState.QUEUED, ResyncState.RUNNING])
    with engine.connect() as connection:
        position = connection.execute(
            select(checkpoints.c.position).where(checkpoints.c.partition == erased.partition)
        ).scalar_one()
        under_way = connection.execute(
            select(func.count()).where(resyncs.c.owner_id == owner.id, at_work)
        ).scalar_one()
    if position < erased.position or under_way:
        yield f"{PORTAL.name} has not built the company's view anew yet; is it running?"
        return
    try:
        if verification.verify(engine, PORTAL, owner):
            yield f"The view is not as the log says; portalctl projections rebuild --company {owner.id}"
    except Unfoldable as error:
        yield f"The company's view can't be built anew: {error}; mend the cause, then run this again."
