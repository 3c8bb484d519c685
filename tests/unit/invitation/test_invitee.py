"""Whom staff may invite: the main contact, when nothing is missing; the refusal names what is."""

from uuid import UUID

import pytest

from services.invitation import domain
from services.invitation.activation import PORTAL
from services.invitation.company import COMPANY, Company, Person
from shared.contracts.customers import (
    CompanyRegistered,
    ContactAdded,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
)
from shared.contracts.errors import (
    ConditionUnmet,
    InvalidEmail,
    NoMainContact,
    NotificationsDisabled,
    PortalNotActive,
)
from shared.contracts.invitation import PortalActivated, PortalDeactivated
from tests.support.given import given

PROVIDER_ID, COMPANY_ID, CONTACT = (UUID(int=number) for number in range(1, 4))
EMAIL = "joerg@mueller.example.com"

on, off = PortalActivated(provider_id=PROVIDER_ID), PortalDeactivated(provider_id=PROVIDER_ID)
registered = CompanyRegistered(company_id=COMPANY_ID, name="Bäckerei Müller")
main = MainContactSet(company_id=COMPANY_ID, contact_id=CONTACT)


def contact(event=ContactAdded, *, email: str | None = EMAIL, notifications_enabled=True):
    return event(
        company_id=COMPANY_ID,
        contact_id=CONTACT,
        first_name="Jörg",
        last_name="Müller",
        email=email,
        notifications_enabled=notifications_enabled,
    )


def company(*events) -> Company:
    return given(COMPANY, registered, *events).state


def inviting_from(*events, portal=(on,)):
    return given(PORTAL).when(domain.invitee, portal=PORTAL.fold(portal), company=company(*events))


def test_the_main_contact_is_the_one_to_invite():
    assert domain.invitee(PORTAL.fold([on]), company(contact(), main)) == Person(
        CONTACT, "Jörg", "Müller", EMAIL, True
    )


@pytest.mark.parametrize("history", [[], [on, off]])
def test_without_an_active_portal_nobody_is_invited(history):
    inviting_from(contact(), main, portal=history).then_refused(PortalNotActive)


def test_without_a_main_contact_nobody_is_invited():
    left = ContactRemoved(company_id=COMPANY_ID, contact_id=CONTACT)
    inviting_from().then_refused(NoMainContact)
    inviting_from(contact()).then_refused(NoMainContact)
    inviting_from(contact(), main, left).then_refused(NoMainContact)


@pytest.mark.parametrize(
    "email",
    [None, "joerg", "joerg@", "@example.com", "j m@example.com", "a@b..de", "a@b\n.de", "jörg@example.com"],
)
def test_without_a_valid_address_nobody_is_invited(email):
    inviting_from(contact(email=email), main).then_refused(InvalidEmail)


@pytest.mark.parametrize("email", ["joerg@müller.de", "o'neill+portal@example.co.uk"])
def test_addresses_of_the_real_world_are_valid(email):
    assert domain.is_valid_email(email)


def test_without_customer_notification_nobody_is_invited():
    inviting_from(contact(notifications_enabled=False), main).then_refused(NotificationsDisabled)


@pytest.mark.parametrize(
    ("events", "portal", "missing"),
    [
        ([], [], ["portal_not_active", "no_main_contact"]),
        (
            [contact(email=None, notifications_enabled=False), main],
            [on, off],
            ["portal_not_active", "invalid_email", "notifications_disabled"],
        ),
        ([contact(email="joerg@"), main], [on], ["invalid_email"]),
    ],
)
def test_a_refusal_names_all_that_is_missing_and_is_of_the_first(events, portal, missing):
    refusal = inviting_from(*events, portal=portal).then_refused(ConditionUnmet)
    assert refusal.details == {"missing": missing}
    assert refusal.code == missing[0]


def test_what_was_missing_can_be_put_right():
    mended = company(contact(email=None, notifications_enabled=False), main, contact(ContactUpdated))
    assert domain.invitee(PORTAL.fold([on]), mended).email == EMAIL
