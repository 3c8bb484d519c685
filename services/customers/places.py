"""Rules of sites and of the equipment at them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from shared.contracts.customers import (
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.declare import Event
from shared.contracts.errors import InvalidTransition, ValidationFailed
from shared.contracts.orders import OrderCompleted, OrderCreated
from shared.contracts.requests import RequestDeclined, RequestSubmitted, RequestWithdrawn
from shared.contracts.stream import StreamType


@dataclass(frozen=True)
class Site:
    id: UUID
    company_id: UUID
    name: str
    address: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True)
class Equipment:
    id: UUID
    site_id: UUID
    name: str
    manufacturer: str | None
    model: str | None
    serial_number: str | None
    installed_on: date | None


def add_site(
    site_id: UUID, *, company_id: UUID, latitude: float | None, longitude: float | None, **details: Any
) -> SiteAdded:
    if (latitude is None) != (longitude is None):
        raise _half_a_place()
    return SiteAdded(
        site_id=site_id, company_id=company_id, latitude=latitude, longitude=longitude, **details
    )


def update_site(site: Site, **changes: Any) -> SiteUpdated | None:
    changed = replace(site, **changes)
    if ("latitude" in changes) != ("longitude" in changes):
        raise _half_a_place()
    if (changed.latitude is None) != (changed.longitude is None):
        raise _half_a_place()
    if changed == site:
        return None
    return SiteUpdated(
        site_id=changed.id,
        company_id=changed.company_id,
        name=changed.name,
        address=changed.address,
        latitude=changed.latitude,
        longitude=changed.longitude,
    )


def remove_site(site: Site, *, open_requests: Collection[str]) -> SiteRemoved:
    """`open_requests` are the numbers of the requests that are still to be answered or worked on there."""
    if open_requests:
        raise InvalidTransition(
            "The site has open requests; answer them and complete their orders first: "
            + ", ".join(open_requests)
            + ".",
            requests=list(open_requests),
        )
    return SiteRemoved(site_id=site.id)


def open_requests(site_id: UUID, events: Iterable[Event]) -> list[str]:
    """The numbers of the requests at a site that are submitted, or accepted and not done, oldest first.

    `events` are those of OF_REQUESTS that the site's company has, all of them in order.
    """
    numbers: dict[UUID, str] = {}
    requests_of_orders: dict[UUID, UUID] = {}
    for event in events:
        match event:
            case RequestSubmitted() if event.site_id == site_id:
                numbers[event.request_id] = event.number
            case RequestWithdrawn() | RequestDeclined():
                numbers.pop(event.request_id, None)
            case OrderCreated():
                requests_of_orders[event.order_id] = event.request_id
            case OrderCompleted() if event.order_id in requests_of_orders:
                numbers.pop(requests_of_orders[event.order_id], None)
    return list(numbers.values())


OF_REQUESTS = frozenset(
    declared.type
    for declared in (RequestSubmitted, RequestWithdrawn, RequestDeclined, OrderCreated, OrderCompleted)
)


def add_equipment(equipment_id: UUID, *, site: Site, **details: Any) -> EquipmentAdded:
    return EquipmentAdded(equipment_id=equipment_id, site_id=site.id, **details)


def update_equipment(equipment: Equipment, **changes: Any) -> EquipmentUpdated | None:
    changed = replace(equipment, **changes)
    if changed == equipment:
        return None
    return EquipmentUpdated(
        equipment_id=changed.id,
        site_id=changed.site_id,
        name=changed.name,
        manufacturer=changed.manufacturer,
        model=changed.model,
        serial_number=changed.serial_number,
        installed_on=changed.installed_on,
    )


def remove_equipment(equipment: Equipment) -> EquipmentRemoved:
    return EquipmentRemoved(equipment_id=equipment.id)


def evolve_site(site: Site | None, event: Event) -> Site | None:
    match event:
        case SiteAdded() | SiteUpdated():
            return Site(
                event.site_id, event.company_id, event.name, event.address, event.latitude, event.longitude
            )
        case SiteRemoved():
            return None
    return site


def evolve_equipment(equipment: Equipment | None, event: Event) -> Equipment | None:
    match event:
        case EquipmentAdded() | EquipmentUpdated():
            return Equipment(
                event.equipment_id,
                event.site_id,
                event.name,
                event.manufacturer,
                event.model,
                event.serial_number,
                event.installed_on,
            )
        case EquipmentRemoved():
            return None
    return equipment


SITE = StreamType("site", evolve_site)
EQUIPMENT = StreamType("equipment", evolve_equipment)


def _half_a_place() -> ValidationFailed:
    return ValidationFailed({"latitude": ["Give both latitude and longitude, or neither."]})
