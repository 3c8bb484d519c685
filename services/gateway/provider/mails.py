"""Mails: what was sent to whom, and with which result."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import session
from services.gateway.provider.companies import load

pages = Blueprint("mails", __name__, url_prefix="/companies/<uuid:company_id>/mails")


@pages.get("")
def of_company(company_id: UUID) -> ResponseReturnValue:
    listed = session.call(
        "notifications", "deliveries", company_id=company_id, cursor=request.args.get("cursor")
    )
    return render_template("provider/mails.html", company=load(company_id), listed=listed)
