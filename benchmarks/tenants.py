"""Providers, each with a customer who has a site: those who send commands in benchmarks."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from benchmarks.contenders import ACTOR, DESCRIPTION, TITLE
from shared.contracts.customers import SiteAdded
from shared.contracts.stream import StreamType
from shared.contracts.values import CallerKind
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import unit_of_work
from shared.identity.caller import Caller
from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now
from shared.messaging.client import RpcClient

LIFETIME = timedelta(hours=1)
SITE = StreamType("site", lambda _state, event: event)


class Tenant(NamedTuple):
    """Access tokens of a customer and of the provider's staff."""

    customer: str
    staff: str
    site_id: UUID


def settle(engine: Engine, key: SigningKey) -> Tenant:
    """A new provider with a customer."""
    provider_id, company_id, site_id = uuid7(), uuid7(), uuid7()
    site = SiteAdded(site_id=site_id, company_id=company_id, name="Süd", address="Bahnhofstraße 1")
    with unit_of_work(engine, Scope.EVERYTHING) as unit:
        stream = unit.new(SITE, site_id, provider_id=provider_id, company_id=company_id)
        stream.create(lambda: site)
        unit.commit(Origin(uuid7(), uuid7(), ACTOR))
    customer = {"kind": CallerKind.CUSTOMER, "company_id": company_id, "contact_id": uuid7()}
    return Tenant(
        customer=_token(key, provider_id=provider_id, **customer),
        staff=_token(key, provider_id=provider_id, kind=CallerKind.STAFF),
        site_id=site_id,
    )


def submit(client: RpcClient, tenant: Tenant) -> dict[str, Any]:
    """Have the tenant's customer send a request."""
    submitted: dict[str, Any] = client.call(
        "requests",
        "submit",
        auth_token=tenant.customer,
        title=TITLE,
        description=DESCRIPTION,
        site_id=tenant.site_id,
    )
    return submitted


def _token(key: SigningKey, **caller: Any) -> str:
    return issue(key, Caller(account_id=uuid7(), **caller), now=now(), lifetime=LIFETIME)
