"""A provider with many customers, each with an account, sites and a few requests: those who come at once."""

from typing import Any
from uuid import uuid4

from benchmarks.visits import DESCRIPTION, TITLE
from shared.messaging.client import RpcClient

PASSWORD = "wartung-der-kessel-im-herbst"
SITES = 5
DEVICES = 2
REQUESTS = 4

Member = dict[str, str]


class Crowd:
    """Calls the services as an operator, as staff, and as each customer."""

    def __init__(self, client: RpcClient, *, operator: str, service: str) -> None:
        self._client, self._operator, self._service = client, operator, service
        self.staff: Member = {}

    def gather(self, count: int) -> list[Member]:
        """So many customers: e-mail, password, access token, and the id of a site."""
        provider = {"name": "Lechtaler Wärmetechnik GmbH", "email": "info@lechtal.example"}
        provider_id = self._call("customers.register_provider", self._operator, **provider)["provider_id"]
        account = {"email": f"disposition-{uuid4()}@example.com", "password": PASSWORD}
        self._call("invitation.register_staff", self._operator, provider_id=provider_id, **account)
        self.staff = account | {"token": self._call("invitation.sign_in", None, **account)["access_token"]}
        self._call("invitation.activate_portal", self.staff["token"])
        return [self._member(number) for number in range(count)]

    def _member(self, number: int) -> Member:
        company = self._as_staff("register_company", name=f"Bäckerei Müller {number}")
        contact = {"first_name": "Jörg", "last_name": "Müller", "email": f"joerg-{uuid4()}@example.com"}
        added = self._as_staff(
            "add_contact", notifications_enabled=True, **contact, **_id(company, "company_id")
        )
        self._as_staff("set_main_contact", **_id(company, "company_id"), **_id(added, "contact_id"))
        sites = [self._site(company, place) for place in range(SITES)]
        token = self._account(company)
        for site_id in sites[:REQUESTS]:
            request = {"title": TITLE, "description": DESCRIPTION, "site_id": site_id}
            submitted = self._call("requests.submit", token, **request)
        self._call("portal_read.dashboard", token, at_least=submitted["position"])
        return {"email": contact["email"], "password": PASSWORD, "token": token, "site_id": sites[0]}

    def _site(self, company: dict[str, Any], place: int) -> str:
        where = {"latitude": 48.1 + place / 10, "longitude": 10.7 + place / 10}
        address = f"Ludwigstraße {place + 1}, 86316 Friedberg"
        site = self._as_staff(
            "add_site", name=f"Filiale {place + 1}", address=address, **where, **_id(company, "company_id")
        )
        for device in range(DEVICES):
            self._as_staff("add_equipment", name=f"Gastherme {device + 1}", **_id(site, "site_id"))
        return str(site["site_id"])

    def _account(self, company: dict[str, Any]) -> str:
        """The customer's access token, after they have followed their invitation."""
        invited = self._call("invitation.invite", self.staff["token"], **_id(company, "company_id"))
        issued = self._call("invitation.issue_token", self._service, **_id(invited, "invitation_id"))
        session = self._call("invitation.accept", None, token=issued["token"], password=PASSWORD)
        return str(session["access_token"])

    def _as_staff(self, method: str, **arguments: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._call(f"customers.{method}", self.staff["token"], **arguments)
        return found

    def _call(self, target: str, token: str | None, /, **arguments: Any) -> Any:
        service, method = target.split(".")
        return self._client.call(service, method, auth_token=token, **arguments)


def _id(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: answer[name]}
