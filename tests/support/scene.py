"""The calls that tests set a scene with: a provider, its staff, a signed-in customer."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.identity.keys import SigningKey
from shared.identity.tokens import issue, now, operator_caller, service_caller
from shared.messaging.client import RpcClient

PASSWORD = "kessel-wartung-im-oktober"


@dataclass
class Customer:
    """A signed-in customer and what they have."""

    token: str
    company_id: str
    site_id: str
    equipment_id: str
    email: str


class Scene:
    """A portal that `client` reaches, and whose keys lie in the folder `keys`."""

    def __init__(self, client: RpcClient, keys: Path) -> None:
        self.client, self.keys = client, keys

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
