"""The watchdog: why mail does not move, in plain words, and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.domain.campaign import Campaign, CampaignState
from newsletter.domain.delivery import DeliveryState
from newsletter.domain.limits import Room

SILENT_AFTER = timedelta(minutes=2)  # a worker beats every few seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of the machinery; times are aware, UTC.

    `held`: why all mail is held, if it is. `last_beat`: the latest sign of life of any worker. `paused`: until when the
    mail service is left alone, and why. `room`: what the sender's limits leave for campaigns. `abandoned`: calls whose
    lease is over, left by a worker that died. `provider` is the mail service's name.
    """

    provider: str
    held: str | None
    last_beat: datetime | None
    paused: tuple[datetime, str] | None
    room: Room
    abandoned: int


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
    if situation.last_beat is None or now - situation.last_beat > SILENT_AFTER:
        since = f" since {_clock(situation.last_beat, now, timezone)}" if situation.last_beat else ""
        yield f"No worker has been running{since}, so nothing is sent by itself. Start one with: worker"
    if situation.paused is not None:
        until, reason = situation.paused
        yield f"{situation.provider} is left alone until {_clock(until, now, timezone)}: {reason} It goes on by itself."
    if situation.room.mails == 0 and situation.room.resume_at is not None:
        again = _clock(situation.room.resume_at, now, timezone)
        yield f"{situation.room.reason[:1].upper()}{situation.room.reason[1:]}; newsletters continue {again}."
    if situation.abandoned:
        yield f"{situation.abandoned} call(s) were left by a worker that died; the next one asks what became of them."


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
            waits = _starts(campaign, now, timezone)
        case CampaignState.SENDING:
            waits = tuple(_sending(progress, now, timezone))
        case _:
            return ()
    is_due = progress.due > 0 or (campaign.due_at is not None and campaign.due_at <= now)
    return (*(machinery(situation, now, timezone) if is_due else ()), *waits)


def _starts(campaign: Campaign, now: datetime, timezone: str) -> tuple[str, ...]:
    if campaign.due_at is None or campaign.due_at <= now:
        return ()
    return (f"It starts {_clock(campaign.due_at, now, timezone)}. Until then: campaign cancel {campaign.id}",)


def _sending(progress: Progress, now: datetime, timezone: str) -> Iterator[str]:
    if unknown := progress.counts.get(DeliveryState.UNKNOWN.value, 0):
        yield (
            f"{unknown} mail(s) left and no answer came. The mail service is asked again where it can be; "
            "see them with: delivery list --state unknown, ask at once with: delivery reconcile"
        )
    later = progress.counts.get(DeliveryState.QUEUED.value, 0) - progress.due
    if later > 0 and progress.next_due is not None:
        yield f"{later} mail(s) wait for their readers' hour; the next goes {_clock(progress.next_due, now, timezone)}."


def _clock(moment: datetime, now: datetime, timezone: str) -> str:
    """A moment as people say it, on the studio's clock."""
    local, today = moment.astimezone(ZoneInfo(timezone)), now.astimezone(ZoneInfo(timezone)).date()
    days = {today: "today at", today + timedelta(days=1): "tomorrow at", today - timedelta(days=1): "yesterday at"}
    return f"{days.get(local.date(), f'on {local:%A %d %B at}')} {local:%H:%M}"
