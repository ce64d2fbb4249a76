"""Preflight says who gets a newsletter, who does not, and what is wrong with it, before it goes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from newsletter import campaigns, preflight
from newsletter.context import App
from newsletter.domain.article import Article, Image, Paragraph, Span, inline
from newsletter.store import articles
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome

AddClient = Callable[..., Subscriber]


def draft(app: App, now: datetime, *, segment: str = "", text: str = "Sit down for a while.") -> int:
    link = Span(text="more", href="http://127.0.0.1:9/rest")
    article = Article(
        title="Resting well",
        source=text,
        blocks=(Paragraph(spans=(*inline(text), link)), Image(src="https://juniper.example/a.jpg", alt=None)),
    )
    with app.database.write() as connection:
        article_id, _ = articles.save(connection, article, now)
    return campaigns.create(app, article_ids=[article_id], segment=segment, now=now)


def rules(found: preflight.Preflight) -> set[str]:
    return {each.rule for each in found.findings}


def test_it_counts_exactly_those_who_then_get_it(app: App, add_client: AddClient, now: datetime) -> None:
    """On both databases, by the same reasons that the ledger gives."""
    for number in range(3):
        add_client(f"reader-{number}@example.com")
    add_client("silent@example.com", consents=())
    left = add_client("left@example.com")
    with app.database.write() as connection:
        store.withdraw(connection, left.id, Stream.MARKETING, source="link", at=now)
    campaign_id = draft(app, now)
    found = preflight.examine(app, campaign_id, now, online=False)
    campaigns.launch(app, campaign_id, now)
    tick(app, lambda: now)
    from newsletter.store import deliveries

    with app.database.read() as connection:
        counts = deliveries.counts(connection, campaign_id)
        reasons = {why: number for _, why, number in deliveries.reasons(connection, campaign_id)}
    assert (found.recipients, found.left_out) == (counts["accepted"], reasons)
    assert found.recipients == 3


def test_a_newsletter_to_nobody_is_an_error_and_comes_first(app: App, now: datetime) -> None:
    found = preflight.examine(app, draft(app, now, segment="tag:nobody"), now, online=False)
    assert found.findings[0].rule == "audience.empty"


def test_words_pictures_and_links_are_looked_at(open_home: OpenHome, now: datetime) -> None:
    with open_home(allow_private_addresses=True) as app:
        text = "This massage cures your migraine and flushes toxins out of the body."
        found = preflight.examine(app, draft(app, now, text=text), now)
    assert {"images.alt", "links.dead"} <= rules(found)
    assert any(rule.startswith("claims.") for rule in rules(found))
    assert "http://127.0.0.1:9/rest" in {each.where for each in found.findings if each.rule == "links.dead"}


@pytest.mark.parametrize(("limit", "named"), [(2, {"quota.days"}), (5, set())])
def test_a_limit_that_spreads_it_over_days_names_the_last(
    open_home: OpenHome, now: datetime, limit: int, named: set[str]
) -> None:
    from subscribers.subscriber import details

    with open_home(limit_per_day=limit) as app:
        with app.database.write() as connection:
            for number in range(5):
                person = details(f"reader-{number}@example.com")
                store.add(connection, person, key=app.key, now=now, consents=[Stream.MARKETING])
        found = preflight.examine(app, draft(app, now), now, online=False)
    assert {rule for rule in rules(found) if rule.startswith("quota")} == named
    if named:
        assert "Wednesday 04 March" in next(each.message for each in found.findings if each.rule == "quota.days")


def test_looking_changes_nothing(app: App, add_client: AddClient, now: datetime) -> None:
    add_client()
    campaign_id = draft(app, now)
    before = preflight.examine(app, campaign_id, now, online=False)
    assert preflight.examine(app, campaign_id, now, online=False) == before
    assert before.campaign.state == "draft"


def test_it_tells_of_those_who_have_had_enough_of_them_this_month(
    app: App, add_client: AddClient, now: datetime
) -> None:
    """As it will be when the campaign leaves: a month later they have not."""
    add_client()
    for weeks in range(2):
        campaigns.launch(app, draft(app, now, text=str(weeks)), now + timedelta(weeks=weeks))
        tick(app, lambda weeks=weeks: now + timedelta(weeks=weeks))  # type: ignore[misc]  # bound at once
    third, at = draft(app, now, text="third"), now + timedelta(weeks=2)
    assert "audience.month" in rules(preflight.examine(app, third, at, online=False))
    campaigns.launch(app, third, now + timedelta(weeks=5))
    assert "audience.month" not in rules(preflight.examine(app, third, at, online=False))
