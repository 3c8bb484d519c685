"""Who was invited; inviting a company's main contact, sending it again, and taking it back."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.gateway import address, session
from services.gateway.directory import company_names
from services.gateway.languages import gettext as _
from services.gateway.lists import Item, whole
from services.gateway.provider.companies import load, main_contact, page_of
from services.gateway.provider.question import Question, act
from services.gateway.security import local_path
from shared.contracts.errors import NotFound
from shared.contracts.invitation import InvitationState

pages = Blueprint("invitations", __name__)


@pages.get("/invitations")
def all_invitations() -> ResponseReturnValue:
    state, cursor = address.choice(InvitationState, "state"), request.args.get("cursor")
    listed = session.call("invitation", "invitations", state=state, cursor=cursor)
    return render_template(
        "provider/invitations.html",
        listed=listed,
        company_names=company_names(listed["items"]),
        state=state,
        states=list(InvitationState),
        here=request.full_path.rstrip("?"),
    )


@pages.post("/companies/<uuid:company_id>/invitations")
def invite(company_id: UUID) -> ResponseReturnValue:
    recipient = main_contact(load(company_id))
    return act(
        "invitation.invite",
        {"company_id": company_id},
        _("Die Einladung ist unterwegs."),
        back=page_of(company_id),
        told={"contact_id": recipient["contact_id"], "email": recipient["email"] or ""} if recipient else {},
    )


@pages.post("/companies/<uuid:company_id>/invitations/<uuid:invitation_id>/resend")
def resend(company_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    return act(
        "invitation.resend",
        {"invitation_id": invitation_id},
        _("Die Einladung ist noch einmal unterwegs. Der Link in der vorigen E-Mail gilt nicht mehr."),
        back=_way_back(company_id),
    )


@pages.route("/companies/<uuid:company_id>/invitations/<uuid:invitation_id>/revoke", methods=["GET", "POST"])
def revoke(company_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    invitation = _find(company_id, invitation_id)
    question = Question(
        area="companies",
        title=_("Einladung zurücknehmen?"),
        button=_("Ja, zurücknehmen"),
        back=_way_back(company_id),
        text=_(
            "Der Link in der E-Mail an %(email)s gilt dann nicht mehr. Sie können jederzeit neu einladen.",
            email=invitation["email"],
        ),
        danger=True,
    )
    return question.run(
        "invitation.revoke", {"invitation_id": invitation_id}, _("Die Einladung ist zurückgenommen.")
    )


def _way_back(company_id: UUID) -> str:
    """To the list that it was asked for on, or to the page of the company."""
    return local_path(request.args.get("back")) or page_of(company_id)


def _find(company_id: UUID, invitation_id: UUID) -> Item:
    """Raises NotFound."""
    found = whole(
        "invitation",
        "invitations",
        company_id=company_id,
        wanted=lambda each: bool(each["invitation_id"] == str(invitation_id)),
    )
    if not found:
        raise NotFound("invitation")
    return found[0]
