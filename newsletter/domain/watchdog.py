"""The watchdog: why mail does not move, in plain words, and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.clock import SLACK
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.failover import Standing
from newsletter.domain.limits import Room
from newsletter.domain.quiet import QuietHours

SILENT_AFTER = timedelta(minutes=2)  # a worker beats every few seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the machinery; times are aware, UTC.

    `held`: why all mail is held, if it is. `last_beat`: the latest sign of life of any worker. `provider` is the mail
    service's name, `standing` how it takes our mail; `fallback` the same of the one that stands in for it. `room`: what
    the limits leave for campaigns. `abandoned`: calls whose lease is over, left by a worker that died.
    """

    provider: str
    held: str | None
    last_beat: datetime | None
    standing: Standing
    room: Room
    abandoned: int
    quiet: QuietHours
    fallback: tuple[str, Standing] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a campaign's mails stand: how many in each state, how many are due by now, when the next one is."""

    counts: Mapping[str, int]
    due: int
    next_due: datetime | None


def machinery(situation: Situation, now: datetime, timezone: str) -> Iterator[str]:
    """What keeps any mail from moving, the most general first."""
    if situation.held is not None:
        yield f"All mail is held: {situation.held}. See who waits with: forecast, then go on with: resume"
    yield from _workers(situation.last_beat, now, timezone)
    yield from _services(situation, now, timezone)
    if situation.room.mails == 0 and situation.room.resume_at is not None:
        again = _again(situation, situation.room.resume_at, now, timezone)
        yield f"{situation.room.reason[:1].upper()}{situation.room.reason[1:]}; newsletters continue {again}."
    if situation.abandoned:
        yield f"{situation.abandoned} call(s) were left by a worker that died; the next one asks what became of them."


def detour(situation: Situation, now: datetime, timezone: str) -> Iterator[str]:
    """That mail goes through the second mail service, while it does."""
    if situation.fallback is not None and situation.standing.is_given_up(now, timezone):
        reason, stands_in = situation.standing.reason, situation.fallback[0]
        yield f"{situation.provider} takes no mail: {reason} Until it does again, mail goes through {stands_in}."


def explain(
    campaign: Campaign, progress: Progress, situation: Situation, now: datetime, timezone: str
) -> tuple[str, ...]:
    """Why a campaign stands where it stands. Empty for one that moves, and for one that is over."""
    match campaign.state:
        case CampaignState.DRAFT:
            return (f"It is a draft. Send it with: campaign launch {campaign.id}",)
        case CampaignState.PAUSED:
            return (f"It is paused: {campaign.reason}. Go on with: campaign resume {campaign.id}",)
        case CampaignState.SCHEDULED:
            waits = _starts(campaign, situation, now, timezone)
        case CampaignState.SENDING:
            waits = tuple(_sending(progress, now, timezone))
        case _:
            return ()
    is_due = progress.due > 0 or (campaign.due_at is not None and campaign.due_at <= now)
    is_next = campaign.state is CampaignState.SCHEDULED and campaign.frozen_at is not None
    return (*(machinery(situation, now, timezone) if is_due or is_next else ()), *waits)


def _workers(last_beat: datetime | None, now: datetime, timezone: str) -> Iterator[str]:
    """A sign of life from the future comes from a clock that ran ahead, and says nothing."""
    if last_beat is None or last_beat > now + SLACK:
        yield "No worker is running, so nothing is sent by itself. Start one with: worker"
    elif now - last_beat > SILENT_AFTER:
        since = _clock(last_beat, now, timezone)
        yield f"No worker has been running since {since}, so nothing is sent by itself. Start one with: worker"


def _services(situation: Situation, now: datetime, timezone: str) -> Iterator[str]:
    """Which mail service is left alone, and which one stands in for it."""
    paused = situation.provider, situation.standing
    if instead := tuple(detour(situation, now, timezone)):
        yield from instead
        paused = situation.fallback or paused
    name, standing = paused
    if standing.resume_at is not None and standing.is_paused(now):
        again = _again(situation, standing.resume_at, now, timezone)
        yield f"{name} is left alone: {standing.reason} It goes on by itself {again}."


def _starts(campaign: Campaign, situation: Situation, now: datetime, timezone: str) -> tuple[str, ...]:
    if campaign.due_at is None or campaign.due_at <= now:
        return ()
    first = _again(situation, campaign.due_at, now, timezone)
    return (f"First mail {first}; until then: campaign cancel {campaign.id}, or campaign pause {campaign.id}",)


def _sending(progress: Progress, now: datetime, timezone: str) -> Iterator[str]:
    if unknown := progress.counts.get(DeliveryState.UNKNOWN.value, 0):
        yield (
            f"{unknown} mail(s) left and no answer came. The mail service is asked again where it can be; "
            "see them with: delivery list --state unknown, ask at once with: delivery reconcile"
        )
    later = progress.counts.get(DeliveryState.QUEUED.value, 0) - progress.due
    if later > 0 and progress.next_due is not None:
        yield f"{later} mail(s) wait for their readers' hour; the next goes {_clock(progress.next_due, now, timezone)}."


def _again(situation: Situation, moment: datetime, now: datetime, timezone: str) -> str:
    """When mail to readers goes on: at that moment, unless it falls into the studio's quiet hours."""
    return _clock(situation.quiet.next_allowed(moment, timezone), now, timezone).removeprefix("today ")


def _clock(moment: datetime, now: datetime, timezone: str) -> str:
    """A moment as people say it, on the studio's clock."""
    local, today = moment.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone)).date()
    days = {today: "today at", today + timedelta(days=1): "tomorrow at", today - timedelta(days=1): "yesterday at"}
    return f"{days.get(local.date(), f'on {local:%A %d %B at}')} {local:%H:%M}"
