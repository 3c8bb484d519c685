"""RPC of `customers`: providers, companies, contacts, sites, equipment."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.customers import domain, queries
from services.customers.tables import companies, equipment, sites
from shared.contracts import customers as contract
from shared.contracts.values import Nothing
from shared.eventlog.unit import Unit
from shared.identity.caller import Caller
from shared.messaging.call import Call
from shared.messaging.rpc import CUSTOMER, OPERATOR, STAFF, command, query


class CustomersService:
    """Staff keep the data of their provider's customers; operators register providers."""

    name = "customers"

    log: Unit
    caller: Caller
    call: Call

    @command(contract.RegisterProvider, allow=[OPERATOR])
    def register_provider(self, **details: Any) -> contract.ProviderRegisteredResult:
        """Register a field-service company that uses the portal. Raises ValidationFailed."""
        provider_id = uuid7()
        stream = self.log.new(domain.PROVIDER, provider_id, provider_id=provider_id)
        stream.create(domain.register_provider, provider_id=provider_id, **details)
        return contract.ProviderRegisteredResult(provider_id=provider_id)

    @query(Nothing, allow=[STAFF, CUSTOMER])
    def provider(self) -> dict[str, Any]:
        """The caller's own provider."""
        # The provider's stream belongs to no company: a customer's scope has to be widened for it.
        return queries.provider(self.log, self.caller.provider)

    @command(contract.RegisterCompany, allow=[STAFF])
    def register_company(self, name: str, number: str | None) -> contract.CompanyRegisteredResult:
        """Register a customer of the caller's provider. Raises ValidationFailed."""
        company_id = uuid7()
        stream = self._new(domain.COMPANY, company_id, company_id)
        stream.create(domain.register_company, company_id=company_id, name=name, number=number)
        self.log.connection.execute(
            companies.insert().values(company_id=company_id, provider_id=self.caller.provider, name=name)
        )
        return contract.CompanyRegisteredResult(company_id=company_id)

    @query(contract.ListCompanies, allow=[STAFF])
    def companies(self, search: str | None, cursor: str | None) -> dict[str, Any]:
        """The provider's companies by name, or those whose name holds `search`."""
        return queries.companies(self.log, self.caller.provider, search=search, cursor=cursor)

    @query(contract.CompanyById, allow=[STAFF])
    def company(self, company_id: UUID) -> dict[str, Any]:
        """A company with its contacts, sites and equipment. Raises NotFound."""
        return queries.company(self.log, company_id)

    @command(contract.AddContact, allow=[STAFF])
    def add_contact(self, company_id: UUID, **details: Any) -> contract.ContactAddedResult:
        """Add a person to a company. Raises NotFound, ValidationFailed."""
        contact_id = uuid7()
        company = self.log.stream(domain.COMPANY, company_id)
        company.decide(domain.add_contact, contact_id=contact_id, **details)
        return contract.ContactAddedResult(contact_id=contact_id)

    @command(contract.SetMainContact, allow=[STAFF])
    def set_main_contact(self, company_id: UUID, contact_id: UUID) -> None:
        """Choose the contact who is invited to the portal. Raises NotFound."""
        self.log.stream(domain.COMPANY, company_id).decide(domain.set_main_contact, contact_id=contact_id)

    @command(contract.SetMainContact, allow=[STAFF])
    def remove_contact(self, company_id: UUID, contact_id: UUID) -> None:
        """Remove a person from a company. Raises NotFound, InvalidTransition for the main contact."""
        self.log.stream(domain.COMPANY, company_id).decide(domain.remove_contact, contact_id=contact_id)

    @command(contract.AddSite, allow=[STAFF])
    def add_site(self, company_id: UUID, **details: Any) -> contract.SiteAddedResult:
        """Add a place where the company wants work done. Raises NotFound, ValidationFailed."""
        company = self.log.stream(domain.COMPANY, company_id).state
        site_id = uuid7()
        stream = self._new(domain.SITE, site_id, company.id)
        stream.create(domain.add_site, site_id=site_id, company_id=company.id, **details)
        self.log.connection.execute(sites.insert().values(site_id=site_id, company_id=company.id))
        return contract.SiteAddedResult(site_id=site_id)

    @command(contract.AddEquipment, allow=[STAFF])
    def add_equipment(self, site_id: UUID, **details: Any) -> contract.EquipmentAddedResult:
        """Add a device to a site. Raises NotFound, ValidationFailed."""
        site = self.log.stream(domain.SITE, site_id).state
        equipment_id = uuid7()
        stream = self._new(domain.EQUIPMENT, equipment_id, site.company_id)
        stream.create(domain.add_equipment, equipment_id=equipment_id, site=site, **details)
        self.log.connection.execute(
            equipment.insert().values(equipment_id=equipment_id, company_id=site.company_id)
        )
        return contract.EquipmentAddedResult(equipment_id=equipment_id)

    def _new(self, kind: Any, stream_id: UUID, company_id: UUID) -> Any:
        return self.log.new(kind, stream_id, provider_id=self.caller.provider, company_id=company_id)
