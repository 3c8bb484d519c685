"""Orders: what was accepted, when it is done, and the papers that belong to it."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.gateway import address, attachments, session
from services.gateway.languages import gettext as _
from services.gateway.lists import whole
from services.gateway.provider.companies import Item, load, part_of
from services.gateway.provider.question import Question
from shared.contracts.errors import NotFound
from shared.contracts.orders import Age, OrderStatus

pages = Blueprint("orders", __name__, url_prefix="/orders")


@pages.get("")
def all_orders() -> ResponseReturnValue:
    status = address.choice(OrderStatus, "status")
    listed = session.call("orders", "orders", status=status, cursor=request.args.get("cursor"))
    return render_template("provider/orders.html", listed=listed, status=status, states=list(OrderStatus))


@pages.get("/<uuid:order_id>")
def one(order_id: UUID) -> ResponseReturnValue:
    order = session.call("orders", "order", order_id=order_id)
    asked = session.call("requests", "request", request_id=order["request_id"])
    papers = whole(
        "documents",
        "documents",
        company_id=order["company_id"],
        wanted=lambda document: bool(document["order_id"] == order["order_id"]),
    )
    return render_template(
        "provider/order.html",
        order=order,
        equipment=_equipment(order),
        attachments=attachments.known(asked["attachment_ids"]),
        documents=papers,
    )


@pages.route("/<uuid:order_id>/complete", methods=["GET", "POST"])
def complete(order_id: UUID) -> ResponseReturnValue:
    order = session.call("orders", "order", order_id=order_id)
    question = Question(
        area="orders",
        title=_("Auftrag abschließen?"),
        button=_("Ja, Auftrag abschließen"),
        back=url_for(".one", order_id=order_id),
        text=_(
            "„%(title)s“ ist dann erledigt, und der Kunde sieht das. Weitere Termine lassen sich danach "
            "nicht mehr planen.",
            title=order["title"],
        ),
    )
    return question.run("orders.complete_order", {"order_id": order_id}, _("Der Auftrag ist abgeschlossen."))


def _equipment(order: Item) -> Item | None:
    """What the work is to be done at, or None where that was not said or is no longer there."""
    if order["equipment_id"] is None:
        return None
    try:
        return part_of(load(order["company_id"]), "equipment", UUID(order["equipment_id"]))
    except NotFound:
        return None


def open_orders() -> Item:
    """The first page of the orders that have no appointment yet: those that wait longest."""
    listed: Item = session.call("orders", "orders", status=OrderStatus.CREATED, first=Age.OLDEST)
    return listed
