"""RPC of `portal_read`: what customers see of everything that is theirs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.portal_read.past import PastView
from services.portal_read.projection import PORTAL
from services.portal_read.queries import access, appointments, documents, overview, people, requests, sites
from services.portal_read.view import View
from shared.contracts import portal_read as contract
from shared.contracts.documents import DocumentKind
from shared.contracts.errors import NotFound, ValidationFailed
from shared.contracts.portal_read import AppointmentWindow, CustomerRequestStatus, ResyncState, ThingKind
from shared.contracts.position import Position
from shared.contracts.values import Nothing
from shared.eventlog import log
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.identity.tokens import now
from shared.messaging.call import Call
from shared.messaging.rpc import CUSTOMER, STAFF, command, query
from shared.projections import resync
from shared.projections.history import Owner
from shared.projections.service import Projected

LONGEST_WAIT_S = 5.0


class PortalReadService:
    """Each answer carries the position that it reflects and how old that is; `at_least` waits for one."""

    name = "portal_read"

    log: Unit
    caller: Caller
    call: Call
    freshness: Any = Projected(PORTAL)

    @query(contract.ReadDashboard, allow=[CUSTOMER])
    def dashboard(self, at_least: Position | None, as_of: datetime | None) -> contract.Dashboard:
        """The start page: company, provider, sites, what is new and what is to come, counts."""
        view, fresh = self._view(at_least, as_of)
        return contract.Dashboard(**fresh, **overview.start_page(view))

    @query(contract.ReadSites, allow=[CUSTOMER])
    def sites(
        self, search: str | None, site_id: UUID | None, at_least: Position | None, cursor: str | None
    ) -> contract.PortalSitePage:
        """Sites, by name."""
        view, fresh = self._view(at_least)
        page = sites.page(view, search=search, site_id=site_id, cursor=cursor)
        return contract.PortalSitePage(**fresh, **page)

    @query(contract.AtLeast, allow=[CUSTOMER])
    def site_map(self, at_least: Position | None) -> contract.SiteMap:
        """All sites that have coordinates, for a map."""
        view, fresh = self._view(at_least)
        return contract.SiteMap(**fresh, points=sites.points(view))

    @query(contract.ReadEquipment, allow=[CUSTOMER])
    def equipment(
        self, search: str | None, site_id: UUID | None, at_least: Position | None, cursor: str | None
    ) -> contract.PortalEquipmentPage:
        """All equipment, or one site's, by site and name."""
        view, fresh = self._view(at_least)
        page = sites.equipment_page(view, search=search, site_id=site_id, cursor=cursor)
        return contract.PortalEquipmentPage(**fresh, **page)

    @query(contract.ReadAppointments, allow=[CUSTOMER])
    def appointments(
        self, when: AppointmentWindow, at_least: Position | None, cursor: str | None
    ) -> contract.PortalAppointmentPage:
        """Appointments to come, or past ones."""
        view, fresh = self._view(at_least)
        return contract.PortalAppointmentPage(**fresh, **appointments.page(view, when=when, cursor=cursor))

    @query(contract.ReadAppointment, allow=[CUSTOMER])
    def appointment(
        self, appointment_id: UUID, at_least: Position | None
    ) -> contract.PortalAppointmentDetails:
        """One appointment. Raises NotFound."""
        view, fresh = self._view(at_least)
        found = appointments.details(view, appointment_id)
        if found is None:
            raise NotFound("appointment")
        return contract.PortalAppointmentDetails(**fresh, **found)

    @query(contract.ReadDocument, allow=[CUSTOMER])
    def document(self, document_id: UUID, at_least: Position | None) -> contract.PortalDocumentDetails:
        """One document. Raises NotFound."""
        view, fresh = self._view(at_least)
        found = documents.details(view, document_id)
        if found is None:
            raise NotFound("document")
        return contract.PortalDocumentDetails(**fresh, **vars(found))

    @query(contract.ReadDocuments, allow=[CUSTOMER])
    def documents(
        self,
        kind: DocumentKind | None,
        at_least: Position | None,
        as_of: datetime | None,
        cursor: str | None,
    ) -> contract.PortalDocumentPage:
        """Offers, service reports and invoices, newest first."""
        view, fresh = self._view(at_least, as_of)
        return contract.PortalDocumentPage(**fresh, **documents.page(view, kind=kind, cursor=cursor))

    @query(contract.ReadRequests, allow=[CUSTOMER])
    def requests(
        self,
        status: CustomerRequestStatus | None,
        at_least: Position | None,
        as_of: datetime | None,
        cursor: str | None,
    ) -> contract.PortalRequestPage:
        """Requests, newest first."""
        view, fresh = self._view(at_least, as_of)
        return contract.PortalRequestPage(**fresh, **requests.page(view, status=status, cursor=cursor))

    @query(contract.ReadRequest, allow=[CUSTOMER])
    def request(self, request_id: UUID, at_least: Position | None) -> contract.PortalRequestDetails:
        """One request with its attachments, order, appointments and timeline. Raises NotFound."""
        view, fresh = self._view(at_least)
        found = requests.details(view, request_id)
        if found is None:
            raise NotFound("request")
        return contract.PortalRequestDetails(**fresh, **found)

    @query(contract.AtLeast, allow=[CUSTOMER])
    def settings(self, at_least: Position | None) -> contract.PortalSettings:
        """The caller's own information, the company's and the provider's."""
        view, fresh = self._view(at_least)
        return contract.PortalSettings(
            **fresh,
            contact=people.contact(view, self.caller.contact),
            company=people.company(view),
            provider=people.provider(view),
        )

    @command(Nothing, allow=[CUSTOMER])
    def resync(self) -> contract.ResyncRequestedResult:
        """Build the caller's view anew from all that has happened; while one is under way, name that one.

        Nothing is lost, and the view can be used as before until the new one replaces it.
        """
        owner = Owner(self.caller.company, self.caller.provider)
        return contract.ResyncRequestedResult(resync_id=resync.request(self.log.connection, PORTAL, owner))

    @query(contract.ResyncById, allow=[CUSTOMER])
    def resync_status(self, resync_id: UUID) -> contract.ResyncView:
        """How far a resync is, and in the end what it has changed. Raises NotFound."""
        found = resync.status(self.log.connection, PORTAL, self.caller.company, resync_id)
        if found is None:
            raise NotFound("resync")
        changes = {name: contract.RowChanges(**counts) for name, counts in (found.changes or {}).items()}
        return contract.ResyncView(
            state=ResyncState(found.state),
            applied=found.applied,
            total=found.total,
            started_at=found.started_at,
            finished_at=found.finished_at,
            changes=changes if found.finished_at else None,
        )

    @query(contract.ViewersOf, allow=[STAFF])
    def viewers(self, company_id: UUID, thing: ThingKind, thing_id: UUID) -> contract.Viewers:
        """Which contacts could see one thing, when, and by which events. Raises NotFound."""
        found = access.history(self.log, self.caller.provider, company_id)
        return contract.Viewers(viewers=access.viewers(found, thing, thing_id))

    @query(contract.SeenByContact, allow=[STAFF])
    def seen_by(self, company_id: UUID, contact_id: UUID, cursor: str | None) -> contract.SeenThings:
        """What a contact could see, when, and by which events. Raises NotFound."""
        found = access.history(self.log, self.caller.provider, company_id)
        return access.seen(found, contact_id, cursor)

    def _view(self, at_least: Position | None, as_of: datetime | None = None) -> tuple[View, dict[str, Any]]:
        """The caller's rows, and what to say about their freshness, after waiting for `at_least`."""
        reached = at_least is None or self._wait_for(at_least)
        owners = {"provider_id": self.caller.provider, "company_id": self.caller.company}
        if as_of is None:
            view = View(self.log.snapshot, now=now(), **owners)
        else:
            _must_be_past(as_of)
            view = PastView(self.log.snapshot, as_of=as_of, **owners)
        return view, view.freshness() | {"reached": reached}

    def _wait_for(self, at_least: Position) -> bool:
        partition = log.partition_of(self.log.engine, self.caller.provider)
        if at_least.position and at_least.partition != partition:
            raise ValidationFailed({"at_least": ["This position belongs to another provider's events."]})
        if self.freshness.has(at_least):
            return True
        self._must_be_written(at_least)
        timeout = min(self.call.remaining() * 0.8, LONGEST_WAIT_S)
        return bool(self.freshness.wait_for(at_least, timeout))

    def _must_be_written(self, at_least: Position) -> None:
        """On a connection of its own: the unit's snapshot is to be taken after the waiting."""
        with self.log.engine.connect() as connection:
            head = log.head(connection, at_least.partition)
        if at_least > head:
            raise ValidationFailed(
                {"at_least": ["Nothing has been written there yet; pass on a position as a command gave it."]}
            )


def _must_be_past(as_of: datetime) -> None:
    if as_of > now():
        raise ValidationFailed({"as_of": ["Lies in the future; leave it out to see what there is now."]})
