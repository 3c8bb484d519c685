"""What customers should see: folded from the commands that were accepted, never from events."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.orders.domain import order_id_for
from tests.faults.attempts import Attempt

Rows = dict[str, dict[str, Any]]


@dataclass
class Model:
    """Each table by id, with the columns that commands decide on."""

    requests: Rows = field(default_factory=dict)
    orders: Rows = field(default_factory=dict)
    appointments: Rows = field(default_factory=dict)
    documents: Rows = field(default_factory=dict)
    equipment: Rows = field(default_factory=dict)
    contacts: Rows = field(default_factory=dict)

    def accept(self, attempt: Attempt, ids: dict[str, str]) -> None:
        """Take over a command that was carried out; `ids` are those that it was answered with."""
        given = {**attempt.arguments, **ids}
        match attempt.command:
            case "requests.submit":
                self.requests[given["request_id"]] = {
                    **_of(given, "title", "description", "site_id"),
                    **{"status": "submitted", "note": None, "reason": None},
                }
            case "requests.accept":
                self.requests[given["request_id"]] |= {"status": "accepted", "note": given["note"]}
                self.orders[str(order_id_for(UUID(given["request_id"])))] = {
                    "request_id": given["request_id"],
                    "title": self.requests[given["request_id"]]["title"],
                    "status": "created",
                }
            case "requests.decline":
                self.requests[given["request_id"]] |= {"status": "declined", "reason": given["reason"]}
            case "requests.withdraw":
                self.requests[given["request_id"]] |= {"status": "withdrawn"}
            case "orders.schedule_appointment":
                self.appointments[given["appointment_id"]] = {
                    "order_id": given["order_id"],
                    "status": "scheduled",
                    "reason": None,
                }
                self.orders[given["order_id"]]["status"] = "scheduled"
            case "orders.complete_appointment":
                self.appointments[given["appointment_id"]]["status"] = "completed"
            case "orders.cancel_appointment":
                appointment = self.appointments[given["appointment_id"]]
                appointment |= {"status": "cancelled", "reason": given["reason"]}
                self._after_cancelling(appointment["order_id"])
            case "documents.publish":
                self.documents[given["document_id"]] = {
                    **_of(given, "kind", "number", "title", "sha256"),
                    "status": "open",
                }
            case "documents.accept_offer":
                self.documents[given["document_id"]]["status"] = "accepted"
            case "customers.add_equipment":
                self.equipment[given["equipment_id"]] = _of(given, "site_id", "name")
            case "customers.update_contact":
                self.contacts[given["contact_id"]] = _of(given, "phone")
            case "invitation.resend":
                pass
            case _:
                raise AssertionError(f"the model knows nothing of {attempt.command}")

    def _after_cancelling(self, order_id: str) -> None:
        """An order without an appointment that holds is to be scheduled anew."""
        others = [one["status"] for one in self.appointments.values() if one["order_id"] == order_id]
        if set(others) == {"cancelled"}:
            self.orders[order_id]["status"] = "created"


def _of(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names}
