"""Staff switch the plugin on and off, and say who they are."""

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.support.stack import Stack


def test_the_plugin_is_switched_off_after_saying_what_that_means_and_on_again(
    portal: Stack, people: Company, staff: Browser
) -> None:
    asked = staff.open("/provider/settings/portal/deactivate")
    assert "Kein Kunde kann sich dann noch anmelden" in asked.text
    assert portal.call("invitation.portal_status", people.staff_token)["active"]
    off = asked.submit()
    assert "Das Kundenportal ist ausgeschaltet." in off.text
    assert not portal.call("invitation.portal_status", people.staff_token)["active"]
    on = off.submit("/portal/activate")
    assert (on.path, "Eingeschaltet seit" in on.text) == ("/provider/settings", True)


def test_the_providers_own_information_is_changed_and_mistakes_are_told_at_the_field(
    portal: Stack, people: Company, staff: Browser
) -> None:
    refused = staff.open("/provider/settings/provider").submit(email="nowhere", name="")
    assert refused.status == 422
    assert "Bitte geben Sie eine E-Mail-Adresse ein" in refused.text
    assert "Bitte füllen Sie dieses Feld aus." in refused.text
    saved = refused.submit(
        email="post@huber.example.com", name="Huber & Töchter", address="Markt 1\nAugsburg"
    )
    assert "Ihre Angaben sind gespeichert." in saved.text
    provider = portal.call("customers.provider", people.staff_token)
    assert (provider["name"], provider["address"]) == ("Huber & Töchter", "Markt 1\nAugsburg")
    assert "Huber & Töchter" in staff.open("/provider/orders").text
