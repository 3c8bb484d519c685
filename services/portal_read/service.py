"""RPC of `portal_read`: what customers see of everything that is theirs."""

from typing import Any
from uuid import UUID

from services.portal_read import queries
from services.portal_read.projection import PORTAL
from services.portal_read.view import View
from shared.contracts import portal_read as contract
from shared.contracts.errors import NotFound, ValidationFailed
from shared.contracts.portal_read import AppointmentWindow, CustomerRequestStatus
from shared.contracts.position import Position
from shared.eventlog import log
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.rpc import CUSTOMER, query
from shared.projections.service import Projected

LONGEST_WAIT_S = 5.0
NEWEST_REQUESTS = 5


class PortalReadService:
    """Each answer carries the position that it reflects and how old that is; `at_least` waits for one."""

    name = "portal_read"

    log: Unit
    caller: Caller
    call: Call
    freshness: Any = Projected(PORTAL)

    @query(contract.AtLeast, allow=[CUSTOMER])
    def dashboard(self, at_least: Position | None) -> dict[str, Any]:
        """The start page: company, provider, sites, newest requests, coming appointments, counts."""
        view, reached = self._view(at_least)
        coming = AppointmentWindow.UPCOMING
        return reached | {
            "company": queries.company(view),
            "provider": queries.provider(view),
            "sites": queries.site_rows(view),
            "requests": queries.request_page(view, status=None, cursor=None, size=NEWEST_REQUESTS)["items"],
            "appointments": queries.appointment_page(view, when=coming, now=now(), cursor=None)["items"],
            "counts": queries.counts(view, now=now()),
        }

    @query(contract.ReadPage, allow=[CUSTOMER])
    def sites(self, at_least: Position | None, cursor: str | None) -> dict[str, Any]:  # noqa: ARG002
        """All sites, by name."""
        view, reached = self._view(at_least)
        return reached | {"items": queries.site_rows(view), "next": None}

    @query(contract.ReadEquipment, allow=[CUSTOMER])
    def equipment(
        self, site_id: UUID | None, at_least: Position | None, cursor: str | None
    ) -> dict[str, Any]:
        """All equipment, or one site's, by name."""
        view, reached = self._view(at_least)
        return reached | queries.equipment_page(view, site_id=site_id, cursor=cursor)

    @query(contract.ReadAppointments, allow=[CUSTOMER])
    def appointments(
        self, when: AppointmentWindow, at_least: Position | None, cursor: str | None
    ) -> dict[str, Any]:
        """Appointments to come, or past ones."""
        view, reached = self._view(at_least)
        return reached | queries.appointment_page(view, when=when, now=now(), cursor=cursor)

    @query(contract.ReadRequests, allow=[CUSTOMER])
    def requests(
        self, status: CustomerRequestStatus | None, at_least: Position | None, cursor: str | None
    ) -> dict[str, Any]:
        """Requests, newest first."""
        view, reached = self._view(at_least)
        return reached | queries.request_page(view, status=status, cursor=cursor)

    @query(contract.ReadRequest, allow=[CUSTOMER])
    def request(self, request_id: UUID, at_least: Position | None) -> dict[str, Any]:
        """One request with its order, appointments and timeline. Raises NotFound."""
        view, reached = self._view(at_least)
        found = queries.request(view, request_id)
        if found is None:
            raise NotFound("request")
        return reached | found

    @query(contract.AtLeast, allow=[CUSTOMER])
    def settings(self, at_least: Position | None) -> dict[str, Any]:
        """The caller's own information, the company's and the provider's."""
        view, reached = self._view(at_least)
        return reached | {
            "contact": queries.contact(view, self.caller.contact),
            "company": queries.company(view),
            "provider": queries.provider(view),
        }

    def _view(self, at_least: Position | None) -> tuple[View, dict[str, Any]]:
        """The caller's rows, and what to say about their freshness, after waiting for `at_least`."""
        reached = at_least is None or self._wait_for(at_least)
        view = View(self.log.snapshot, provider_id=self.caller.provider, company_id=self.caller.company)
        return view, view.freshness() | {"reached": reached}

    def _wait_for(self, at_least: Position) -> bool:
        partition = log.partition_of(self.log.engine, self.caller.provider)
        if at_least.position and at_least.partition != partition:
            raise ValidationFailed({"at_least": ["This position belongs to another provider's events."]})
        timeout = min(self.call.remaining() * 0.8, LONGEST_WAIT_S)
        return bool(self.freshness.wait_for(at_least, timeout))
