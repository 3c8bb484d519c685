"""Whether the holder of an account may come in now, and what others would guess as their password."""

from typing import Any
from uuid import UUID

from services.invitation import activation
from services.invitation.company import COMPANY, PROVIDER
from shared.contracts.errors import PortalError, PortalNotActive, Unauthenticated
from shared.contracts.invitation import portal_id_for
from shared.contracts.values import CallerKind
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Stream, Unit


def refusal(log: Unit, account: Any) -> PortalError | None:
    """Why not, or None: the portal must be on, and a customer still a contact of the company.

    `account` is whatever has kind, provider, company and contact. Staff may always come in.
    """
    if account.kind != CallerKind.CUSTOMER:
        return None
    if (switched_off := closed(log, account.provider_id)) is not None:
        return switched_off
    company = log.find(COMPANY, account.company_id)
    if company is None or account.contact_id not in company.state.people:
        return Unauthenticated("You are no longer a contact of this company; ask your provider.")
    return None


def check(log: Unit, account: Any) -> None:
    """Raises PortalNotActive, Unauthenticated."""
    if (refused := refusal(log, account)) is not None:
        raise refused


def closed(log: Unit, provider_id: UUID) -> PortalNotActive | None:
    """Why the provider's customers have to stay outside, in words for them, or None."""
    if activation.is_active(portal(log, provider_id).state_or_none):
        return None
    return PortalNotActive("Your provider has switched its customer portal off; ask your provider.")


def portal(log: Unit, provider_id: UUID) -> Stream[activation.Portal]:
    """The plugin “Kundenportal” of the provider, off until it is switched on."""
    portal_id = portal_id_for(provider_id)
    return log.find(activation.PORTAL, portal_id) or log.new(
        activation.PORTAL, portal_id, provider_id=provider_id
    )


def personal_words(
    log: Unit,
    provider_id: UUID,
    email: str,
    *,
    company_id: UUID | None = None,
    contact_id: UUID | None = None,
) -> list[str]:
    """The names and the address that a person's password must not be made of."""
    # A customer's scope has to be widened for the provider, which belongs to no company.
    scope = Scope(provider_id)
    words = [email, *(provider.name for provider, _ in log.states(PROVIDER, [provider_id], scope=scope))]
    if company_id is not None and contact_id is not None:
        for company, _ in log.states(COMPANY, [company_id], scope=scope):
            words.append(company.name)
            if (person := company.people.get(contact_id)) is not None:
                words += [person.first_name, person.last_name, f"{person.first_name} {person.last_name}"]
    return [word for word in words if word]
