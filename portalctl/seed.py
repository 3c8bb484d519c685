"""Puts the sample data in place through the services, as staff and customers would."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zlib import crc32

from portalctl.sample_data import (
    COMPANIES,
    PASSWORD,
    PROSPECTS,
    PROVIDER,
    REQUESTS,
    STAFF_MAILBOX,
    SampleCompany,
    SampleSite,
)
from portalctl.seed_documents import Addressee, Publisher
from portalctl.seed_planning import Planner
from shared.contracts.errors import Conflict, NotFound, Unavailable
from shared.files.store import FileStore
from shared.formats import TIME_ZONE
from shared.messaging.client import RpcClient

ORDER_TIMEOUT_S = 30.0
POLL_S = 0.05


class Seed:
    """A provider with staff and customers, each request and each offer in a state of its own."""

    def __init__(self, client: RpcClient, files: FileStore, *, operator: str, service: str) -> None:
        self._client, self._files, self._operator, self._service = client, files, operator, service
        self._suffix = ""
        self.sign_ins: list[dict[str, str]] = []

    def run(self, progress: Callable[[str], None] = lambda _: None) -> list[dict[str, str]]:
        """Add everything; returns who can sign in, as who, e-mail and password."""
        progress(PROVIDER["name"])
        staff, provider_id = self._provider()
        self._publisher = Publisher(self._call, self._files, staff=staff, provider_id=provider_id)
        self._planner = Planner(self._call, staff=staff, now=datetime.now(UTC).astimezone(TIME_ZONE))
        for number, company in enumerate(COMPANIES):
            progress(company.name)
            self._company(staff, company, number)
        for prospect in PROSPECTS:
            progress(prospect.name)
            self._prospect(staff, prospect)
        return self.sign_ins

    def _call(self, target: str, auth_token: str | None, /, **arguments: Any) -> Any:
        service, method = target.split(".")
        return self._client.call(service, method, auth_token=auth_token, **arguments)

    def _provider(self) -> tuple[str, str]:
        """The token of a member of its staff, and its id."""
        provider_id = self._call("customers.register_provider", self._operator, **PROVIDER)["provider_id"]
        email = self._staff(provider_id)
        self._can_sign_in(f"{PROVIDER['name']} (Disposition)", email)
        staff: str = self._call("invitation.sign_in", None, email=email, password=PASSWORD)["access_token"]
        self._call("invitation.activate_portal", staff)
        return staff, provider_id

    def _staff(self, provider_id: str) -> str:
        """The address of a new member of staff; where it is taken, all addresses of this run get a suffix."""
        account = {"provider_id": provider_id, "password": PASSWORD}
        try:
            self._call(
                "invitation.register_staff", self._operator, email=self._email(STAFF_MAILBOX), **account
            )
        except Conflict:
            self._suffix = f".{uuid4().hex[:4]}"
            self._call(
                "invitation.register_staff", self._operator, email=self._email(STAFF_MAILBOX), **account
            )
        return self._email(STAFF_MAILBOX)

    def _company(self, staff: str, company: SampleCompany, number: int) -> None:
        company_id = self._call(
            "customers.register_company", staff, name=company.name, number=company.number
        )["company_id"]
        email = self._email(company.mailbox)
        contact_id = self._call(
            "customers.add_contact",
            staff,
            company_id=company_id,
            first_name=company.first_name,
            last_name=company.last_name,
            email=email,
            phone=f"+49 821 555 1{number:02d}",
            notifications_enabled=True,
        )["contact_id"]
        self._call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
        site_ids = [self._site(staff, company_id, site) for site in company.sites]
        customer = self._accepted_invitation(staff, company_id)
        self._can_sign_in(company.name, email)
        # Each company begins with another state, so that together they show all, and none shows too much.
        places = [
            Addressee(company_id, company.name, site.address, site_id, customer)
            for site, site_id in zip(company.sites, site_ids, strict=True)
        ]
        for step, (title, description, state) in enumerate(_from(number)):
            self._request(staff, places[step % len(places)], title, description, state)
        self._publisher.papers(places[0], number)

    def _prospect(self, staff: str, company: SampleCompany) -> None:
        """A company that is not in the portal yet: it lacks a main contact, and its contact gets no mails."""
        company_id = self._call(
            "customers.register_company", staff, name=company.name, number=company.number
        )["company_id"]
        self._call(
            "customers.add_contact",
            staff,
            company_id=company_id,
            first_name=company.first_name,
            last_name=company.last_name,
            email=self._email(company.mailbox),
        )
        for site in company.sites:
            self._site(staff, company_id, site)

    def _site(self, staff: str, company_id: str, site: SampleSite) -> str:
        site_id: str = self._call(
            "customers.add_site",
            staff,
            company_id=company_id,
            name=site.name,
            address=site.address,
            latitude=site.latitude,
            longitude=site.longitude,
        )["site_id"]
        for number, (name, manufacturer, model) in enumerate(site.equipment):
            self._call(
                "customers.add_equipment",
                staff,
                site_id=site_id,
                name=name,
                manufacturer=manufacturer,
                model=model,
                serial_number=f"SN-{crc32((site.name + name).encode()) % 10**7:07d}",
                installed_on=f"20{12 + (len(site.name) + number) % 12}-0{1 + number}-15",
            )
        return site_id

    def _accepted_invitation(self, staff: str, company_id: str) -> str:
        invitation_id = self._call("invitation.invite", staff, company_id=company_id)["invitation_id"]
        try:
            return self._accepted(invitation_id)
        except NotFound:
            # The invitation's mail was written at that moment: its link has ended the one asked for here.
            return self._accepted(invitation_id)

    def _accepted(self, invitation_id: str) -> str:
        token = self._call("invitation.issue_token", self._service, invitation_id=invitation_id)["token"]
        session = self._call("invitation.accept", None, token=token, password=PASSWORD)
        return str(session["access_token"])

    def _request(self, staff: str, place: Addressee, title: str, description: str, state: str) -> None:
        submitted = self._call(
            "requests.submit", place.customer, title=title, description=description, site_id=place.site_id
        )
        request = {"request_id": submitted["request_id"]}
        if state == "withdrawn":
            self._call("requests.withdraw", place.customer, **request)
        if state == "declined":
            reason = "Klimaanlagen gehören leider nicht zu unseren Leistungen."
            self._call("requests.decline", staff, reason=reason, **request)
        if state in ("accepted", "scheduled", "done"):
            self._call("requests.accept", staff, note="Wir kümmern uns darum.", **request)
        if state == "scheduled":
            self._planner.plan(self._order_of(place.customer, submitted["request_id"]))
        if state == "done":
            self._done(place, self._order_of(place.customer, submitted["request_id"]), title)

    def _done(self, place: Addressee, order_id: str, title: str) -> None:
        visit = self._planner.do(order_id)
        self._publisher.report(place, title, order_id=order_id, technician=visit.technician, on=visit.on)

    def _order_of(self, customer: str, request_id: str) -> str:
        """The order of a request that was just accepted, once it is there."""
        deadline = datetime.now(UTC) + timedelta(seconds=ORDER_TIMEOUT_S)
        while datetime.now(UTC) < deadline:
            try:
                order = self._call("portal_read.request", customer, request_id=request_id)["order"]
            except NotFound:
                order = None
            if order:
                return str(order["order_id"])
            time.sleep(POLL_S)
        raise Unavailable(f"No order came of the request {request_id}; does the relay run?")

    def _email(self, mailbox: str) -> str:
        return f"{mailbox}{self._suffix}@example.com"

    def _can_sign_in(self, who: str, email: str) -> None:
        self.sign_ins.append({"who": who, "email": email, "password": PASSWORD})


def _from(first: int) -> list[tuple[str, str, str]]:
    """Three of the sample requests, beginning with the one of that number."""
    return [REQUESTS[(first + step) % len(REQUESTS)] for step in range(3)]
