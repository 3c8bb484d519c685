"""The calls that tests set a scene with: a provider, its staff, a signed-in customer."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.documents import FILE_BYTES
from shared.files.location import Owner
from shared.files.store import FileStore
from shared.identity.tokens import operator_token, service_token
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
    account_id: str


class Scene:
    """A portal that `client` reaches; its keys lie in the folder `keys`, its files at the URL `files`."""

    def __init__(self, client: RpcClient, keys: Path, files: str) -> None:
        self.client, self.keys, self.files_url = client, keys, files

    def call(self, target: str, auth_token: str | None = None, /, **arguments: Any) -> Any:
        """Call `service.method`."""
        service, method = target.split(".")
        return self.client.call(service, method, auth_token=auth_token, **arguments)

    @cached_property
    def files(self) -> FileStore:
        return FileStore(self.files_url)

    def upload(self, token: str, company_id: str, content: bytes) -> str:
        """Put a file into the store for a company, as a gateway does for a caller; its hash."""
        provider_id = self.call("customers.provider", token)["provider_id"]
        owner = Owner(UUID(provider_id), UUID(company_id))
        return self.files.put(owner, [content], limit=FILE_BYTES).sha256

    @property
    def operator(self) -> str:
        """A new token each time: one runs out after ten minutes, and a session of tests takes longer."""
        return operator_token(self.keys)

    @property
    def service(self) -> str:
        return service_token(self.keys)

    def provider(self, name: str = "Huber Heizungsbau GmbH", *, email: str = "info@huber.example.com") -> str:
        """Register a provider whose portal is on, and return the token of a member of its staff."""
        provider_id = self.call("customers.register_provider", self.operator, name=name, email=email)[
            "provider_id"
        ]
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
        return Customer(
            session["access_token"],
            company_id,
            site_id,
            equipment_id,
            email,
            session["caller"]["account_id"],
        )

    def accept_invitation(self, staff: str, company_id: str) -> Any:
        """Invite a company's main contact and set their password; the session that this begins."""
        invitation_id = self.call("invitation.invite", staff, company_id=company_id)["invitation_id"]
        token = self.call("invitation.issue_token", self.service, invitation_id=invitation_id)["token"]
        return self.call("invitation.accept", token=token, password=PASSWORD)
