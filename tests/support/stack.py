"""The portal's services as processes of their own, and the calls that tests set a scene with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller, service_caller
from shared.messaging.client import RpcClient

ROOT = Path(__file__).parents[2]
PASSWORD = "kessel-wartung-im-oktober"
SERVICES = {
    "invitation": "services.invitation.service:InvitationService",
    "customers": "services.customers.service:CustomersService",
    "requests": "services.requests.service:RequestsService",
    "orders": "services.orders.service:OrdersService",
    "portal_read": "services.portal_read.service:PortalReadService",
}


@dataclass
class Customer:
    """A signed-in customer and what they have."""

    token: str
    company_id: str
    site_id: str
    equipment_id: str
    email: str


class Stack:
    """A running portal: `client` calls it."""

    def __init__(self, *, amqp_uri: str, database_url: str, keys: Path, logs: Path) -> None:
        self.amqp_uri, self.database_url, self.keys, self.logs = amqp_uri, database_url, keys, logs
        self.client = RpcClient(amqp_uri, name="tests", timeout=20)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AMQP_URI": self.amqp_uri,
            "DATABASE_URL": self.database_url,
            "PORTAL_KEYS": str(self.keys),
        }

    def start(self, name: str, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a process of ours: a service by its name, or another by its command."""
        module = command or ("shared.messaging.runner", SERVICES[name])
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment | environment,
                stderr=log,
                stdout=log,
            )
        self.processes[name] = process
        return process

    def stop(self) -> None:
        """End all processes, in order, and by force where that takes too long."""
        self.client.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def call(self, target: str, auth_token: str | None = None, /, **arguments: Any) -> Any:
        """Call `service.method`."""
        service, method = target.split(".")
        return self.client.call(service, method, auth_token=auth_token, **arguments)

    @cached_property
    def operator(self) -> str:
        key = SigningKey.load(self.keys, "operators")
        return issue(key, operator_caller(), now=now())

    @cached_property
    def service(self) -> str:
        key = SigningKey.load(self.keys, "services")
        return issue(key, service_caller(), now=now())

    def provider(self, name: str = "Huber Heizungsbau GmbH") -> str:
        """Register a provider whose portal is on, and return the token of a member of its staff."""
        provider_id = self.call(
            "customers.register_provider", self.operator, name=name, email="info@huber.example.com"
        )["provider_id"]
        email = f"staff-{uuid4()}@huber.example.com"
        self.call(
            "invitation.register_staff",
            self.operator,
            provider_id=provider_id,
            email=email,
            password=PASSWORD,
        )
        staff = self.call("invitation.sign_in", email=email, password=PASSWORD)["access_token"]
        self.call("invitation.activate_portal", staff)
        return str(staff)

    def customer(self, staff: str, name: str = "Bäckerei Müller") -> Customer:
        """Register a company with a contact, a site and a device, invite it, and sign the contact in."""
        company_id = self.call("customers.register_company", staff, name=name)["company_id"]
        email = f"kunde-{uuid4()}@example.com"
        contact_id = self.call(
            "customers.add_contact",
            staff,
            company_id=company_id,
            first_name="Jörg",
            last_name="Müller",
            email=email,
            notifications_enabled=True,
        )["contact_id"]
        self.call("customers.set_main_contact", staff, company_id=company_id, contact_id=contact_id)
        site_id = self.call(
            "customers.add_site",
            staff,
            company_id=company_id,
            name="Filiale Süd",
            address="Bahnhofstraße 1, 80335 München",
            latitude=48.14,
            longitude=11.56,
        )["site_id"]
        equipment_id = self.call(
            "customers.add_equipment", staff, site_id=site_id, name="Gasbrennwertkessel"
        )["equipment_id"]
        session = self.accept_invitation(staff, company_id)
        return Customer(session["access_token"], company_id, site_id, equipment_id, email)

    def accept_invitation(self, staff: str, company_id: str) -> Any:
        """Invite a company's main contact and set their password; the session that this begins."""
        invitation_id = self.call("invitation.invite", staff, company_id=company_id)["invitation_id"]
        token = self.call("invitation.issue_token", self.service, invitation_id=invitation_id)["token"]
        return self.call("invitation.accept", token=token, password=PASSWORD)


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Start every service and the relay, and wait until each answers."""
    try:
        for name in SERVICES:
            stack.start(name)
        stack.start("relay", "shared.eventlog.relay")
        for name in SERVICES:
            wait_until(lambda name=name: is_ready(stack.logs / f"{name}.log"), what=f"{name} is ready")
        yield stack
    finally:
        stack.stop()


def is_ready(log: Path) -> bool:
    return b"rpc_ready" in log.read_bytes()


def wait_until(condition: Callable[[], Any], *, what: str, timeout: float = 30) -> Any:
    """Wait for a condition to hold and return its value; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain until {what}")
        time.sleep(0.02)
