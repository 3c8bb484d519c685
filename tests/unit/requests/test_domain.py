"""A request is answered once, by the provider or by the customer who takes it back."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.requests import domain
from services.requests.domain import (
    ATTACHMENT,
    EQUIPMENT,
    REQUEST,
    SITE,
    Attachment,
    Place,
    accept,
    decline,
    withdraw,
)
from shared.contracts.customers import (
    EquipmentAdded,
    EquipmentRemoved,
    EquipmentUpdated,
    SiteAdded,
    SiteRemoved,
    SiteUpdated,
)
from shared.contracts.declare import current
from shared.contracts.documents import AttachmentStored
from shared.contracts.errors import InvalidTransition, ValidationFailed
from shared.contracts.requests import (
    RequestAccepted,
    RequestDeclined,
    RequestStatus,
    RequestSubmitted,
    RequestWithdrawn,
)
from tests.support.given import given
from tests.unit.contracts.declarations import ALL_EVENTS, instances

REQUEST_ID, CONTACT, SITE_ID, OTHER_SITE, DEVICE, PHOTO, REPORT, COLLEAGUE = (
    UUID(int=number) for number in range(1, 9)
)
DETAILS = {"title": "Heizung wird nicht warm", "description": "Seit gestern kalt.\nBitte bald."}

submitted = RequestSubmitted(
    request_id=REQUEST_ID,
    number="A-2026-00042",
    contact_id=CONTACT,
    site_id=SITE_ID,
    equipment_id=DEVICE,
    **DETAILS,
)
withdrawn = RequestWithdrawn(request_id=REQUEST_ID, contact_id=COLLEAGUE)
accepted = RequestAccepted(
    request_id=REQUEST_ID,
    contact_id=CONTACT,
    site_id=SITE_ID,
    equipment_id=DEVICE,
    note="Bis bald.",
    **DETAILS,
)
declined = RequestDeclined(request_id=REQUEST_ID, contact_id=CONTACT, reason="Nicht unser Gebiet.")

ANSWERS = {
    RequestStatus.WITHDRAWN: withdrawn,
    RequestStatus.ACCEPTED: accepted,
    RequestStatus.DECLINED: declined,
}
DECISIONS = [
    (withdraw, {"contact_id": COLLEAGUE}),
    (accept, {"note": "Bis bald."}),
    (decline, {"reason": "Nicht unser Gebiet."}),
]
SUBMISSION = {
    "request_id": REQUEST_ID,
    "number": "A-2026-00042",
    "contact_id": CONTACT,
    "site": Place(SITE_ID, SITE_ID),
    "equipment": Place(DEVICE, SITE_ID),
    "attachment_ids": [],
    "attachments": [],
} | DETAILS


def test_a_request_is_submitted_for_equipment_at_the_chosen_site():
    given(REQUEST).when(domain.submit, **SUBMISSION).then(submitted)


def test_a_request_may_be_about_a_site_as_a_whole():
    event = domain.submit(**SUBMISSION | {"equipment": None})
    assert (event.site_id, event.equipment_id) == (SITE_ID, None)


def test_equipment_of_another_site_is_refused_by_the_name_of_its_field():
    elsewhere = SUBMISSION | {"equipment": Place(DEVICE, OTHER_SITE)}
    refusal = given(REQUEST).when(domain.submit, **elsewhere).then_refused(ValidationFailed)
    assert refusal.fields.keys() == {"equipment_id"}


def test_a_request_takes_attachments_along_that_its_author_stored_in_the_order_given():
    attachments = [Attachment(PHOTO, CONTACT), Attachment(REPORT, CONTACT)]
    chosen = {"attachment_ids": [REPORT, PHOTO], "attachments": attachments}
    given(REQUEST).when(domain.submit, **SUBMISSION | chosen).then(
        replace(submitted, attachment_ids=[REPORT, PHOTO])
    )


@pytest.mark.parametrize(
    ("attachment_ids", "attachments"),
    [
        ([PHOTO], []),
        ([PHOTO, REPORT], [Attachment(PHOTO, CONTACT)]),
        ([PHOTO], [Attachment(PHOTO, COLLEAGUE)]),
        ([PHOTO, PHOTO], [Attachment(PHOTO, CONTACT)]),
    ],
)
def test_attachments_that_are_unknown_a_colleagues_or_named_twice_are_refused(attachment_ids, attachments):
    chosen = {"attachment_ids": attachment_ids, "attachments": attachments}
    refusal = given(REQUEST).when(domain.submit, **SUBMISSION | chosen).then_refused(ValidationFailed)
    assert refusal.fields.keys() == {"attachment_ids"}


def test_an_open_request_can_be_withdrawn_by_anyone_of_the_company():
    given(REQUEST, submitted).when(withdraw, contact_id=COLLEAGUE).then(withdrawn)


def test_who_withdrew_a_request_before_that_was_recorded_is_not_known():
    assert current("request_withdrawn", 1, {"request_id": str(REQUEST_ID)})["contact_id"] is None


def test_an_open_request_can_be_accepted_and_the_event_carries_what_an_order_starts_from():
    given(REQUEST, submitted).when(accept, note="Bis bald.").then(accepted)


def test_a_request_is_accepted_without_a_note_as_well():
    assert accept(given(REQUEST, submitted).state).note is None


def test_an_open_request_can_be_declined_with_a_reason():
    given(REQUEST, submitted).when(decline, reason="Nicht unser Gebiet.").then(declined)


@pytest.mark.parametrize(("status", "answer"), ANSWERS.items())
@pytest.mark.parametrize(("decision", "arguments"), DECISIONS)
def test_an_answered_request_is_not_answered_again_and_the_refusal_says_what_it_is(
    status, answer, decision, arguments
):
    refusal = given(REQUEST, submitted, answer).when(decision, **arguments).then_refused(InvalidTransition)
    assert refusal.details == {"status": status}
    assert "A-2026-00042" in refusal.message


@pytest.mark.parametrize(("status", "answer"), ANSWERS.items())
def test_the_answer_is_the_requests_status(status, answer):
    assert given(REQUEST, submitted, answer).state.status is status


def test_the_note_and_the_reason_stay_with_the_request():
    assert given(REQUEST, submitted, accepted).state.note == "Bis bald."
    assert given(REQUEST, submitted, declined).state.reason == "Nicht unser Gebiet."


@for_all(st.lists(st.sampled_from(DECISIONS), max_size=8))
def test_whatever_is_tried_in_whatever_order_one_answer_is_recorded(attempts):
    request, answers = REQUEST.fold([submitted]), []
    for decision, arguments in attempts:
        try:
            answers.append(decision(request, **arguments))
        except InvalidTransition:
            continue
        request = REQUEST.evolve(request, answers[-1])
    assert len(answers) == min(len(attempts), 1)


@for_all(st.lists(st.sampled_from(ALL_EVENTS).flatmap(instances), max_size=6))
def test_any_history_folds(history):
    for kind in (REQUEST, SITE, EQUIPMENT, ATTACHMENT):
        kind.fold(history)
        kind.fold([submitted, *history])


def test_numbers_of_a_year_sort_as_they_were_given():
    assert domain.number(2026, 42) == "A-2026-00042"
    assert domain.number(2026, 123_456) == "A-2026-123456"


def test_a_site_is_known_until_it_is_removed():
    details = {"site_id": SITE_ID, "company_id": CONTACT, "name": "Süd", "address": "Bahnhofstraße 1"}
    added, moved = SiteAdded(**details), SiteUpdated(**details | {"address": "Bahnhofstraße 3"})
    assert given(SITE, added, moved).state == Place(SITE_ID, SITE_ID)
    assert given(SITE, added, SiteRemoved(site_id=SITE_ID)).state is None


def test_equipment_is_where_it_was_last_said_to_be_until_it_is_removed():
    added = EquipmentAdded(equipment_id=DEVICE, site_id=SITE_ID, name="Kessel")
    moved = EquipmentUpdated(equipment_id=DEVICE, site_id=OTHER_SITE, name="Kessel")
    assert given(EQUIPMENT, added).state == Place(DEVICE, SITE_ID)
    assert given(EQUIPMENT, added, moved).state == Place(DEVICE, OTHER_SITE)
    assert given(EQUIPMENT, added, EquipmentRemoved(equipment_id=DEVICE)).state is None


def test_an_attachment_is_known_by_who_stored_it():
    stored = AttachmentStored(
        attachment_id=PHOTO,
        contact_id=CONTACT,
        filename="Typenschild.jpg",
        media_type="image/jpeg",
        size=48_213,
        sha256="9f" * 32,
    )
    assert given(ATTACHMENT, stored).state == Attachment(PHOTO, CONTACT)
