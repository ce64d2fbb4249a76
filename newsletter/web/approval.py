"""The approval page: the therapist looks at a newsletter that made itself, and says go, or no."""

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from newsletter import approval, campaigns
from newsletter.context import App, Clock
from newsletter.domain.campaign import CampaignState, first_mail_at
from newsletter.web.public import MAIL_POLICY


def pages(app: App, clock: Clock) -> Blueprint:
    """The routes, each a few lines over a flow."""
    approving = Blueprint("approval", __name__)

    @approving.get("/a/<token>")
    def look(token: str) -> ResponseReturnValue:
        """Only shows: scanners follow this link too."""
        campaign, due_at = approval.read_link(app, token, clock())
        return _page(campaign.state, token, due_at)

    @approving.post("/a/<token>")
    def decide(token: str) -> ResponseReturnValue:
        now = clock()
        campaign, due_at = approval.read_link(app, token, now)
        if campaign.state is CampaignState.DRAFT and request.form.get("go") == "1":
            asked = due_at if due_at > now else None
            leaves = first_mail_at(asked, now, app.undo_window)
            campaign = campaigns.launch(app, campaign.id, leaves, who="who has the link to approve it", now=now)
        elif campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED) and request.form.get("go") == "0":
            campaign = campaigns.cancel(app, campaign.id, now)
        return _page(campaign.state, token, campaign.due_at or due_at)

    @approving.get("/a/<token>/mail")
    def mail(token: str) -> Response:
        page = make_response(approval.draft_as_page(app, token, clock()))
        page.headers["Content-Security-Policy"] = MAIL_POLICY
        return page

    return approving


def _page(state: CampaignState, token: str, due_at: object) -> str:
    return render_template("approval/decide.html", state=state, token=token, due_at=due_at)
