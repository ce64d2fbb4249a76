"""Consent, suppression and erasure in the store: who may be mailed, and who must not be."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from subscribers import store
from subscribers.consent import Basis, ConsentAction, ConsentRecord, Stream, offer
from subscribers.errors import AudienceError
from subscribers.subscriber import Subscriber, details
from subscribers.suppression import Reason, address_hash
from subscribers.tables import consent, subscriber

Add = Callable[..., Subscriber]
EVERY_STREAM = (Stream.MARKETING, Stream.CARE)


def mailed(conn: Connection, stream: Stream, now: datetime) -> set[str]:
    """Who would get a mail of the stream."""
    return set(conn.execute(select(subscriber.c.email).where(store.eligible(stream, now))).scalars())


def why_not(conn: Connection, stream: Stream) -> str | None:
    """What suppresses the only subscriber."""
    return conn.execute(select(store.suppression_reason(stream)).select_from(subscriber)).scalar_one()


def confirmation(stream: Stream, now: datetime) -> ConsentRecord:
    """What she says by confirming her sign-up."""
    return offer(stream, Basis.EXPRESS, country="", source="confirmed by mail", at=now)


def test_only_who_agreed_is_mailed(conn: Connection, add: Add, now: datetime) -> None:
    """Each stream for itself; service mail needs no consent."""
    add("anna@example.com", consents=(Stream.MARKETING,))
    add("bob@example.com")
    assert mailed(conn, Stream.MARKETING, now) == {"anna@example.com"}
    assert mailed(conn, Stream.CARE, now) == set()
    assert mailed(conn, Stream.SERVICE, now) == {"anna@example.com", "bob@example.com"}


def test_unsubscribing_from_marketing_keeps_care(conn: Connection, add: Add, now: datetime) -> None:
    """She still wants to hear how to treat her shoulder."""
    anna = add(consents=EVERY_STREAM)
    store.withdraw(conn, anna.id, Stream.MARKETING, source="link", at=now)
    assert mailed(conn, Stream.MARKETING, now) == set()
    assert mailed(conn, Stream.CARE, now) == {anna.email}
    assert (why_not(conn, Stream.MARKETING), why_not(conn, Stream.CARE)) == ("unsubscribe", None)


def test_stop_everything_stops_all(conn: Connection, add: Add, now: datetime) -> None:
    """Service mail too."""
    anna = add(consents=EVERY_STREAM)
    store.withdraw(conn, anna.id, None, source="link", at=now)
    assert [mailed(conn, stream, now) for stream in Stream] == [set(), set(), set()]


@pytest.mark.parametrize("reason", [Reason.HARD_BOUNCE, Reason.COMPLAINT, Reason.ERASURE])
def test_a_bounce_or_a_complaint_stops_all(
    conn: Connection, add: Add, key: bytes, now: datetime, reason: Reason
) -> None:
    """Whatever mail it came from."""
    anna = add(consents=EVERY_STREAM)
    hashed = address_hash(anna.email, key)
    for _ in range(2):
        store.suppress(conn, hashed, Stream.MARKETING, reason=reason, source="webhook", at=now)
    assert [mailed(conn, stream, now) for stream in Stream] == [set(), set(), set()]
    assert [entry.stream for entry in store.suppressions(conn, hashed)] == ["all"]


def test_suppression_may_end_by_itself(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """On its day, whether or not anybody has taken the entry away; of two ends the later counts."""
    anna, end = add(consents=EVERY_STREAM), now + timedelta(days=30)
    hashed = address_hash(anna.email, key)
    for until in (now + timedelta(days=3), end, now + timedelta(days=5)):
        store.suppress(conn, hashed, None, reason=Reason.SOFT_BOUNCE, source="webhook", at=now, until=until)
    moments = (now, end - timedelta(seconds=1), end)
    assert [mailed(conn, Stream.CARE, moment) for moment in moments] == [set(), set(), {anna.email}]
    assert [store.lift_ended(conn, moment) for moment in moments] == [0, 0, 1]
    assert store.suppressions(conn, hashed) == ()


def test_what_ends_by_itself_never_ends_what_does_not(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """A hard bounce stays, whichever came first."""
    hashed = address_hash(add().email, key)
    for reason, until in ((Reason.SOFT_BOUNCE, now), (Reason.HARD_BOUNCE, None), (Reason.SOFT_BOUNCE, now)):
        store.suppress(conn, hashed, None, reason=reason, source="webhook", at=now, until=until)
    assert store.lift_ended(conn, now) == 0
    assert [entry.until for entry in store.suppressions(conn, hashed)] == [None]


def test_the_weightier_reason_stands(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """Whichever came first; lifting by hand never forgets her own word."""
    hashed = address_hash(add().email, key)
    for reason in (Reason.UNSUBSCRIBE, Reason.BY_HAND, Reason.COMPLAINT, Reason.HARD_BOUNCE):
        store.suppress(conn, hashed, None, reason=reason, source="test", at=now)
    assert [entry.reason for entry in store.suppressions(conn, hashed)] == [Reason.COMPLAINT]


def test_the_operator_cannot_bring_her_back(conn: Connection, add: Add, now: datetime) -> None:
    """The day is named; only she herself can."""
    anna = add(consents=(Stream.MARKETING,))
    store.withdraw(conn, anna.id, Stream.MARKETING, source="link", at=now)
    with pytest.raises(AudienceError, match=r"unsubscribed on 02 March 2026.*Only she herself"):
        add(consents=(Stream.MARKETING,))
    assert mailed(conn, Stream.MARKETING, now) == set()


def test_confirming_brings_her_back_to_that_stream_alone(conn: Connection, add: Add, now: datetime) -> None:
    """Who stopped everything has still stopped the rest."""
    anna = add(consents=EVERY_STREAM)
    store.withdraw(conn, anna.id, None, source="link", at=now)
    store.grant(conn, anna.id, confirmation(Stream.MARKETING, now), own_act=True)
    assert mailed(conn, Stream.MARKETING, now) == {anna.email}
    assert mailed(conn, Stream.CARE, now) == set()


def test_signing_up_again_does_not_mail_before_the_confirmation(conn: Connection, add: Add, now: datetime) -> None:
    """Anyone can type her address into a form."""
    anna = add(consents=(Stream.MARKETING,))
    store.withdraw(conn, anna.id, Stream.MARKETING, source="link", at=now)
    pending = ConsentRecord(
        stream=Stream.MARKETING, action=ConsentAction.PENDING, basis=Basis.EXPRESS, source="form", at=now
    )
    store.grant(conn, anna.id, pending, own_act=True)
    assert mailed(conn, Stream.MARKETING, now) == set()
    assert why_not(conn, Stream.MARKETING) == "unsubscribe"


def test_who_complained_does_not_come_back_by_a_form(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """A complaint is the one word that stays."""
    anna = add()
    store.suppress(conn, address_hash(anna.email, key), None, reason=Reason.COMPLAINT, source="webhook", at=now)
    with pytest.raises(AudienceError, match="spam"):
        store.grant(conn, anna.id, confirmation(Stream.MARKETING, now), own_act=True)


def test_an_implied_consent_stops_by_itself(conn: Connection, add: Add, now: datetime) -> None:
    """In the store as in the rules: on its last day yes, at its end no."""
    anna = add(country="CA")
    implied = offer(Stream.MARKETING, Basis.IMPLIED_INQUIRY, country="CA", source="inquiry", at=now)
    store.grant(conn, anna.id, implied)
    assert implied.expires_at is not None
    assert mailed(conn, Stream.MARKETING, implied.expires_at - timedelta(microseconds=1)) == {anna.email}
    assert mailed(conn, Stream.MARKETING, implied.expires_at) == set()


def test_the_latest_entry_is_told(conn: Connection, add: Add, now: datetime) -> None:
    """So that a skipped mail can say why."""
    anna = add(consents=(Stream.MARKETING,))
    query = select(store.consent_action(Stream.MARKETING), store.consent_action(Stream.CARE)).select_from(subscriber)
    assert conn.execute(query).one() == ("granted", None)
    store.withdraw(conn, anna.id, Stream.MARKETING, source="link", at=now)
    assert conn.execute(query).one() == ("withdrawn", None)
    assert [record.action for record in store.consents(conn, anna.id)] == ["granted", "withdrawn"]


def test_a_bounce_can_be_lifted_an_unsubscribe_cannot(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """A full mailbox is mended, her word is not."""
    anna = add()
    hashed = address_hash(anna.email, key)
    store.suppress(conn, hashed, None, reason=Reason.HARD_BOUNCE, source="webhook", at=now)
    store.lift(conn, hashed, None)
    assert store.suppressions(conn, hashed) == ()
    store.withdraw(conn, anna.id, None, source="link", at=now)
    with pytest.raises(AudienceError, match="Only she herself"):
        store.lift(conn, hashed, None)


def test_an_erasure_keeps_a_keyed_hash_only(conn: Connection, add: Add, now: datetime) -> None:
    """Address, name, place, tags and the wording are gone; that she is not to be mailed stays known."""
    anna = add(name="Anna", country="GB", language="en", timezone="Europe/London", tags=("regulars",))
    store.grant(conn, anna.id, offer(Stream.CARE, Basis.EXPRESS, country="", source="f", at=now, wording="Yes, Anna"))
    store.erase(conn, anna.id, source="asked by mail", at=now)
    rows = [*conn.execute(select(subscriber)).one(), *conn.execute(select(consent.c.wording)).scalars()]
    assert not [
        value for value in rows if value in ("anna@example.com", "Anna", "GB", "en", "Europe/London", "Yes, Anna")
    ]
    assert store.get(conn, anna.id).tags == ()
    assert store.find(conn, "anna@example.com") is None
    assert [mailed(conn, stream, now) for stream in Stream] == [set(), set(), set()]


def test_who_was_erased_is_not_added_again(conn: Connection, add: Add, now: datetime) -> None:
    """Not even when the erasure is repeated in between."""
    anna = add()
    for _ in range(2):
        store.erase(conn, anna.id, source="asked by mail", at=now)
    with pytest.raises(AudienceError, match="erased on 02 March 2026"):
        add()
    assert store.count(conn) == 0


def test_who_was_erased_can_come_back_herself(conn: Connection, add: Add, key: bytes, now: datetime) -> None:
    """As a new person: what she agreed to before does not count any more."""
    anna = add(consents=EVERY_STREAM)
    store.erase(conn, anna.id, source="asked by mail", at=now)
    back = store.readmit(conn, details(anna.email, name="Anna"), key=key, now=now, source="form")
    assert mailed(conn, Stream.MARKETING, now) == set()
    store.grant(conn, back.id, confirmation(Stream.MARKETING, now), own_act=True)
    assert mailed(conn, Stream.MARKETING, now) == {anna.email}
    assert mailed(conn, Stream.CARE, now) == set()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "consent", "tag", "lift", "unsubscribe", "stop", "bounce", "complain", "erase"]),
        st.sampled_from(EVERY_STREAM),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_nothing_the_operator_does_mails_a_suppressed_person(
    scratch: Engine, key: bytes, now: datetime, acts: list[tuple[str, Stream]]
) -> None:
    """Whatever is added, tagged or lifted, an unsubscribe of a stream, a complaint or an erasure holds."""
    left: set[Stream] = set()
    with scratch.connect() as conn:
        for act, stream in acts:
            try:
                left |= perform(conn, act, stream, key, now)
            except AudienceError:
                continue
        mailed_streams = {stream for stream in EVERY_STREAM if mailed(conn, stream, now)}
        assert not mailed_streams & left
        conn.rollback()


def perform(conn: Connection, act: str, stream: Stream, key: bytes, now: datetime) -> set[Stream]:
    """Does it, and returns the streams she has left by it for good."""
    hashed = address_hash("anna@example.com", key)
    anna = store.find(conn, "anna@example.com")
    if act == "add" or anna is None:
        store.add(conn, details("anna@example.com"), key=key, now=now)
        return set()
    match act:
        case "consent":
            store.add(conn, details(anna.email), key=key, now=now, consents=[stream])
        case "tag":
            store.add_tags(conn, anna.id, [stream])
        case "lift":
            store.lift(conn, hashed, None)
        case "bounce":
            store.suppress(conn, hashed, None, reason=Reason.HARD_BOUNCE, source="t", at=now)
        case "unsubscribe":
            store.withdraw(conn, anna.id, stream, source="t", at=now)
            return {stream}
        case "stop":
            store.withdraw(conn, anna.id, None, source="t", at=now)
            return set(EVERY_STREAM)
        case "complain":
            store.suppress(conn, hashed, None, reason=Reason.COMPLAINT, source="t", at=now)
            return set(EVERY_STREAM)
        case "erase":
            store.erase(conn, anna.id, source="t", at=now)
            return set(EVERY_STREAM)
    return set()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS, st.sampled_from(EVERY_STREAM))
def test_withdrawing_one_stream_never_changes_the_other(
    scratch: Engine, key: bytes, now: datetime, acts: list[tuple[str, Stream]], stream: Stream
) -> None:
    """Whatever came before."""
    (other,) = set(EVERY_STREAM) - {stream}
    with scratch.connect() as conn:
        anna = store.add(conn, details("anna@example.com"), key=key, now=now)
        for act, chosen in acts:
            try:
                perform(conn, act, chosen, key, now)
            except AudienceError:
                continue
        before = mailed(conn, other, now)
        store.withdraw(conn, anna.id, stream, source="link", at=now)
        assert (mailed(conn, other, now), mailed(conn, stream, now)) == (before, set())
        conn.rollback()
