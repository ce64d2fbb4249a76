"""The clock as the store saw it last, and what one that ran ahead left behind."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, literal, or_, select, update

from newsletter.domain.campaign import CampaignState
from newsletter.domain.clock import LONGEST_LEASE, LONGEST_POSTPONEMENT, SLACK
from newsletter.domain.delivery import CallState, DeliveryState
from newsletter.domain.limits import Window, start_of
from newsletter.store import calls, tables
from subscribers.store.insertion import upsert
from subscribers.tables import UtcDateTime

_KEY = "clock"  # of the store's knowledge of itself


def last_seen(connection: Connection) -> datetime | None:
    """What the clock showed at the latest beat of any worker; None where there was none."""
    written = connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == _KEY)).scalar()
    return datetime.fromisoformat(written) if written else None


def put_back(connection: Connection, now: datetime) -> timedelta | None:
    """By how much the clock was put back since the latest beat, which this one is from now on; None: it was not."""
    last = last_seen(connection)
    seen = upsert(connection, tables.meta).values(key=_KEY, value=now.isoformat())
    connection.execute(seen.on_conflict_do_update(index_elements=["key"], set_={"value": now.isoformat()}))
    return last - now if last is not None and last - now > SLACK else None


def bring_back(connection: Connection, now: datetime) -> None:
    """Undoes what was put off to a future that will not come for long: pauses, leases, turns and postponed mails.

    A call that was made in that future is asked about at once. What the ledger says of the past stays as written.
    """
    sender, usage, campaign = tables.sender, tables.sender_usage, tables.campaign
    connection.execute(update(sender).where(sender.c.resume_at > now).values(resume_at=now))
    connection.execute(update(sender).where(sender.c.refused_since > now).values(refused_since=now))
    connection.execute(update(usage).where(usage.c.starts_at > now).values(starts_at=start_of(Window.DAY, now)))
    connection.execute(update(campaign).where(campaign.c.served_at > now).values(served_at=None))
    followed = tables.feed
    connection.execute(update(followed).where(followed.c.due_at > now + timedelta(days=1)).values(due_at=now))
    calls.hasten_doubts(connection, now)
    _read_again(connection, now)
    _end_leases(connection, now)
    _bring_back_mails(connection, now)


def _read_again(connection: Connection, now: datetime) -> None:
    """What services tell, from the beginning: a cursor of that future would pass over all that comes until then."""
    poll = tables.poll
    connection.execute(
        update(poll).where(or_(poll.c.succeeded_at > now, poll.c.next_at > now + SLACK)).values(next_at=now, cursor="")
    )


def _end_leases(connection: Connection, now: datetime) -> None:
    table = tables.provider_call
    ahead = or_(table.c.prepared_at > now + SLACK, table.c.lease_until > now + LONGEST_LEASE)
    connection.execute(
        update(table).where(table.c.state == CallState.OPEN.value, ahead).values(lease_until=now - timedelta(seconds=1))
    )


def _bring_back_mails(connection: Connection, now: datetime) -> None:
    """A mail of a campaign under way is due within days, a care mail when it was planned.

    Under way is also what was paused: it is resumed one day.
    """
    table, campaign = tables.delivery, tables.campaign
    states = [CampaignState.SENDING.value, CampaignState.PAUSED.value]
    under_way = select(campaign.c.id).where(campaign.c.state.in_(states))
    postponed = and_(table.c.campaign_id.is_(None), table.c.due_at > table.c.planned_at)
    moment = case((table.c.campaign_id.is_(None), table.c.planned_at), else_=literal(now, UtcDateTime))
    connection.execute(
        update(table)
        .where(table.c.state == DeliveryState.QUEUED.value, table.c.due_at > now + LONGEST_POSTPONEMENT)
        .where(or_(table.c.campaign_id.in_(under_way), postponed))
        .values(due_at=moment)
    )
