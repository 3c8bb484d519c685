"""A company has contacts, one of them the main contact, and sites with equipment."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.customers import domain
from services.customers.domain import COMPANY, EQUIPMENT, PROVIDER, SITE, add_contact, remove_contact
from shared.contracts.customers import (
    CompanyRegistered,
    CompanyUpdated,
    ContactAdded,
    ContactRemoved,
    ContactUpdated,
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    MainContactSet,
    ProviderRegistered,
    ProviderUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.errors import InvalidTransition, NotFound, PortalError, ValidationFailed
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

PROVIDER_ID, COMPANY_ID, ANNA, BERND, SITE_ID, DEVICE = (UUID(int=number) for number in range(1, 7))
PERSON = {"first_name": "Jörg", "last_name": "Müller", "email": "joerg@mueller.example.com", "phone": None}
PLACE = {"name": "Filiale Süd", "address": "Bahnhofstraße 1\n80335 München"}
PROVIDER_DETAILS = {"name": "Huber", "email": "info@huber.example.com", "phone": None, "address": None}
DEVICE_DETAILS = {
    "name": "Kessel",
    "manufacturer": "Viessmann",
    "model": None,
    "serial_number": "X-1",
    "installed_on": date(2019, 5, 2),
}

registered = CompanyRegistered(company_id=COMPANY_ID, name="Bäckerei Müller", number="K-17")
anna = ContactAdded(company_id=COMPANY_ID, contact_id=ANNA, **PERSON)
bernd = ContactAdded(company_id=COMPANY_ID, contact_id=BERND, **PERSON)
anna_leads = MainContactSet(company_id=COMPANY_ID, contact_id=ANNA)
bernd_leads = MainContactSet(company_id=COMPANY_ID, contact_id=BERND)
anna_left = ContactRemoved(company_id=COMPANY_ID, contact_id=ANNA)
site_added = SiteAdded(site_id=SITE_ID, company_id=COMPANY_ID, **PLACE)
device_added = EquipmentAdded(equipment_id=DEVICE, site_id=SITE_ID, **DEVICE_DETAILS)


def test_a_provider_is_registered_with_how_to_reach_it():
    given(PROVIDER).when(domain.register_provider, provider_id=PROVIDER_ID, **PROVIDER_DETAILS).then(
        ProviderRegistered(provider_id=PROVIDER_ID, **PROVIDER_DETAILS)
    )


def test_a_provider_is_as_it_was_last_told():
    first = ProviderRegistered(provider_id=PROVIDER_ID, **PROVIDER_DETAILS)
    later = ProviderUpdated(provider_id=PROVIDER_ID, **PROVIDER_DETAILS | {"name": "Huber & Sohn"})
    assert given(PROVIDER, first, later).state.name == "Huber & Sohn"


def test_a_company_is_registered():
    given(COMPANY).when(
        domain.register_company, company_id=COMPANY_ID, name="Bäckerei Müller", number="K-17"
    ).then(registered)


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


def test_one_of_the_contacts_becomes_the_main_contact():
    given(COMPANY, registered, anna).when(domain.set_main_contact, contact_id=ANNA).then(anna_leads)
    given(COMPANY, registered, anna, bernd, anna_leads).when(domain.set_main_contact, contact_id=BERND).then(
        bernd_leads
    )


def test_choosing_the_main_contact_again_changes_nothing():
    given(COMPANY, registered, anna, anna_leads).when(domain.set_main_contact, contact_id=ANNA).then()


@pytest.mark.parametrize("history", [[], [anna], [anna, bernd, bernd_leads, anna_left]])
@pytest.mark.parametrize("decision", [domain.set_main_contact, remove_contact])
def test_who_is_no_contact_of_the_company_can_neither_lead_nor_leave_it(history, decision):
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


@settings(deadline=None)
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


@pytest.mark.parametrize("coordinates", [(None, None), (48.14, 11.56), (0.0, 0.0)])
def test_a_site_has_both_coordinates_or_none(coordinates):
    latitude, longitude = coordinates
    given(SITE).when(
        domain.add_site,
        site_id=SITE_ID,
        company_id=COMPANY_ID,
        latitude=latitude,
        longitude=longitude,
        **PLACE,
    ).then(SiteAdded(site_id=SITE_ID, company_id=COMPANY_ID, latitude=latitude, longitude=longitude, **PLACE))


@pytest.mark.parametrize("coordinates", [(48.14, None), (None, 11.56), (0.0, None)])
def test_half_a_coordinate_is_refused(coordinates):
    latitude, longitude = coordinates
    given(SITE).when(
        domain.add_site,
        site_id=SITE_ID,
        company_id=COMPANY_ID,
        latitude=latitude,
        longitude=longitude,
        **PLACE,
    ).then_refused(ValidationFailed)


def test_a_site_is_as_it_was_last_told_until_it_is_removed():
    moved = SiteUpdated(site_id=SITE_ID, company_id=COMPANY_ID, **PLACE | {"name": "Filiale Nord"})
    assert given(SITE, site_added, moved).state.name == "Filiale Nord"
    assert given(SITE, site_added, SiteRemoved(site_id=SITE_ID)).state is None


def test_equipment_stands_at_its_site():
    site = given(SITE, site_added).state
    given(EQUIPMENT).when(domain.add_equipment, equipment_id=DEVICE, site=site, **DEVICE_DETAILS).then(
        device_added
    )


def test_equipment_is_as_it_was_last_told_until_it_is_removed():
    changed = EquipmentUpdated(equipment_id=DEVICE, site_id=SITE_ID, **DEVICE_DETAILS | {"model": "300"})
    assert given(EQUIPMENT, device_added, changed).state.model == "300"
    assert given(EQUIPMENT, device_added, EquipmentRemoved(equipment_id=DEVICE)).state is None


@settings(deadline=None)
@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind, first in ((PROVIDER, []), (COMPANY, [registered]), (SITE, [site_added]), (EQUIPMENT, [])):
        kind.fold([*first, *history])
