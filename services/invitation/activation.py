"""Rules of the plugin “Kundenportal”, which each provider switches on or off."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.declare import Event
from shared.contracts.invitation import PortalActivated, PortalDeactivated
from shared.contracts.stream import StreamType


@dataclass(frozen=True)
class Portal:
    """The plugin “Kundenportal” of one provider."""

    active: bool


def is_active(portal: Portal | None) -> bool:
    return portal is not None and portal.active


def activate(*, portal: Portal | None, provider_id: UUID) -> PortalActivated | None:
    return None if is_active(portal) else PortalActivated(provider_id=provider_id)


def deactivate(*, portal: Portal | None, provider_id: UUID) -> PortalDeactivated | None:
    return PortalDeactivated(provider_id=provider_id) if is_active(portal) else None


def evolve_portal(portal: Portal | None, event: Event) -> Portal | None:
    match event:
        case PortalActivated():
            return Portal(active=True)
        case PortalDeactivated():
            return Portal(active=False)
    return portal


PORTAL = StreamType("portal", evolve_portal)
