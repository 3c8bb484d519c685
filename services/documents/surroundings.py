"""What a document needs to know of the company, the site and the order that it is about."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.customers import CompanyRegistered, SiteAdded, SiteRemoved
from shared.contracts.declare import Event
from shared.contracts.orders import OrderCreated
from shared.contracts.stream import StreamType


@dataclass(frozen=True)
class Company:
    id: UUID


@dataclass(frozen=True)
class Site:
    id: UUID


@dataclass(frozen=True)
class Order:
    id: UUID
    site_id: UUID


def evolve_company(company: Company | None, event: Event) -> Company | None:
    match event:
        case CompanyRegistered():
            return Company(event.company_id)
    return company


def evolve_site(site: Site | None, event: Event) -> Site | None:
    match event:
        case SiteAdded():
            return Site(event.site_id)
        case SiteRemoved():
            return None
    return site


def evolve_order(order: Order | None, event: Event) -> Order | None:
    match event:
        case OrderCreated():
            return Order(event.order_id, event.site_id)
    return order


COMPANY = StreamType("company", evolve_company)
SITE = StreamType("site", evolve_site)
ORDER = StreamType("order", evolve_order)
