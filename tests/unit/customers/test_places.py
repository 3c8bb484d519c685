"""A site is somewhere, has equipment, and stays while work is open there."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.customers import places
from services.customers.places import EQUIPMENT, SITE
from shared.contracts.customers import (
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.errors import InvalidTransition, ValidationFailed
from shared.contracts.orders import OrderCompleted, OrderCreated
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestSubmitted,
    RequestWithdrawn,
)
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

COMPANY_ID, CONTACT, SITE_ID, ELSEWHERE, DEVICE, ORDER = (UUID(int=number) for number in range(1, 7))
PLACE = {"name": "Filiale Süd", "address": "Bahnhofstraße 1\n80335 München"}
DEVICE_DETAILS = {
    "name": "Kessel",
    "manufacturer": "Viessmann",
    "model": None,
    "serial_number": "X-1",
    "installed_on": date(2019, 5, 2),
}
MUNICH = {"latitude": 48.14, "longitude": 11.56}

site_added = SiteAdded(site_id=SITE_ID, company_id=COMPANY_ID, **PLACE)
site_in_munich = SiteAdded(site_id=SITE_ID, company_id=COMPANY_ID, **PLACE, **MUNICH)
device_added = EquipmentAdded(equipment_id=DEVICE, site_id=SITE_ID, **DEVICE_DETAILS)


@pytest.mark.parametrize("coordinates", [(None, None), (48.14, 11.56), (0.0, 0.0)])
def test_a_site_has_both_coordinates_or_none(coordinates):
    latitude, longitude = coordinates
    given(SITE).when(
        places.add_site,
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
        places.add_site,
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


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Lager"}, PLACE | MUNICH | {"name": "Lager"}),
        ({"latitude": 0.0, "longitude": 0.0}, PLACE | {"latitude": 0.0, "longitude": 0.0}),
        ({"latitude": None, "longitude": None}, PLACE),
    ],
)
def test_a_site_is_updated_with_what_is_left_as_it_was(changes, told):
    given(SITE, site_in_munich).when(places.update_site, **changes).then(
        SiteUpdated(site_id=SITE_ID, company_id=COMPANY_ID, **told)
    )


@pytest.mark.parametrize(
    "changes",
    [{"latitude": 48.15}, {"longitude": None}, {"latitude": None, "longitude": 11.56}],
)
@pytest.mark.parametrize("history", [[site_added], [site_in_munich]])
def test_half_a_coordinate_does_not_move_a_site(history, changes):
    given(SITE, *history).when(places.update_site, **changes).then_refused(ValidationFailed)


def test_an_update_that_changes_nothing_is_none():
    given(SITE, site_in_munich).when(places.update_site, **PLACE, **MUNICH).then()
    given(EQUIPMENT, device_added).when(places.update_equipment, **DEVICE_DETAILS).then()


def test_equipment_stands_at_its_site():
    site = given(SITE, site_added).state
    given(EQUIPMENT).when(places.add_equipment, equipment_id=DEVICE, site=site, **DEVICE_DETAILS).then(
        device_added
    )


def test_equipment_is_as_it_was_last_told_until_it_is_removed():
    changed = EquipmentUpdated(equipment_id=DEVICE, site_id=SITE_ID, **DEVICE_DETAILS | {"model": "300"})
    assert given(EQUIPMENT, device_added, changed).state.model == "300"
    assert given(EQUIPMENT, device_added, EquipmentRemoved(equipment_id=DEVICE)).state is None


def test_equipment_is_updated_with_what_is_left_as_it_was():
    given(EQUIPMENT, device_added).when(places.update_equipment, model="300", installed_on=None).then(
        EquipmentUpdated(
            equipment_id=DEVICE, site_id=SITE_ID, **DEVICE_DETAILS | {"model": "300", "installed_on": None}
        )
    )


def test_equipment_can_be_removed():
    given(EQUIPMENT, device_added).when(places.remove_equipment).then(EquipmentRemoved(equipment_id=DEVICE))


def test_a_site_without_open_requests_can_be_removed():
    given(SITE, site_added).when(places.remove_site, open_requests=[]).then(SiteRemoved(site_id=SITE_ID))


def test_a_site_with_open_requests_stays_and_they_are_named():
    refused = (
        given(SITE, site_added)
        .when(places.remove_site, open_requests=["A-2026-00001", "A-2026-00002"])
        .then_refused(InvalidTransition)
    )
    assert refused.details == {"requests": ["A-2026-00001", "A-2026-00002"]}
    assert "A-2026-00001, A-2026-00002." in refused.message


def submitted(count: int, site_id: UUID = SITE_ID) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=UUID(int=100 + count),
        number=f"A-{count}",
        contact_id=CONTACT,
        site_id=site_id,
        title="Heizung kalt",
        description="",
    )


def accepted(count: int) -> RequestAccepted:
    return RequestAccepted(
        request_id=UUID(int=100 + count), contact_id=CONTACT, site_id=SITE_ID, title="Heizung", description=""
    )


def ordered(count: int) -> OrderCreated:
    return OrderCreated(
        order_id=ORDER,
        request_id=UUID(int=100 + count),
        contact_id=CONTACT,
        site_id=SITE_ID,
        title="Heizung",
        description="",
    )


done = OrderCompleted(order_id=ORDER)
withdrawn = RequestWithdrawn(request_id=UUID(int=101))
declined = RequestDeclined(request_id=UUID(int=101), contact_id=CONTACT, reason="Keine Zeit.")


@pytest.mark.parametrize(
    ("history", "numbers"),
    [
        ([], []),
        ([submitted(1)], ["A-1"]),
        ([submitted(1), submitted(2)], ["A-1", "A-2"]),
        ([submitted(1, ELSEWHERE)], []),
        ([submitted(1), withdrawn], []),
        ([submitted(1), declined], []),
        ([submitted(1), accepted(1)], ["A-1"]),
        ([submitted(1), accepted(1), ordered(1)], ["A-1"]),
        ([submitted(1), accepted(1), ordered(1), done], []),
        ([submitted(1), submitted(2), accepted(2), ordered(2), done], ["A-1"]),
        ([submitted(1), done], ["A-1"]),
    ],
)
def test_a_request_is_open_until_it_is_declined_withdrawn_or_its_order_is_completed(history, numbers):
    assert places.open_requests(SITE_ID, history) == numbers


def test_what_is_read_for_open_requests_is_what_decides_about_them():
    told = {type(event).type for event in (submitted(1), withdrawn, declined, ordered(1), done)}
    assert told == places.OF_REQUESTS


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind, first in ((SITE, [site_added]), (EQUIPMENT, [])):
        kind.fold([*first, *history])
    places.open_requests(SITE_ID, history)
