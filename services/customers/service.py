"""RPC of `customers`: providers, companies, contacts, sites, equipment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.customers import domain, lists, places, queries
from shared.contracts import customers as contract
from shared.contracts.errors import NotFound
from shared.contracts.values import CallerKind, Nothing
from shared.eventlog import subject_keys
from shared.eventlog.unit import Stream, Unit
from shared.identity.caller import Caller
from shared.messaging.call import Call
from shared.messaging.rpc import CUSTOMER, OPERATOR, STAFF, command, query


class CustomersService:
    """Staff keep the data of their provider and its customers; customers keep their own contact's.

    A change that changes nothing appends nothing.
    """

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

    @command(contract.UpdateProvider, allow=[STAFF])
    def update_provider(self, **changes: Any) -> None:
        """Change the caller's own provider. Raises ValidationFailed, Conflict."""
        self.log.stream(domain.PROVIDER, self.caller.provider).decide(domain.update_provider, **changes)

    @query(Nothing, allow=[STAFF, CUSTOMER])
    def provider(self) -> contract.ProviderView:
        """The caller's own provider."""
        # The provider's stream belongs to no company: a customer's scope has to be widened for it.
        return queries.provider(self.log, self.caller.provider)

    @command(contract.RegisterCompany, allow=[STAFF])
    def register_company(self, name: str, number: str | None) -> contract.CompanyRegisteredResult:
        """Register a customer of the caller's provider.

        Raises ValidationFailed, Conflict when another company of the provider has the number.
        """
        company_id = uuid7()
        stream = self._new(domain.COMPANY, company_id, company_id)
        stream.create(domain.register_company, company_id=company_id, name=name, number=number)
        lists.follow(self.log.connection, self.caller.provider, None, stream.state)
        return contract.CompanyRegisteredResult(company_id=company_id)

    @command(contract.UpdateCompany, allow=[STAFF])
    def update_company(self, company_id: UUID, **changes: Any) -> None:
        """Change a company's name or number. Raises NotFound, ValidationFailed, Conflict."""
        with self._company(company_id) as company:
            company.decide(domain.update_company, **changes)

    @query(contract.ListCompanies, allow=[STAFF])
    def companies(self, search: str | None, cursor: str | None) -> contract.CompanyPage:
        """The provider's companies in the order of their names, or those that `search` finds.

        Raises ValidationFailed.
        """
        return queries.companies(self.log, self.caller.provider, words=search, cursor=cursor)

    @query(contract.CompanyById, allow=[STAFF])
    def company(self, company_id: UUID) -> contract.CompanyView:
        """A company with its contacts, sites and equipment. Raises NotFound."""
        return queries.company(self.log, company_id)

    @query(contract.NamesOf, allow=[STAFF])
    def names(self, **ids: list[UUID]) -> contract.Names:
        """What companies, sites and equipment are called; of what is not there, nothing."""
        return queries.names(self.log, **ids)

    @command(contract.AddContact, allow=[STAFF])
    def add_contact(self, company_id: UUID, **details: Any) -> contract.ContactAddedResult:
        """Add a person to a company. Raises NotFound, ValidationFailed."""
        contact_id = uuid7()
        with self._company(company_id) as company:
            company.decide(domain.add_contact, contact_id=contact_id, **details)
        return contract.ContactAddedResult(contact_id=contact_id)

    @command(contract.UpdateContact, allow=[STAFF, CUSTOMER])
    def update_contact(self, contact_id: UUID, **changes: Any) -> None:
        """Change a person's details; customers their own, all but the e-mail address.

        Raises NotFound, Forbidden, ValidationFailed.
        """
        by_customer = self.caller.kind is CallerKind.CUSTOMER
        if by_customer and contact_id != self.caller.contact:
            raise NotFound("contact")
        decision = domain.update_own_contact if by_customer else domain.update_contact
        with self._company_of(contact_id) as company:
            company.decide(decision, contact_id=contact_id, **changes)

    @command(contract.ContactById, allow=[STAFF])
    def remove_contact(self, contact_id: UUID) -> None:
        """Remove a person from their company. Raises NotFound, InvalidTransition for the main contact."""
        with self._company_of(contact_id) as company:
            company.decide(domain.remove_contact, contact_id=contact_id)

    @command(contract.ContactById, allow=[OPERATOR])
    def erase_contact(self, contact_id: UUID) -> contract.ContactErasedResult:
        """Destroy the key of a person, maybe of one who was removed before; nothing of them can be read then.

        The event says so to all who keep something of them. A second time does nothing. Raises NotFound.
        """
        company_id = queries.company_of(self.log, contact_id)
        with self._company(company_id) as company:
            company.decide(domain.erase_contact, contact_id=contact_id)
        lists.forget_words(self.log.connection, company.state)
        erased_at = subject_keys.erase(self.log.connection, contact_id)
        return contract.ContactErasedResult(company_id=company_id, erased_at=erased_at)

    @query(contract.ListPersonalData, allow=[CUSTOMER])
    def personal_data(self, cursor: str | None) -> contract.PersonalDataPage:
        """All that was recorded of the caller, in order. Raises ValidationFailed."""
        caller = self.caller
        return queries.personal_data(self.log, caller.company, caller.contact, cursor=cursor)

    @command(contract.SetMainContact, allow=[STAFF])
    def set_main_contact(self, company_id: UUID, contact_id: UUID) -> None:
        """Choose the contact who is invited to the portal. Raises NotFound."""
        with self._company(company_id) as company:
            company.decide(domain.set_main_contact, contact_id=contact_id)

    @command(contract.AddSite, allow=[STAFF])
    def add_site(self, company_id: UUID, **details: Any) -> contract.SiteAddedResult:
        """Add a place where the company wants work done. Raises NotFound, ValidationFailed."""
        company = self.log.stream(domain.COMPANY, company_id).state
        site_id = uuid7()
        stream = self._new(places.SITE, site_id, company.id)
        stream.create(places.add_site, site_id=site_id, company_id=company.id, **details)
        lists.add_site(self.log.connection, site_id, company_id=company.id)
        return contract.SiteAddedResult(site_id=site_id)

    @command(contract.UpdateSite, allow=[STAFF])
    def update_site(self, site_id: UUID, **changes: Any) -> None:
        """Change a site; both coordinates at once. Raises NotFound, ValidationFailed, Conflict."""
        self.log.stream(places.SITE, site_id).decide(places.update_site, **changes)

    @command(contract.SiteById, allow=[STAFF])
    def remove_site(self, site_id: UUID) -> None:
        """Remove a site and the equipment at it.

        Raises NotFound, InvalidTransition with the numbers of the requests that are open there.
        """
        self._hold_site(site_id)
        site = self.log.stream(places.SITE, site_id)
        site.decide(places.remove_site, open_requests=queries.open_requests(self.log, site.state))
        for equipment_id in lists.equipment_at(self.log.connection, site_id):
            self._remove_equipment(equipment_id)
        lists.remove_site(self.log.connection, site_id)

    @command(contract.AddEquipment, allow=[STAFF])
    def add_equipment(self, site_id: UUID, **details: Any) -> contract.EquipmentAddedResult:
        """Add a device to a site. Raises NotFound, ValidationFailed."""
        self._hold_site(site_id, shared=True)
        site = self.log.stream(places.SITE, site_id).state
        equipment_id = uuid7()
        stream = self._new(places.EQUIPMENT, equipment_id, site.company_id)
        stream.create(places.add_equipment, equipment_id=equipment_id, site=site, **details)
        lists.add_equipment(self.log.connection, equipment_id, site_id=site.id, company_id=site.company_id)
        return contract.EquipmentAddedResult(equipment_id=equipment_id)

    @command(contract.UpdateEquipment, allow=[STAFF])
    def update_equipment(self, equipment_id: UUID, **changes: Any) -> None:
        """Change what is known of a device. Raises NotFound, ValidationFailed, Conflict."""
        self.log.stream(places.EQUIPMENT, equipment_id).decide(places.update_equipment, **changes)

    @command(contract.EquipmentById, allow=[STAFF])
    def remove_equipment(self, equipment_id: UUID) -> None:
        """Remove a device from its site. Raises NotFound."""
        self._remove_equipment(equipment_id)

    @contextmanager
    def _company(self, company_id: UUID) -> Iterator[Stream[domain.Company]]:
        """A company to decide on, by one after the other; its rows follow what was decided."""
        self.log.hold(f"company {company_id}")
        company = self.log.stream(domain.COMPANY, company_id)
        before = company.state
        yield company
        lists.follow(self.log.connection, company.provider_id, before, company.state)

    @contextmanager
    def _company_of(self, contact_id: UUID) -> Iterator[Stream[domain.Company]]:
        """The company of a contact, to decide on; whose contact it isn't learns nothing of the company."""
        company_id = lists.company_of(self.log.connection, contact_id)
        if company_id is None or self.log.find(domain.COMPANY, company_id) is None:
            raise NotFound("contact")
        with self._company(company_id) as company:
            yield company

    def _remove_equipment(self, equipment_id: UUID) -> None:
        self.log.stream(places.EQUIPMENT, equipment_id).decide(places.remove_equipment)
        lists.remove_equipment(self.log.connection, equipment_id)

    def _hold_site(self, site_id: UUID, *, shared: bool = False) -> None:
        """No site is removed under a request that is being submitted, or a device that is being added."""
        self.log.hold(f"site {site_id}", shared=shared)

    def _new(self, kind: Any, stream_id: UUID, company_id: UUID) -> Any:
        return self.log.new(kind, stream_id, provider_id=self.caller.provider, company_id=company_id)
