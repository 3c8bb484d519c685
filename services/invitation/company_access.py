"""How far companies have come into the portal, by their invitations and accounts."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.invitation import accounts, domain, invitations
from services.invitation.company import COMPANY, Company
from services.invitation.invitations import Standing
from services.invitation.tables import invitations as rows
from shared.contracts.invitation import CompanyAccess, CompanyAccesses, CompanyAccessView
from shared.eventlog.unit import Unit


def of(log: Unit, company_ids: Iterable[UUID], *, now: datetime) -> CompanyAccesses:
    """The access of these companies, those of others left out."""
    companies = [company for company, _ in log.states(COMPANY, company_ids)]
    mains = {company.id: company.main_contact_id for company in companies if company.main_contact_id}
    made = accounts.made_at(log.connection, mains.values())
    since = {company_id: made[contact_id] for company_id, contact_id in mains.items() if contact_id in made}
    newest = {each.invitation.company_id: each for each in _newest(log, companies)}
    return CompanyAccesses(
        items=[_view(company, since.get(company.id), newest.get(company.id), now) for company in companies]
    )


def _newest(log: Unit, companies: Iterable[Company]) -> Iterator[Standing]:
    """The newest invitation of each company that has one."""
    statement = (
        select(rows.c.invitation_id)
        .distinct(rows.c.company_id)
        .where(rows.c.company_id.in_([company.id for company in companies]))
        .order_by(rows.c.company_id, rows.c.invitation_id.desc())
    )
    return invitations.standing(log, log.connection.execute(statement).scalars().all())


def _view(
    company: Company, account_since: datetime | None, newest: Standing | None, now: datetime
) -> CompanyAccessView:
    access = domain.access(account_since is not None, newest.invitation if newest else None, now)
    since = {
        CompanyAccess.ACTIVE: account_since,
        CompanyAccess.INVITED: newest and newest.sent_at,
        CompanyAccess.EXPIRED: newest and newest.invitation.expires_at,
    }
    return CompanyAccessView(company_id=company.id, access=access, since=since.get(access))
