"""The forecast: what becomes of everything that waits now, as the clockwork itself does it on a simulated clock.

So it cannot differ from what is then done, as long as nothing changes meanwhile.
"""

from datetime import datetime, timedelta

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.campaign import CampaignState
from newsletter.domain.forecast import Foreseen
from newsletter.simulation import Progress, holds, play, simulated
from newsletter.store import campaigns as stored_campaigns
from newsletter.store import forecast as reading
from newsletter.store.copying import copy_store


def foresee(app: App, now: datetime, days: int, progress: Progress = lambda _: None) -> list[Foreseen]:
    """What becomes, in the next `days`, of everything that waits now, in the order of time. The store is only read."""
    until = now + timedelta(days=days)
    span = reading.Span(start=now, stop=until, timezone=app.studio.timezone)
    with simulated(app, copy_store) as copy:
        with copy.database.read() as connection:
            since = reading.waiting(connection)
        play(copy, now, until, progress)
        held = holds(copy, until)
        _freeze_waiting(copy, now, until)
        with copy.database.read() as connection:
            return reading.outlook(connection, since, span, held)


def _freeze_waiting(app: App, now: datetime, until: datetime) -> None:
    """Tells of campaigns that did not start, too, whom they wait for: in the copy, their audience is frozen at last."""
    with app.database.write() as connection:
        for campaign in stored_campaigns.in_state(connection, CampaignState.PAUSED, CampaignState.SCHEDULED):
            if campaign.frozen_at is None and (campaign.due_at or now) <= until:
                stored_campaigns.move(connection, campaign, CampaignState.SENDING)
    with app.database.read() as connection:
        unfrozen = [
            each for each in stored_campaigns.in_state(connection, CampaignState.SENDING) if each.frozen_at is None
        ]
    for campaign in unfrozen:
        campaigns.freeze(app, campaign, max(campaign.due_at or now, now))
