"""RPC of `requests`: customers ask for work, staff answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from services.requests import domain, queries
from services.requests.tables import numbers, requests
from shared.contracts import requests as contract
from shared.contracts.declare import Event
from shared.contracts.errors import NotFound, ValidationFailed
from shared.contracts.requests import RequestStatus
from shared.eventlog.unit import Unit
from shared.formats import TIME_ZONE
from shared.identity.caller import Caller
from shared.messaging.call import Call
from shared.messaging.rpc import CUSTOMER, STAFF, command, query


class RequestsService:
    """A request belongs to a company; its number runs per provider and year."""

    name = "requests"

    log: Unit
    caller: Caller
    call: Call

    @command(contract.SubmitRequest, allow=[CUSTOMER])
    def submit(
        self,
        title: str,
        description: str,
        site_id: UUID,
        attachment_ids: list[UUID],
        equipment_id: UUID | None,
    ) -> contract.RequestSubmittedResult:
        """Ask the provider for work at one of the caller's sites, with files that the caller stored.

        Raises ValidationFailed.
        """
        request_id = uuid7()
        self.log.hold(f"site {site_id}", shared=True)
        site = self._place(domain.SITE, site_id, "site_id")
        equipment = self._place(domain.EQUIPMENT, equipment_id, "equipment_id") if equipment_id else None
        stream = self.log.new(
            domain.REQUEST, request_id, provider_id=self.caller.provider, company_id=self.caller.company
        )
        number = self._next_number()
        stream.create(
            domain.submit,
            request_id=request_id,
            number=number,
            contact_id=self.caller.contact,
            site=site,
            equipment=equipment,
            title=title,
            description=description,
            attachment_ids=attachment_ids,
            attachments=[attachment for attachment, _ in self.log.states(domain.ATTACHMENT, attachment_ids)],
        )
        self._list(request_id)
        return contract.RequestSubmittedResult(request_id=request_id, number=number)

    @command(contract.RequestById, allow=[CUSTOMER])
    def withdraw(self, request_id: UUID) -> None:
        """Take back a request that has no answer yet. Raises NotFound, InvalidTransition, Conflict."""
        self._answer(request_id, domain.withdraw, contact_id=self.caller.contact)

    @command(contract.AcceptRequest, allow=[STAFF])
    def accept(self, request_id: UUID, note: str | None) -> None:
        """Accept a submitted request; `orders` then creates the order.

        Raises NotFound, InvalidTransition, Conflict.
        """
        self._answer(request_id, domain.accept, note=note)

    @command(contract.DeclineRequest, allow=[STAFF])
    def decline(self, request_id: UUID, reason: str) -> None:
        """Decline a submitted request. Raises NotFound, InvalidTransition, Conflict."""
        self._answer(request_id, domain.decline, reason=reason)

    @query(contract.ListRequests, allow=[CUSTOMER, STAFF])
    def requests(self, status: RequestStatus | None, cursor: str | None) -> contract.RequestPage:
        """The requests of the caller's company or, for staff, of all companies; newest first."""
        return queries.page(self.log, self.caller, status=status, cursor=cursor)

    @query(contract.RequestById, allow=[CUSTOMER, STAFF])
    def request(self, request_id: UUID) -> contract.RequestView:
        """One request. Raises NotFound."""
        views = queries.views(self.log, [request_id])
        if not views:
            raise NotFound("request")
        return views[0]

    def _answer(self, request_id: UUID, decision: Callable[..., Event], **arguments: Any) -> None:
        request = self.log.stream(domain.REQUEST, request_id)
        request.decide(decision, **arguments)
        self.log.connection.execute(
            update(requests).where(requests.c.request_id == request_id).values(status=request.state.status)
        )

    def _place(self, kind: Any, place_id: UUID, field: str) -> domain.Place:
        found = self.log.find(kind, place_id)
        place: domain.Place | None = found.state_or_none if found else None
        if place is None:
            raise ValidationFailed({field: ["Not found among your sites and equipment; choose another."]})
        return place

    def _next_number(self) -> str:
        year = datetime.now(UTC).astimezone(TIME_ZONE).year
        count = self.log.connection.execute(
            insert(numbers)
            .values(provider_id=self.caller.provider, year=year, last=1)
            .on_conflict_do_update(index_elements=["provider_id", "year"], set_={"last": numbers.c.last + 1})
            .returning(numbers.c.last)
        ).scalar_one()
        return domain.number(year, count)

    def _list(self, request_id: UUID) -> None:
        self.log.connection.execute(
            requests.insert().values(
                request_id=request_id,
                provider_id=self.caller.provider,
                company_id=self.caller.company,
                status=RequestStatus.SUBMITTED,
            )
        )
