"""A company has contacts, one of them the main contact; a provider is as it was last told."""

from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.customers import domain
from services.customers.domain import COMPANY, PROVIDER, add_contact, remove_contact, update_contact
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactErased,
    ContactRemoved,
    ContactUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
)
from shared.contracts.errors import Forbidden, InvalidTransition, NotFound, PortalError
from shared.contracts.values import Language
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

PROVIDER_ID, COMPANY_ID, ANNA, BERND = (UUID(int=number) for number in range(1, 5))
PERSON = {"first_name": "Jörg", "last_name": "Müller", "email": "joerg@mueller.example.com", "phone": None}
PROVIDER_DETAILS = {"name": "Huber", "email": "info@huber.example.com", "phone": None, "address": None}

provider_registered = ProviderRegistered(provider_id=PROVIDER_ID, **PROVIDER_DETAILS)
registered = CompanyRegistered(company_id=COMPANY_ID, name="Bäckerei Müller", number="K-17")
anna = ContactAdded(company_id=COMPANY_ID, contact_id=ANNA, **PERSON)
bernd = ContactAdded(company_id=COMPANY_ID, contact_id=BERND, **PERSON)
anna_leads = MainContactSet(company_id=COMPANY_ID, contact_id=ANNA)
bernd_leads = MainContactSet(company_id=COMPANY_ID, contact_id=BERND)
anna_left = ContactRemoved(company_id=COMPANY_ID, contact_id=ANNA)


def anna_erased(*, was_main_contact: bool) -> ContactErased:
    return ContactErased(company_id=COMPANY_ID, contact_id=ANNA, was_main_contact=was_main_contact)


def test_a_contact_is_erased_also_when_they_were_removed_before():
    erased = anna_erased(was_main_contact=False)
    given(COMPANY, registered, anna).when(domain.erase_contact, contact_id=ANNA).then(erased)
    given(COMPANY, registered, anna, anna_left).when(domain.erase_contact, contact_id=ANNA).then(erased)
    assert given(COMPANY, registered, anna, bernd, erased).state.contacts.keys() == {BERND}


def test_a_contact_is_erased_once():
    erased = anna_erased(was_main_contact=False)
    given(COMPANY, registered, anna, erased).when(domain.erase_contact, contact_id=ANNA).then()


def test_a_company_whose_main_contact_is_erased_has_none():
    erased = anna_erased(was_main_contact=True)
    history = (registered, anna, bernd, anna_leads)
    given(COMPANY, *history).when(domain.erase_contact, contact_id=ANNA).then(erased)
    assert given(COMPANY, *history, erased).state.main_contact_id is None
    assert (
        given(COMPANY, *history, bernd_leads, anna_erased(was_main_contact=False)).state.main_contact_id
        == BERND
    )


def test_a_provider_is_registered_with_how_to_reach_it():
    given(PROVIDER).when(domain.register_provider, provider_id=PROVIDER_ID, **PROVIDER_DETAILS).then(
        provider_registered
    )


def test_a_provider_is_as_it_was_last_told():
    later = ProviderUpdated(provider_id=PROVIDER_ID, **PROVIDER_DETAILS | {"name": "Huber & Sohn"})
    assert given(PROVIDER, provider_registered, later).state.name == "Huber & Sohn"


def test_a_provider_is_updated_with_what_is_left_as_it_was():
    changed = PROVIDER_DETAILS | {"phone": "+49 89 123456", "language": Language.ENGLISH}
    given(PROVIDER, provider_registered).when(
        domain.update_provider, phone="+49 89 123456", language=Language.ENGLISH
    ).then(ProviderUpdated(provider_id=PROVIDER_ID, **changed))


def test_a_company_is_registered():
    given(COMPANY).when(
        domain.register_company, company_id=COMPANY_ID, name="Bäckerei Müller", number="K-17"
    ).then(registered)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Konditorei Müller"}, {"name": "Konditorei Müller", "number": "K-17"}),
        ({"number": None}, {"name": "Bäckerei Müller", "number": None}),
    ],
)
def test_a_company_is_updated_with_what_is_left_as_it_was(changes, told):
    given(COMPANY, registered).when(domain.update_company, **changes).then(
        CompanyUpdated(company_id=COMPANY_ID, **told)
    )


def test_an_update_that_changes_nothing_is_none():
    given(PROVIDER, provider_registered).when(domain.update_provider, **PROVIDER_DETAILS).then()
    given(COMPANY, registered).when(domain.update_company, name="Bäckerei Müller", number="K-17").then()
    given(COMPANY, registered, anna).when(update_contact, contact_id=ANNA, **PERSON).then()
    given(COMPANY, registered, anna).when(update_contact, contact_id=ANNA).then()


def test_a_company_that_is_updated_keeps_its_contacts():
    renamed = CompanyUpdated(company_id=COMPANY_ID, name="Konditorei Müller", number=None)
    company = given(COMPANY, registered, anna, anna_leads, renamed).state
    assert (company.name, company.number) == ("Konditorei Müller", None)
    assert (list(company.contacts), company.main_contact_id) == ([ANNA], ANNA)


def test_a_contact_is_added():
    given(COMPANY, registered).when(add_contact, contact_id=ANNA, **PERSON).then(anna)


def test_a_contact_is_as_it_was_last_told():
    changed = ContactUpdated(company_id=COMPANY_ID, contact_id=ANNA, **PERSON | {"last_name": "Meier"})
    assert given(COMPANY, registered, anna, changed).state.contacts[ANNA].last_name == "Meier"


@pytest.mark.parametrize("decision", [update_contact, domain.update_own_contact])
def test_a_contact_is_updated_with_what_is_left_as_it_was(decision):
    changes = {"phone": "+49 89 123456", "notifications_enabled": True, "language": Language.ENGLISH}
    given(COMPANY, registered, anna).when(decision, contact_id=ANNA, **changes).then(
        ContactUpdated(company_id=COMPANY_ID, contact_id=ANNA, **PERSON | changes)
    )


def test_only_staff_change_a_contacts_address():
    given(COMPANY, registered, anna).when(update_contact, contact_id=ANNA, email=None).then(
        ContactUpdated(company_id=COMPANY_ID, contact_id=ANNA, **PERSON | {"email": None})
    )
    given(COMPANY, registered, anna).when(
        domain.update_own_contact, contact_id=ANNA, email="neu@example.com"
    ).then_refused(Forbidden)


def test_one_of_the_contacts_becomes_the_main_contact():
    given(COMPANY, registered, anna).when(domain.set_main_contact, contact_id=ANNA).then(anna_leads)
    given(COMPANY, registered, anna, bernd, anna_leads).when(domain.set_main_contact, contact_id=BERND).then(
        bernd_leads
    )


def test_choosing_the_main_contact_again_changes_nothing():
    given(COMPANY, registered, anna, anna_leads).when(domain.set_main_contact, contact_id=ANNA).then()


@pytest.mark.parametrize("history", [[], [anna], [anna, bernd, bernd_leads, anna_left]])
@pytest.mark.parametrize("decision", [domain.set_main_contact, remove_contact, update_contact])
def test_who_is_no_contact_of_the_company_can_not_be_dealt_with_there(history, decision):
    nobody = UUID(int=99) if history == [anna] else ANNA
    given(COMPANY, registered, *history).when(decision, contact_id=nobody).then_refused(NotFound)


def test_a_contact_can_be_removed():
    given(COMPANY, registered, anna, bernd, bernd_leads).when(remove_contact, contact_id=ANNA).then(anna_left)


def test_the_main_contact_can_not_be_removed():
    given(COMPANY, registered, anna, anna_leads).when(remove_contact, contact_id=ANNA).then_refused(
        InvalidTransition
    )


PEOPLE = st.sampled_from([ANNA, BERND])
ATTEMPTS = st.one_of(
    st.tuples(st.just(add_contact), PEOPLE.map(lambda key: {"contact_id": key, **PERSON})),
    st.tuples(
        st.sampled_from([domain.set_main_contact, remove_contact]),
        PEOPLE.map(lambda key: {"contact_id": key}),
    ),
)


@for_all(st.lists(ATTEMPTS, max_size=15))
def test_whatever_is_tried_the_main_contact_is_one_of_the_contacts(attempts):
    company = COMPANY.fold([registered])
    for decision, arguments in attempts:
        try:
            decided = decision(company, **arguments)
        except PortalError:
            continue
        company = COMPANY.fold([decided] if decided else [], company)
        assert company.main_contact_id is None or company.main_contact_id in company.contacts


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind, first in ((PROVIDER, []), (COMPANY, [registered])):
        kind.fold([*first, *history])
