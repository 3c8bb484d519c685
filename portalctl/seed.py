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
    PROVIDER,
    REQUESTS,
    STAFF_MAILBOX,
    TECHNICIANS,
    SampleCompany,
    SampleSite,
)
from shared.contracts.errors import Conflict, NotFound
from shared.messaging.client import RpcClient

ORDER_TIMEOUT_S = 30.0
POLL_S = 0.05


class Seed:
    """A provider with staff and customers, each request in a state of its own."""

    def __init__(self, client: RpcClient, operator: str, service: str) -> None:
        self._client, self._operator, self._service = client, operator, service
        self._suffix = ""
        self._day = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
        self._scheduled = 0
        self.sign_ins: list[dict[str, str]] = []

    def run(self, progress: Callable[[str], None] = lambda _: None) -> list[dict[str, str]]:
        """Add everything; returns who can sign in, as who, e-mail and password."""
        progress(PROVIDER["name"])
        staff = self._provider()
        for number, company in enumerate(COMPANIES):
            progress(company.name)
            self._company(staff, company, number)
        return self.sign_ins

    def _call(self, target: str, auth_token: str | None, /, **arguments: Any) -> Any:
        service, method = target.split(".")
        return self._client.call(service, method, auth_token=auth_token, **arguments)

    def _provider(self) -> str:
        provider_id = self._call("customers.register_provider", self._operator, **PROVIDER)["provider_id"]
        email = self._staff(provider_id)
        self._can_sign_in(f"{PROVIDER['name']} (Disposition)", email)
        staff: str = self._call("invitation.sign_in", None, email=email, password=PASSWORD)["access_token"]
        self._call("invitation.activate_portal", staff)
        return staff

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
        for step, (title, description, state) in enumerate(_from(number)):
            self._request(staff, customer, site_ids[step % len(site_ids)], title, description, state)

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
        token = self._call("invitation.issue_token", self._service, invitation_id=invitation_id)["token"]
        session = self._call("invitation.accept", None, token=token, password=PASSWORD)
        return str(session["access_token"])

    def _request(
        self, staff: str, customer: str, site_id: str, title: str, description: str, state: str
    ) -> None:
        submitted = self._call(
            "requests.submit", customer, title=title, description=description, site_id=site_id
        )
        request = {"request_id": submitted["request_id"]}
        if state == "withdrawn":
            self._call("requests.withdraw", customer, **request)
        if state == "declined":
            reason = "Klimaanlagen gehören leider nicht zu unseren Leistungen."
            self._call("requests.decline", staff, reason=reason, **request)
        if state in ("accepted", "scheduled", "done"):
            self._call("requests.accept", staff, note="Wir kümmern uns darum.", **request)
        if state in ("scheduled", "done"):
            self._schedule(staff, customer, submitted["request_id"], done=state == "done")

    def _schedule(self, staff: str, customer: str, request_id: str, *, done: bool) -> None:
        self._scheduled += 1
        days = self._scheduled * (-3 if done else 2)
        starts_at = self._day + timedelta(days=days, hours=self._scheduled % 3 * 2)
        order_id = self._order_of(customer, request_id)
        appointment = self._call(
            "orders.schedule_appointment",
            staff,
            order_id=order_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            technician=TECHNICIANS[self._scheduled % len(TECHNICIANS)],
        )
        if done:
            self._call("orders.complete_appointment", staff, appointment_id=appointment["appointment_id"])
            self._call("orders.complete_order", staff, order_id=order_id)

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
        raise TimeoutError(f"no order came of the request {request_id}; does the relay run?")

    def _email(self, mailbox: str) -> str:
        return f"{mailbox}{self._suffix}@example.com"

    def _can_sign_in(self, who: str, email: str) -> None:
        self.sign_ins.append({"who": who, "email": email, "password": PASSWORD})


def _from(first: int) -> list[tuple[str, str, str]]:
    """Three of the sample requests, beginning with the one of that number."""
    return [REQUESTS[(first + step) % len(REQUESTS)] for step in range(3)]
