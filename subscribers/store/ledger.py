"""The ledger of who agreed to what, and of who must not be mailed: consent, suppression and erasure."""

from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from subscribers import consent as transitions
from subscribers.consent import ConsentAction, ConsentRecord, Stream
from subscribers.errors import AudienceError
from subscribers.store.insertion import suppress_addresses
from subscribers.store.prepared import Prepared
from subscribers.suppression import ALL, LIFTED_BY_HAND, WEIGHT, Reason, Suppression, scope
from subscribers.tables import consent, import_change, subscriber, subscriber_tag, suppression

_LEDGER = Prepared(select(consent).where(consent.c.subscriber_id == bindparam("subscriber_id")).order_by(consent.c.id))
_WHY_NOT = {
    Reason.PAUSE: ("She paused the newsletter", "It goes on by itself, or when she says so on her preferences page."),
    Reason.UNSUBSCRIBE: ("She unsubscribed", "Only she herself can come back, by signing up and confirming."),
    Reason.SOFT_BOUNCE: ("The mailbox refused several mails in a row", "Lift that first, if she has mended it."),
    Reason.BY_HAND: ("The address was suppressed by hand", "Lift that first, if it was a mistake."),
    Reason.HARD_BOUNCE: ("The mailbox refused mail for good", "Ask her for another address."),
    Reason.COMPLAINT: ("She reported a mail as spam", "She cannot be mailed any more."),
    Reason.ERASURE: ("Her data was erased", "Only she herself can come back, by signing up and confirming."),
}


def grant(
    conn: Connection, subscriber_id: int, offered: ConsentRecord, *, own_act: bool = False
) -> ConsentRecord | None:
    """Appends what is offered to the ledger and returns it; None where a consent in force already says as much.

    `own_act` marks what the person did herself: signing up (pending), confirming (granted). Only a confirmation lifts
    her unsubscribe, of that stream alone, or an erasure after which she asked to come back (people.readmit). Raises
    AudienceError where the stream is suppressed, with reason and day.
    """
    _admit(conn, subscriber_id, offered, own_act=own_act)
    record = transitions.grant(current(conn, subscriber_id).get(offered.stream), offered, own_act=own_act)
    return record and _append(conn, subscriber_id, record)


def withdraw(conn: Connection, subscriber_id: int, stream: Stream | None, *, source: str, at: datetime) -> None:
    """Unsubscribes from one stream, or from everything (None): noted in the ledger and suppressed at once."""
    _withdraw_all(conn, subscriber_id, [stream] if stream else list(Stream), source, at)
    suppress(conn, hash_of(conn, subscriber_id), stream, reason=Reason.UNSUBSCRIBE, source=source, at=at)


def consents(conn: Connection, subscriber_id: int) -> tuple[ConsentRecord, ...]:
    """The whole ledger of a person, oldest first."""
    return tuple(map(record_of, _LEDGER.rows(conn, {"subscriber_id": subscriber_id})))


def current(conn: Connection, subscriber_id: int) -> dict[Stream, ConsentRecord]:
    """The latest entry of each stream that has one."""
    return {record.stream: record for record in consents(conn, subscriber_id)}


def suppress(
    conn: Connection,
    address_hash: str,
    stream: Stream | None,
    *,
    reason: Reason,
    source: str,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Blocks an address for a stream, or for all (None), whether or not it belongs to a subscriber.

    A bounce, a complaint and an erasure block all whatever is given. Repeating it changes nothing; a weightier
    reason replaces a lighter one. With `until` it ends by itself.
    """
    row = {"address_hash": address_hash, "stream": scope(reason, stream), "reason": reason, "source": source, "at": at}
    suppress_addresses(conn, [row | {"until": until}])


def suppressions(conn: Connection, address_hash: str) -> tuple[Suppression, ...]:
    """Everything that blocks an address, the weightiest reason first."""
    of = suppression.c
    rows = conn.execute(select(suppression).where(of.address_hash == address_hash).order_by(of.stream))
    found = [
        Suppression(stream=row.stream, reason=Reason(row.reason), source=row.source, at=row.at, until=row.until)
        for row in rows
    ]
    return tuple(sorted(found, key=lambda entry: WEIGHT[entry.reason], reverse=True))


def pause(conn: Connection, subscriber_id: int, *, until: datetime | None, source: str, at: datetime) -> None:
    """No newsletter until that moment; None: it goes on now. Nothing else that blocks her is touched."""
    hashed = hash_of(conn, subscriber_id)
    if until is None:
        _lift(conn, hashed, Stream.MARKETING, Reason.PAUSE)
    else:
        suppress(conn, hashed, Stream.MARKETING, reason=Reason.PAUSE, source=source, at=at, until=until)


def paused_until(conn: Connection, subscriber_id: int, now: datetime) -> datetime | None:
    """Until when she paused the newsletter; None where she did not, or the pause is over at `now`."""
    pauses = [each for each in suppressions(conn, hash_of(conn, subscriber_id)) if each.reason is Reason.PAUSE]
    return next((each.until for each in pauses if each.until is not None and each.until > now), None)


def allow_service(conn: Connection, subscriber_id: int) -> None:
    """Who stopped everything can be sent what she asks for herself, such as a confirmation; the rest stays stopped."""
    hashed = hash_of(conn, subscriber_id)
    for found in suppressions(conn, hashed):
        if found.stream == ALL and found.reason is Reason.UNSUBSCRIBE:
            _lift_unsubscribe(conn, hashed, Stream.SERVICE, [found])


def lift(conn: Connection, address_hash: str, stream: Stream | None) -> None:
    """Takes back a suppression by hand or after a bounce (None: the one for all streams); nothing there is no fault.

    Raises AudienceError for the other reasons, which are the person's own word, with the day.
    """
    wanted = stream.value if stream else ALL
    for found in suppressions(conn, address_hash):
        if found.stream == wanted and found.reason not in LIFTED_BY_HAND:
            raise _refusal(found)
        if found.stream == wanted:
            _lift(conn, address_hash, wanted, found.reason)


def lift_ended(conn: Connection, now: datetime) -> int:
    """Takes back the suppressions whose end has come; returns how many there were."""
    return conn.execute(delete(suppression).where(suppression.c.until <= now)).rowcount


def erase(conn: Connection, subscriber_id: int, *, source: str, at: datetime) -> None:
    """Forgets a person: address, name, tags and the words of her consent. What stays is the keyed hash of the address,
    suppressed for all, so that no later import brings her back; and the bare facts of the ledger, withdrawn."""
    hashed = hash_of(conn, subscriber_id)
    _withdraw_all(conn, subscriber_id, list(Stream), source, at)
    forgotten = {"email": None, **dict.fromkeys(("name", "timezone", "country", "language", "frequency", "source"), "")}
    row = subscriber.c.id == subscriber_id, subscriber.c.email.is_not(None)
    conn.execute(update(subscriber).where(*row).values(**forgotten, erased_at=at))
    for table in (subscriber_tag, import_change):
        conn.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
    conn.execute(update(consent).where(consent.c.subscriber_id == subscriber_id).values(wording=""))
    _forget_erasure(conn, hashed)  # of before: she had asked to come back, and did not confirm
    suppress(conn, hashed, None, reason=Reason.ERASURE, source=source, at=at)


def hash_of(conn: Connection, subscriber_id: int) -> str:
    """The keyed hash of a person's address, which outlives an erasure. Raises AudienceError where there is nobody."""
    query = select(subscriber.c.address_hash).where(subscriber.c.id == subscriber_id)
    for hashed in conn.execute(query).scalars():
        return str(hashed)
    raise AudienceError(f"There is no subscriber number {subscriber_id}.", "List the subscribers to find hers.")


def refuse_erased(conn: Connection, address_hash: str) -> None:
    """Raises AudienceError where the data of the address's owner was erased."""
    for found in suppressions(conn, address_hash):
        if found.reason is Reason.ERASURE:
            raise _refusal(found)


def open_after_erasure(conn: Connection, address_hash: str) -> None:
    """Whose data was erased can be sent what she asks for herself, such as a confirmation; the rest stays blocked."""
    for found in suppressions(conn, address_hash):
        if found.reason is Reason.ERASURE and found.stream == ALL:
            row = {"address_hash": address_hash, "reason": found.reason, "source": found.source, "at": found.at}
            others = [row | {"stream": stream, "until": None} for stream in Stream if stream is not Stream.SERVICE]
            suppress_addresses(conn, others)
            _lift(conn, address_hash, ALL, Reason.ERASURE)


def values_of(record: ConsentRecord) -> dict[str, object]:
    """An entry as its columns, without the person it belongs to."""
    return {
        "stream": record.stream,
        "action": record.action,
        "basis": record.basis,
        "source": record.source,
        "wording": record.wording,
        "at": record.at,
        "expires_at": record.expires_at,
    }


def record_of(row: Row[tuple[object, ...]]) -> ConsentRecord:
    """A row of the ledger as the entry it keeps."""
    return ConsentRecord(
        stream=Stream(row.stream),
        action=ConsentAction(row.action),
        basis=transitions.Basis(row.basis),
        source=row.source,
        wording=row.wording,
        at=row.at,
        expires_at=row.expires_at,
    )


def _admit(conn: Connection, subscriber_id: int, offered: ConsentRecord, *, own_act: bool) -> None:
    hashed = hash_of(conn, subscriber_id)
    blocking = [found for found in suppressions(conn, hashed) if found.stream in (offered.stream, ALL)]
    for found in blocking:
        if found.reason is not Reason.PAUSE and not (own_act and _her_own(found)):
            raise _refusal(found)
    if offered.action is ConsentAction.GRANTED:
        if own_act:
            _forget_erasure(conn, hashed)
        _lift_unsubscribe(conn, hashed, offered.stream, blocking)


def _her_own(found: Suppression) -> bool:
    """Whether she can take it back herself: her unsubscribe, or an erasure after which she asked to come back."""
    return found.reason is Reason.UNSUBSCRIBE or (found.reason is Reason.ERASURE and found.stream != ALL)


def _forget_erasure(conn: Connection, hashed: str) -> None:
    of = suppression.c
    came_back = of.address_hash == hashed, of.reason == Reason.ERASURE, of.stream != ALL
    conn.execute(delete(suppression).where(*came_back))


def _lift_unsubscribe(conn: Connection, hashed: str, stream: Stream, blocking: list[Suppression]) -> None:
    """Who stopped everything and comes back for one stream has still stopped the others."""
    for found in blocking:
        if found.stream == ALL:
            for other in set(Stream) - {stream, Stream.SERVICE}:
                suppress(conn, hashed, other, reason=found.reason, source=found.source, at=found.at)
        _lift(conn, hashed, found.stream, found.reason)


def _withdraw_all(conn: Connection, subscriber_id: int, streams: list[Stream], source: str, at: datetime) -> None:
    latest = current(conn, subscriber_id)
    for stream in streams:
        if record := transitions.withdraw(latest.get(stream), stream=stream, source=source, at=at):
            _append(conn, subscriber_id, record)


def _append(conn: Connection, subscriber_id: int, record: ConsentRecord) -> ConsentRecord:
    conn.execute(consent.insert().values(subscriber_id=subscriber_id, **values_of(record)))
    return record


def _lift(conn: Connection, hashed: str, stream: str, reason: Reason) -> None:
    of = suppression.c
    row = of.address_hash == hashed, of.stream == stream, of.reason == reason
    conn.execute(delete(suppression).where(*row))


def _refusal(found: Suppression) -> AudienceError:
    what, remedy = _WHY_NOT[found.reason]
    mail = "all" if found.stream == ALL else found.stream
    return AudienceError(f"{what} on {found.at:%d %B %Y} ({mail} mail).", remedy)
