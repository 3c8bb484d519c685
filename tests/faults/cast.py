"""Who drives the load: two providers with their staff, each with two companies and a customer of theirs."""

import time
from dataclasses import dataclass, field
from uuid import uuid4

from shared.contracts.errors import DeadlineExceeded, Unavailable
from tests.support.file_contents import pdf
from tests.support.scene import PASSWORD, Scene

PROVIDERS = COMPANIES = 2
# A session is good for ten minutes.
TOKEN_S = 240.0
OFFER = pdf("Angebot")


@dataclass
class Person:
    """Someone who signs in again in time."""

    scene: Scene
    email: str
    _token: str = ""
    _until: float = 0.0

    @property
    def token(self) -> str:
        while time.monotonic() > self._until:
            try:
                session = self.scene.call("invitation.sign_in", email=self.email, password=PASSWORD)
            except (DeadlineExceeded, Unavailable):
                continue
            self._token, self._until = session["access_token"], time.monotonic() + TOKEN_S
        return self._token

    def forget(self) -> None:
        """Sign in anew at the next occasion."""
        self._until = 0.0


@dataclass
class Company:
    """A company, the people who act for it, and the ids of what it has, as they were answered.

    The invitation is one of another company, which never follows it.
    """

    company_id: str
    provider_id: str
    site_id: str
    contact_id: str
    invitation_id: str
    offer_sha256: str
    customer: Person
    staff: Person
    open_requests: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    appointments: list[str] = field(default_factory=list)
    open_offers: list[str] = field(default_factory=list)


def cast(scene: Scene) -> list[Company]:
    """Register all of them."""
    return [company for _ in range(PROVIDERS) for company in _provider(scene)]


def _provider(scene: Scene) -> list[Company]:
    token = scene.provider()
    provider_id = scene.call("customers.provider", token)["provider_id"]
    staff = Person(scene, f"staff-{uuid4()}@huber.example.com")
    scene.call(
        "invitation.register_staff",
        scene.operator,
        provider_id=provider_id,
        email=staff.email,
        password=PASSWORD,
    )
    return [_company(scene, staff, provider_id) for _ in range(COMPANIES)]


def _company(scene: Scene, staff: Person, provider_id: str) -> Company:
    customer = scene.customer(staff.token)
    return Company(
        customer.company_id,
        provider_id,
        customer.site_id,
        scene.call("customers.company", staff.token, company_id=customer.company_id)["main_contact_id"],
        _invited(scene, staff),
        scene.upload(staff.token, customer.company_id, OFFER),
        Person(scene, customer.email),
        staff,
    )


def _invited(scene: Scene, staff: Person) -> str:
    """An invitation that nobody follows."""
    company_id = scene.call("customers.register_company", staff.token, name="Schreinerei Weiß")["company_id"]
    contact_id = scene.call(
        "customers.add_contact",
        staff.token,
        company_id=company_id,
        first_name="Änne",
        last_name="Weiß",
        email=f"weiss-{uuid4()}@example.com",
        notifications_enabled=True,
    )["contact_id"]
    scene.call("customers.set_main_contact", staff.token, company_id=company_id, contact_id=contact_id)
    invited = scene.call("invitation.invite", staff.token, company_id=company_id)
    return str(invited["invitation_id"])
