"""A client's story: what happened to her sessions, mails and consents, in the order of time and in plain words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from newsletter.domain import slots
from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.delivery import Delivery, DeliveryState
from newsletter.domain.sending import SUPPRESSED
from subscribers.consent import ConsentAction, ConsentRecord, Stream
from subscribers.suppression import ALL, Suppression


class Chapter(StrEnum):
    """What an entry is about."""

    SESSION = "session"
    MAIL = "mail"
    CONSENT = "consent"
    SUPPRESSION = "suppression"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChange:
    """The state that a session had from `at` on, and when it ended or was to end then. Both UTC."""

    session_id: int
    at: datetime
    state: SessionState
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened at `at` (UTC; to come, where it lies ahead). `happened` is one word for scripts.

    `session_id`, `delivery_id` and `stream` say of what, where it was of one.
    """

    at: datetime
    chapter: Chapter
    happened: str
    text: str
    session_id: int | None = None
    delivery_id: int | None = None
    stream: Stream | None = None


_MAILS = {Stream.CARE: "care mails", Stream.MARKETING: "newsletters", Stream.SERVICE: "confirmations"}
_BECAME = {
    SessionState.BOOKED: "is booked again",
    SessionState.PRESUMED: "has taken place, as nobody said otherwise",
    SessionState.COMPLETED: "took place",
    SessionState.NO_SHOW: "she did not come",
    SessionState.CANCELLED: "was cancelled",
    SessionState.HELD: "its mails are held back",
}
_HEARD = {
    DeliveryState.DELIVERED: "arrived",
    DeliveryState.BOUNCED: "came back",
    DeliveryState.COMPLAINED: "was reported as spam",
}
_WAITS = {
    DeliveryState.QUEUED: "is to be sent",
    DeliveryState.SENDING: "is on its way",
    DeliveryState.UNKNOWN: "left, and nobody knows whether it arrived",
}


def tell(
    sessions: Sequence[Session],
    changes: Sequence[SessionChange],
    mails: Sequence[Delivery],
    consents: Sequence[ConsentRecord],
    suppressions: Sequence[Suppression],
    *,
    timezone: str,
) -> list[Entry]:
    """Everything in the order of time; what happened at one moment stays in the order given. Words on her clock."""
    zone = ZoneInfo(timezone)
    entries = [
        *map(_consent, consents),
        *_sessions(sessions, changes, zone),
        *(entry for mail in mails for entry in _mail(mail)),
        *(_suppression(each, zone) for each in suppressions),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _consent(record: ConsentRecord) -> Entry:
    mails, source = _MAILS[record.stream], f" ({record.source})" if record.source else ""
    basis = record.basis.replace("_", " ")
    words = {
        ConsentAction.GRANTED: f"agreed to {mails}, {basis}{source}",
        ConsentAction.PENDING: f"asked for {mails} and has yet to confirm{source}",
        ConsentAction.WITHDRAWN: f"withdrew her consent to {mails}{source}",
    }
    return Entry(
        at=record.at,
        chapter=Chapter.CONSENT,
        happened=record.action.value,
        text=words[record.action],
        stream=record.stream,
    )


def _sessions(sessions: Sequence[Session], changes: Sequence[SessionChange], zone: ZoneInfo) -> Iterator[Entry]:
    known = {session.id: session for session in sessions}
    before: dict[int, SessionChange] = {}
    for change in changes:
        happened, words = _change(change, before.get(change.session_id), zone)
        yield _of_session(known[change.session_id], change.at, happened, words)
        before[change.session_id] = change
    for session in sessions:
        if session.reviewed_at is not None:
            yield _of_session(session, session.reviewed_at, "approved", "its mails were approved")


def _of_session(session: Session, at: datetime, happened: str, words: str) -> Entry:
    what = ", ".join([*session.services, *sorted(session.flags)]) or "session"
    who = f" with {session.practitioner}" if session.practitioner else ""
    return Entry(at=at, chapter=Chapter.SESSION, happened=happened, text=f"{what}{who}: {words}", session_id=session.id)


def _change(change: SessionChange, before: SessionChange | None, zone: ZoneInfo) -> tuple[str, str]:
    """One word and plain words for what an entry of a session says, after the one before it."""
    when = _when(change.ended_at, zone)
    if before is None:
        is_ahead = change.state is SessionState.BOOKED and change.ended_at > change.at
        return ("booked", f"booked, to end on {when}") if is_ahead else ("recorded", f"recorded, ended on {when}")
    if change.ended_at != before.ended_at:
        return "moved", f"moved from {_when(before.ended_at, zone)} to {when}"
    return change.state.value, _BECAME[change.state]


def _mail(mail: Delivery) -> Iterator[Entry]:
    """When it left and what was heard of it later; or when it was given up, or is to come."""
    name = slots.fill(slots.split(mail.subject), {}) or mail.step or "a mail"
    state, reason = mail.state.value, f": {mail.reason}" if mail.reason else ""
    if mail.accepted_at is not None:
        yield _of_mail(mail, mail.accepted_at, "sent", f"“{name}” was sent")
    if mail.state in _HEARD:
        yield _of_mail(mail, mail.final_at or mail.due_at, state, f"“{name}” {_HEARD[mail.state]}{reason}")
    elif mail.accepted_at is None:
        words = "was not sent" if mail.final_at else _WAITS.get(mail.state, f"is {state}")
        yield _of_mail(mail, mail.final_at or mail.due_at, state, f"“{name}” {words}{reason}")


def _of_mail(mail: Delivery, at: datetime, happened: str, text: str) -> Entry:
    return Entry(
        at=at,
        chapter=Chapter.MAIL,
        happened=happened,
        text=text,
        session_id=mail.session_id,
        delivery_id=mail.id,
        stream=mail.stream,
    )


def _suppression(entry: Suppression, zone: ZoneInfo) -> Entry:
    what = "no mail" if entry.stream == ALL else f"no {_MAILS[Stream(entry.stream)]}"
    end = f" until {_when(entry.until, zone)}" if entry.until else " from then on"
    return Entry(
        at=entry.at,
        chapter=Chapter.SUPPRESSION,
        happened=entry.reason.value,
        text=f"{what}{end}: {SUPPRESSED[entry.reason]}",
        stream=None if entry.stream == ALL else Stream(entry.stream),
    )


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %B %Y at %H:%M}"
