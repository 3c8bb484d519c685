"""Staff see who could see something, and what one contact could see, also of one who has left."""

from tests.integration.gateway.browser import Browser
from tests.integration.gateway.conftest import Company
from tests.integration.services.belongings import add_contact
from tests.support.stack import Stack


def test_what_a_contact_could_see_who_was_removed_is_told_from_the_page_that_names_them(
    portal: Stack, people: Company, staff: Browser
) -> None:
    company_id, token = people.customer.company_id, people.staff_token
    left = portal.call("customers.company", token, company_id=company_id)["main_contact_id"]
    other = add_contact(portal, token, company_id)
    portal.call("customers.set_main_contact", token, company_id=company_id, contact_id=other)
    portal.call("customers.remove_contact", token, contact_id=left)
    viewers = staff.open(f"/provider/companies/{company_id}/sites/{people.customer.site_id}/viewers")
    assert "Jörg Müller" in viewers.text
    assert "Ansprechpartner entfernt" in viewers.text
    [address] = [link for link in viewers.links if left in link]
    seen = staff.open(address)
    assert seen.status == 200
    for text in ("Was Jörg Müller sehen konnte", "Filiale Süd", "Ansprechpartner entfernt"):
        assert text in seen.text
    [address] = [link for link in viewers.links if other in link]
    assert "Was Zoë Öztürk sehen konnte" in staff.open(address).text
