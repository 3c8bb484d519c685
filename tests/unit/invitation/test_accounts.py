"""What is recorded of an account: a few wishes for another password an hour, and each change of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.invitation import domain
from services.invitation.domain import ACCOUNT, RESETS_AN_HOUR
from shared.contracts.invitation import PasswordChanged, PasswordResetRequested
from tests.support.given import given

ACCOUNT_ID, CONTACT = UUID(int=5), UUID(int=3)
NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)
WHO = {"account_id": ACCOUNT_ID, "contact_id": CONTACT}


def requesting(*ago: timedelta):
    requested = [NOW - each for each in ago]
    return given(ACCOUNT).when(domain.request_reset, **WHO, requested=requested, now=NOW)


def test_a_reset_is_recorded_for_the_mail_that_carries_its_link():
    requesting().then(PasswordResetRequested(**WHO))


def test_beyond_a_few_within_an_hour_resets_are_passed_over_in_silence():
    lately = [timedelta(minutes=59)] * RESETS_AN_HOUR
    requesting(*lately).then()
    requesting(*lately[1:], timedelta(hours=1)).then(PasswordResetRequested(**WHO))


def test_a_changed_password_is_recorded():
    given(ACCOUNT).when(domain.change_password, **WHO).then(PasswordChanged(**WHO))


@for_all(st.lists(st.integers(0, 90), max_size=40))
def test_however_often_it_is_asked_no_hour_has_more_mails_than_allowed(minutes):
    sent: list[datetime] = []
    at = NOW
    for passed in minutes:
        at += timedelta(minutes=passed)
        if domain.request_reset(**WHO, requested=sent, now=at):
            sent.append(at)
    for start in sent:
        within = [each for each in sent if start <= each < start + timedelta(hours=1)]
        assert len(within) <= RESETS_AN_HOUR
