"""The provider, the company, and the contact that the caller is."""

from uuid import UUID

from sqlalchemy import func, select

from services.portal_read.tables import companies, contacts, providers
from services.portal_read.view import View, as_message
from shared.contracts.portal_read import PortalCompany, PortalContact, PortalProvider, Side, Who

FULL_NAME = func.concat_ws(" ", contacts.c.first_name, contacts.c.last_name)


def provider(view: View) -> PortalProvider | None:
    """The provider's name and how to reach it."""
    row = view.first(select(providers).where(view.of_provider(providers)))
    return as_message(PortalProvider, row) if row else None


def company(view: View) -> PortalCompany | None:
    """The caller's company."""
    row = view.first(select(companies).where(view.of(companies)))
    return as_message(PortalCompany, row) if row else None


def contact(view: View, contact_id: UUID) -> PortalContact | None:
    """The caller's own personal information."""
    main_contact = select(companies.c.main_contact_id).where(view.of(companies)).scalar_subquery()
    is_main = (contacts.c.contact_id == main_contact).is_(True).label("is_main_contact")
    statement = select(contacts, is_main).where(view.of(contacts), contacts.c.contact_id == contact_id)
    row = view.first(statement)
    return as_message(PortalContact, row) if row else None


def of_company(name: str | None) -> Who:
    """A contact of the company, by full name where there is one."""
    return Who(side=Side.COMPANY, name=name or None)
