"""What a newsletter was launched over is kept: which claims, when, and by whom."""

from datetime import datetime, timedelta

import pytest

from newsletter import campaigns
from newsletter.context import App
from newsletter.domain.article import Article, Paragraph, inline
from newsletter.domain.overruling import Overruling
from newsletter.errors import RefusedError
from newsletter.store import articles, overrulings
from tests.flows.conftest import make_campaign

CLAIM = "Massage flushes toxins out of your muscles."


def _claiming(app: App, now: datetime, text: str = CLAIM) -> int:
    article = Article(title="Resting", source="resting.md", blocks=(Paragraph(spans=inline(text)),))
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article, now)
    return campaigns.create(app, article_ids=[article_id], now=now)


def _kept(app: App, campaign_id: int) -> list[Overruling]:
    with app.database.read() as connection:
        return overrulings.of_campaign(connection, campaign_id)


def test_a_claim_that_is_launched_over_is_kept_with_who_and_when(app: App, now: datetime) -> None:
    """And with the sentence, and what could have been said instead."""
    campaign_id = _claiming(app, now)
    campaigns.launch(app, campaign_id, now + timedelta(hours=1), who="mara", now=now)
    (kept,) = _kept(app, campaign_id)
    assert (kept.who, kept.at) == ("mara", now)
    assert [each.where for each in kept.findings] == [CLAIM]
    assert kept.findings[0].suggestion


def test_launching_again_overrules_nothing_new(app: App, now: datetime) -> None:
    """Only another claim does, such as one that an edit brought in."""
    campaign_id = _claiming(app, now)
    for hours in (1, 2):
        campaigns.launch(app, campaign_id, now + timedelta(hours=hours), now=now)
    assert len(_kept(app, campaign_id)) == 1
    _claiming(app, now, f"{CLAIM} It cures migraine.")
    campaigns.launch(app, campaign_id, now + timedelta(hours=3), now=now)
    assert [len(each.findings) for each in _kept(app, campaign_id)] == [1, 2]


def test_a_newsletter_without_claims_overrules_nothing(app: App, now: datetime) -> None:
    """There is nothing to keep."""
    campaign_id = make_campaign(app, now)
    campaigns.launch(app, campaign_id, now)
    assert _kept(app, campaign_id) == []


def test_a_launch_that_is_refused_keeps_nothing(app: App, now: datetime) -> None:
    """A cancelled campaign is launched over nothing."""
    campaign_id = _claiming(app, now)
    campaigns.cancel(app, campaign_id, now)
    with pytest.raises(RefusedError):
        campaigns.launch(app, campaign_id, now, now=now)
    assert _kept(app, campaign_id) == []
