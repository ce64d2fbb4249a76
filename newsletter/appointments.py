"""Appointments: what was told of a booking becomes a session, moves it, calls it off, or is a task."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter import aftercare as care
from newsletter import booking
from newsletter.bookings.booking import Booking
from newsletter.bookings.report import Outcome
from newsletter.context import App
from newsletter.domain.aftercare import Session, SessionState
from newsletter.domain.booking import BY_HAND, Appointment, Notice, put_together
from newsletter.domain.delivery import DeliveryState
from newsletter.errors import InputError
from newsletter.store import aftercare as sessions
from newsletter.store import deliveries, lookups, notices, tasks
from newsletter.store.tasks import Task
from subscribers.store import people

_AT_ONCE = 50  # notices followed in one transaction, for which others wait on SQLite
_AGAIN = timedelta(minutes=5)  # until a task is looked at once more: she may have added the client
_OVER = frozenset({SessionState.CANCELLED, SessionState.NO_SHOW})
_STAYED = frozenset({DeliveryState.QUEUED, DeliveryState.CANCELLED, DeliveryState.SUPPRESSED})


@dataclass(frozen=True, slots=True)
class _ToDo:
    """What the therapist has to do; `retry`: whether it may settle itself."""

    message: str
    retry: bool = True


def follow(app: App, now: datetime) -> None:
    """Draws the consequences of all that was told and not followed yet, some at a time; doing it again adds nothing."""
    with app.database.read() as connection:
        if not notices.are_waiting(connection) and not tasks.are_due(connection, now):
            return
    while _follow_some(app, now):
        pass


def look_again(app: App, now: datetime) -> None:
    """As above, and every task that may have settled itself is looked at too."""
    with app.database.write() as connection:
        tasks.make_due(connection, now)
    follow(app, now)


def settle(app: App, task_id: int, now: datetime, *, email: str = "", plan: str = "") -> None:
    """Whose booking it is, or which care follows it: remembered, and followed at once.

    What is said of one event of a series is said of all that wait. Raises NotFoundError, InputError or AudienceError.
    """
    with app.database.write() as connection:
        task = tasks.get(connection, task_id)
        if plan:
            booking.remember_services(app, connection, {_service(task): plan})
        if email:
            _name_client(connection, _alike(connection, task), email, now)
    look_again(app, now)


def _service(task: Task) -> str:
    if not task.service:
        raise InputError(f"Task {task.id} names no service.", "Record the session by hand: session add")
    return task.service


def _alike(connection: Connection, task: Task) -> Collection[Task]:
    series, instance, _ = task.reference.partition("#")
    return tasks.of_series(connection, series) if instance else [task]


def _name_client(connection: Connection, alike: Iterable[Task], email: str, now: datetime) -> None:
    """As a notice of her own, which no program's outdoes."""
    client = people.find(connection, email)
    if client is None:
        raise InputError(f"Nobody here has the address {email}.", f"Add her first: subscriber add {email}")
    told = [
        Notice(source=each.source, reference=each.reference, version=BY_HAND, addresses=(client.email,))
        for each in alike
    ]
    notices.keep(connection, told, now)


def _follow_some(app: App, now: datetime) -> bool:
    with app.database.write() as connection:
        if not notices.may_follow(connection):
            return False
        fresh = notices.take(connection, _AT_ONCE, now)
        due = tasks.take_due(connection, now, now + _AGAIN, _AT_ONCE)
        plans = booking.remember_services(app, connection, {})
        seen: set[str] = set()
        for reference in dict.fromkeys([*fresh.values(), *due]):
            if reference and reference not in seen:
                seen |= _settle(app, connection, reference, fresh, plans, now)
    return len(fresh) == _AT_ONCE or len(due) == _AT_ONCE


def _settle(
    app: App, connection: Connection, reference: str, fresh: Mapping[int, str], plans: Mapping[str, str], now: datetime
) -> frozenset[str]:
    """Follows one appointment; returns all its names."""
    kept = notices.lineage(connection, reference)
    stands = put_together([each.notice for each in kept])
    if stands is None:
        tasks.close(connection, [reference])
        return frozenset({reference})
    before = put_together([each.notice for each in kept if each.followed and each.id not in fresh])
    to_do = _Follower(app, connection, plans, now).follow(stands, before)
    tasks.close(connection, stands.references - {stands.reference} if to_do else stands.references)
    if to_do:
        tasks.open_task(
            connection,
            reference=stands.reference,
            source=stands.source,
            service=stands.service,
            ended_at=stands.ended_at,
            message=to_do.message,
            now=now,
            retry_at=now + _AGAIN if to_do.retry else None,
        )
    return stands.references


class _Follower:
    """Follows one appointment within a transaction."""

    def __init__(self, app: App, connection: Connection, plans: Mapping[str, str], now: datetime) -> None:
        self.app = app
        self.connection = connection
        self.plans = plans
        self.now = now

    def follow(self, stands: Appointment, before: Appointment | None) -> _ToDo | None:
        """`before` is what stood when it was followed last: so a word of hers is told from a word of the program."""
        known = self._known(stands)
        if stands.moved_away:
            return self._moved_away(known, stands)
        ended_at = self._ended_at(known, stands, before)
        if stands.standing is None or ended_at is None:
            return None
        addresses = self._addresses(stands)
        if known is None and not self._concerns_us(stands, addresses):
            return None
        if known is not None and before is not None and not stands.is_over and self._is_another(known, stands, before):
            if self._something_left(known):
                return _ToDo(
                    f"It changed after a mail of session {known.id} had left. Look at both: session list", retry=False
                )
            care.call_off(self.connection, known, SessionState.CANCELLED, self.now)
            notices.rename(self.connection, known.id, None)
            known = None
        if known is not None and before is not None and stands.practitioner != before.practitioner:
            sessions.change(self.connection, known.id, self.now, practitioner=stands.practitioner)
        if known is None and not stands.is_over and (question := self._question(stands, addresses)) is not None:
            return question
        return self._take(stands, addresses, ended_at)

    def _question(self, stands: Appointment, addresses: tuple[str, ...]) -> _ToDo | None:
        """What a new booking lacks; without words while its program is still to be asked."""
        plans = booking.plans_of(self.app, stands.service, self.plans)
        if addresses and plans:
            return None
        if lookups.is_asked(self.connection, stands.reference):
            return _ToDo("")
        if not addresses:
            return _ToDo("It names no address. Say whose it is with: task settle ID --client ADDRESS")
        return _ToDo(f"Which care follows “{stands.service[:60]}”? Say it with: task settle ID --plan PLAN")

    def _take(self, stands: Appointment, addresses: tuple[str, ...], ended_at: datetime) -> _ToDo | None:
        assert stands.standing is not None  # noqa: S101 -- its caller has looked
        told = Booking(
            row=0,
            addresses=addresses,
            service=stands.service,
            practitioner=stands.practitioner,
            ended_at=ended_at,
            standing=stands.standing,
            reference=stands.reference,
        )
        line = booking.take(self.app, self.connection, told, self.plans, self.now)
        if line is None or line.outcome is not Outcome.TO_DO:
            return None
        return _ToDo(line.message)

    def _known(self, stands: Appointment) -> Session | None:
        """The session of the appointment, from now on under its latest name.

        Where two bookings had a session each before anybody told that they are one, the other one is called off.
        """
        names = [stands.reference, *sorted(stands.references - {stands.reference})]
        found = [known for name in names if (known := sessions.find(self.connection, name)) is not None]
        found.sort(key=lambda known: known.state in _OVER)  # stable: of those that stand, the latest name's
        for other in found[1:]:
            care.call_off(self.connection, other, SessionState.CANCELLED, self.now)
            notices.rename(self.connection, other.id, None)
        if not found:
            return None
        notices.rename(self.connection, found[0].id, stands.reference)
        return found[0]

    def _ended_at(self, known: Session | None, stands: Appointment, before: Appointment | None) -> datetime | None:
        """Where the program tells nothing new, the hour that she may have set herself stays."""
        if known is None or stands.ended_at is None:
            return known.ended_at if known else stands.ended_at
        return known.ended_at if before is not None and before.ended_at == stands.ended_at else stands.ended_at

    def _moved_away(self, known: Session | None, stands: Appointment) -> _ToDo | None:
        """It is not where it was; while its new time is not told, nothing may follow the old one."""
        if known is None or known.ended_at != stands.ended_at:
            return None
        if known.state not in _OVER and known.ended_at <= self.now:
            care.call_off(self.connection, known, SessionState.CANCELLED, self.now)
        return _ToDo(
            f"Session {known.id} was moved, and nobody has told to when. "
            f"If you know: session move {known.id} --ended TIME"
        )

    def _addresses(self, stands: Appointment) -> tuple[str, ...]:
        """Those that were told; an event of a series that names nobody is hers whose the others are."""
        series, instance, _ = stands.reference.partition("#")
        if stands.addresses or not instance:
            return stands.addresses
        client_id = notices.client_of_series(self.connection, series)
        client = None if client_id is None else people.get(self.connection, client_id)
        return (client.email,) if client and client.email else ()

    def _concerns_us(self, stands: Appointment, addresses: tuple[str, ...]) -> bool:
        """What was called off before anybody here knew of it asks nothing."""
        return not stands.is_over or any(booking.is_client(self.connection, each) for each in addresses)

    def _is_another(self, known: Session, stands: Appointment, before: Appointment) -> bool:
        """Called off by the program and standing again, or of another service; what she called off stays so."""
        if known.state in _OVER:
            return before.is_over or before.moved_away
        plans = booking.plans_of(self.app, stands.service, self.plans)
        return stands.service != before.service and bool(plans) and set(plans) != set(known.services)

    def _something_left(self, known: Session) -> bool:
        return any(each.state not in _STAYED for each in deliveries.ledger(self.connection, session_id=known.id))
