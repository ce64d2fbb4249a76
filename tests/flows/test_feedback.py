"""What a mail service tells moves deliveries on, suppresses addresses and ends consents; on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, permutations

import pytest
from sqlalchemy import func, insert, select, update

from newsletter import feedback
from newsletter.context import App
from newsletter.domain.delivery import PRIORITY, CallState, Delivery, DeliveryState
from newsletter.domain.edition import Edition
from newsletter.errors import HookError, NotFoundError
from newsletter.providers.hooks.base import HookCall
from newsletter.providers.hooks.ses import SesHook
from newsletter.store import deliveries, editions, events, tables
from newsletter.worker import tick
from subscribers import store
from subscribers.consent import Basis, Stream, offer
from subscribers.subscriber import Subscriber
from subscribers.suppression import Reason
from tests.conftest import OpenHome
from tests.fault_server import hooks
from tests.fault_server.hooks import VENDORS, settings, sign, words

AddClient = Callable[..., Subscriber]


@pytest.fixture
def app(open_home: OpenHome) -> Iterator[App]:
    """An App that every vendor may call."""
    with open_home(**settings()) as opened:
        believed = SesHook(hooks.TOPIC, lambda _: hooks.certificate())
        yield replace(opened, hooks={**opened.hooks, "ses": believed})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Mails that left, and what a vendor tells of them."""

    app: App
    now: datetime
    numbers: "count[int]"

    def mail(
        self,
        person: Subscriber,
        state: DeliveryState = DeliveryState.SENDING,
        stream: Stream = Stream.CARE,
        **columns: object,
    ) -> int:
        """A delivery to her whose call was answered, unless it is said otherwise."""
        edition = Edition(stream=stream, language="en", subject="Rest", preheader="", html="<p>a</p>", text="a")
        values = {
            "subscriber_id": person.id,
            "stream": stream.value,
            "priority": PRIORITY[stream],
            "state": state.value,
            "attempts": 1,
            "provider": "postmark",
            "called_at": self.now,
            **dict.fromkeys(("planned_at", "due_at", "created_at"), self.now),
        }
        with self.app.database.write() as connection:
            values["edition_id"] = editions.save(connection, edition, self.now)
            values["provider_call_id"] = self._call(connection, values["edition_id"], state)
            added = insert(tables.delivery).values(values | columns).returning(tables.delivery.c.id)
            return int(connection.execute(added).scalar_one())

    def tell(self, delivery_id: int, told: str, *, vendor: str = "postmark", at: datetime | None = None) -> None:
        """The vendor calls; nobody follows yet."""
        mid, at, number = f"{self.app.store_id}-{delivery_id}", at or self.now, next(self.numbers)
        content = words(vendor, told, mid, to="anna@example.com", at=at, number=number)
        self.call(vendor, content, number)

    def call(self, vendor: str, content: object, number: int = 1) -> None:
        signed = sign(vendor, content, self.now, number)
        feedback.receive(self.app, vendor, HookCall(headers=signed.headers, body=signed.body), self.now)

    def follow(self, now: datetime | None = None) -> None:
        feedback.follow(self.app, now or self.now)

    def delivery(self, delivery_id: int) -> Delivery:
        with self.app.database.read() as connection:
            found = deliveries.get(connection, delivery_id)
        assert found is not None
        return found

    def suppressions(self, person: Subscriber) -> dict[str, tuple[str, datetime | None]]:
        """Reason and end, by stream."""
        with self.app.database.read() as connection:
            found = store.suppressions(connection, store.hash_of(connection, person.id))
        return {each.stream: (each.reason.value, each.until) for each in found}

    def kept(self) -> int:
        with self.app.database.read() as connection:
            return connection.execute(select(func.count()).select_from(tables.event)).scalar_one()

    def _call(self, connection: object, edition_id: object, state: DeliveryState) -> int:
        call_state = CallState.DOUBTFUL if state is DeliveryState.UNKNOWN else CallState.DONE
        values = {
            "provider": "postmark",
            "edition_id": edition_id,
            "payload_hash": "x",
            "members": [{"delivery_id": 1}] if state is DeliveryState.UNKNOWN else [],
            "state": call_state.value,
            "worker": "test",
            "lease_until": self.now + timedelta(days=1),
            "prepared_at": self.now,
        }
        added = insert(tables.provider_call).values(values).returning(tables.provider_call.c.id)
        return int(connection.execute(added).scalar_one())  # type: ignore[attr-defined]  # a Connection


@pytest.fixture
def desk(app: App, now: datetime) -> Desk:
    return Desk(app=app, now=now, numbers=count(1))


@pytest.fixture
def anna(add_client: AddClient) -> Subscriber:
    return add_client("anna@example.com")


@pytest.mark.parametrize("vendor", VENDORS)
def test_delivery_moves_on(desk: Desk, anna: Subscriber, vendor: str) -> None:
    """By our id, whatever the vendor calls it."""
    told = {told: desk.mail(anna) for told in ("delivered", "soft", "bounced", "complained")}
    for what, delivery_id in told.items():
        desk.tell(delivery_id, what, vendor=vendor)
    desk.follow()
    assert [desk.delivery(delivery_id).state for delivery_id in told.values()] == [
        DeliveryState.DELIVERED,
        DeliveryState.BOUNCED,
        DeliveryState.BOUNCED,
        DeliveryState.COMPLAINED,
    ]


def test_order_does_not_matter(desk: Desk, anna: Subscriber) -> None:
    """Of all that was told the weightiest stands, whether it was followed together or one by one."""
    orders = list(permutations(("soft", "delivered", "bounced", "complained")))
    mails = [(desk.mail(anna), order) for order in orders]
    for place in range(4):
        for delivery_id, order in mails:
            desk.tell(delivery_id, order[place])
        if place != 1:
            desk.follow()
    assert {desk.delivery(delivery_id).state for delivery_id, _ in mails} == {DeliveryState.COMPLAINED}


def test_mail_never_goes_back(desk: Desk, anna: Subscriber) -> None:
    """A try that failed says less than one that arrived; a bounce for good says more."""
    arrived, bounced = DeliveryState.DELIVERED, DeliveryState.BOUNCED
    expected = {
        ("soft", "delivered"): arrived,
        ("delivered", "soft"): arrived,
        ("delivered", "accepted"): arrived,
        ("bounced", "delivered"): bounced,
        ("delivered", "bounced"): bounced,
    }
    mails = {told: desk.mail(anna) for told in expected}
    for place in range(2):
        for told, delivery_id in mails.items():
            desk.tell(delivery_id, told[place], vendor="sendgrid")
        desk.follow()
    assert {told: desk.delivery(delivery_id).state for told, delivery_id in mails.items()} == expected


@pytest.mark.parametrize(
    ("state", "attempts"),
    [
        (DeliveryState.QUEUED, 0),
        (DeliveryState.SUPPRESSED, 0),
        (DeliveryState.CANCELLED, 0),
    ],
)
def test_mail_that_never_left_stays(desk: Desk, anna: Subscriber, state: DeliveryState, attempts: int) -> None:
    """Whatever is told of it."""
    delivery_id = desk.mail(anna, state, attempts=attempts, reason="so it is")
    desk.tell(delivery_id, "delivered")
    desk.follow()
    assert (desk.delivery(delivery_id).state, desk.delivery(delivery_id).reason) == (state, "so it is")


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.FAILED])
def test_mail_that_arrived_after_all_is_not_sent_again(desk: Desk, anna: Subscriber, state: DeliveryState) -> None:
    """It was in doubt, and then queued again or given up by hand."""
    delivery_id = desk.mail(anna, state, provider_call_id=None)
    desk.tell(delivery_id, "delivered")
    desk.follow()
    assert desk.delivery(delivery_id).state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("told", "state"),
    [("accepted", DeliveryState.ACCEPTED), ("delivered", DeliveryState.DELIVERED), ("dropped", DeliveryState.FAILED)],
)
def test_doubt_is_settled(desk: Desk, anna: Subscriber, told: str, state: DeliveryState) -> None:
    """The mail's and the call's; and then nothing of her is kept in the call."""
    delivery_id = desk.mail(anna, DeliveryState.UNKNOWN)
    desk.tell(delivery_id, told, vendor="sendgrid")
    desk.follow()
    with desk.app.database.read() as connection:
        call = connection.execute(select(tables.provider_call)).one()
    assert desk.delivery(delivery_id).state is state
    assert desk.delivery(delivery_id).reason == ("sendgrid did not send it" if told == "dropped" else "")
    assert (call.state, call.members) == (CallState.DONE.value, [])


def test_call_with_another_mail_in_doubt_stays_open(desk: Desk, anna: Subscriber, add_client: AddClient) -> None:
    """It will be asked about."""
    delivery_id = desk.mail(anna, DeliveryState.UNKNOWN)
    other = desk.mail(add_client("ben@example.com"), DeliveryState.UNKNOWN)
    with desk.app.database.write() as connection:
        same = select(tables.delivery.c.provider_call_id).where(tables.delivery.c.id == delivery_id).scalar_subquery()
        moved = update(tables.delivery).where(tables.delivery.c.id == other)
        connection.execute(moved.values(provider_call_id=same))
    desk.tell(delivery_id, "delivered")
    desk.follow()
    with desk.app.database.read() as connection:
        states = set(connection.execute(select(tables.provider_call.c.state)).scalars())
    assert states == {CallState.DOUBTFUL.value}


@pytest.mark.parametrize(("told", "reason"), [("bounced", Reason.HARD_BOUNCE), ("complained", Reason.COMPLAINT)])
def test_address_is_suppressed_everywhere(desk: Desk, anna: Subscriber, told: str, reason: Reason) -> None:
    """For good."""
    desk.tell(desk.mail(anna), told)
    desk.follow()
    assert desk.suppressions(anna) == {"all": (reason.value, None)}


def test_three_soft_bounces_in_a_row_suppress_until_a_day(desk: Desk, anna: Subscriber) -> None:
    """Two do not; and a mail that bounces three times is one."""
    for number in range(3):
        assert desk.suppressions(anna) == {}
        delivery_id = desk.mail(anna, session_id=None)
        for _ in range(3):
            desk.tell(delivery_id, "soft")
        desk.follow()
        assert (number == 2) == bool(desk.suppressions(anna))
    assert desk.suppressions(anna) == {"all": ("soft_bounce", desk.now + timedelta(days=30))}


def test_mail_that_arrives_ends_the_row(desk: Desk, anna: Subscriber) -> None:
    """Her mailbox was full, and is not any more."""
    for told in ("soft", "soft", "delivered", "soft", "soft"):
        desk.tell(desk.mail(anna), told)
        desk.follow()
    assert desk.suppressions(anna) == {}


def test_suppression_that_ends_lets_her_back(desk: Desk, anna: Subscriber) -> None:
    """On its day, and not before; one more bounce, and she rests again."""
    for _ in range(3):
        desk.tell(desk.mail(anna), "soft")
    desk.follow()
    back = desk.now + timedelta(days=30)
    assert [_eligible(desk.app, moment) for moment in (back - timedelta(seconds=1), back)] == [0, 1]
    desk.follow(back)
    assert desk.suppressions(anna) == {}
    desk.tell(desk.mail(anna), "soft")
    desk.follow(back)
    assert desk.suppressions(anna) == {"all": ("soft_bounce", back + timedelta(days=30))}


def test_weightier_reason_has_no_end(desk: Desk, anna: Subscriber) -> None:
    """A hard bounce outweighs the soft ones."""
    for told in ("soft", "soft", "soft", "bounced"):
        desk.tell(desk.mail(anna), told)
    desk.follow()
    assert desk.suppressions(anna) == {"all": ("hard_bounce", None)}


@pytest.mark.parametrize("stream", list(Stream))
def test_leaving_at_the_service_ends_that_stream(desk: Desk, anna: Subscriber, stream: Stream) -> None:
    """And no other."""
    desk.tell(desk.mail(anna, stream=stream), "left")
    desk.follow()
    assert desk.suppressions(anna) == {stream.value: ("unsubscribe", None)}
    with desk.app.database.read() as connection:
        assert store.current(connection, anna.id)[stream].action == "withdrawn"


def test_leaving_that_is_older_than_her_yes_changes_nothing(desk: Desk, anna: Subscriber) -> None:
    """A service may tell late."""
    delivery_id = desk.mail(anna, stream=Stream.CARE)
    before = desk.now - timedelta(days=1)
    desk.tell(delivery_id, "left", vendor="sendgrid", at=before)
    desk.follow()
    assert desk.suppressions(anna) == {}


def test_following_again_adds_nothing(desk: Desk, anna: Subscriber) -> None:
    """Nor does the same call, however often it comes; a new yes of hers stands."""
    delivery_id = desk.mail(anna)
    for _ in range(3):
        desk.call("postmark", words("postmark", "left", f"{desk.app.store_id}-{delivery_id}", to="", at=desk.now))
        desk.follow()
        desk.follow()
    assert desk.kept() == 1
    with desk.app.database.write() as connection:
        offered = offer(Stream.CARE, Basis.EXPRESS, country="GB", source="page", at=desk.now)
        store.grant(connection, anna.id, offered, own_act=True)
    desk.follow()
    assert desk.suppressions(anna) == {}


def test_mail_we_never_sent_is_kept_and_changes_nothing(desk: Desk, anna: Subscriber) -> None:
    """Another program of the same account; a number of ours that was never given; an id that is none."""
    mids = ("somebody-elses", f"{desk.app.store_id}-99999", f"{desk.app.store_id}-{'9' * 30}")
    for vendor in VENDORS:
        for number, mid in enumerate(mids):
            content = words(vendor, "complained", mid, to=anna.email, at=desk.now, number=number)
            desk.call(vendor, content, number)
    desk.follow()
    assert desk.suppressions(anna) == {}
    with desk.app.database.read() as connection:
        assert events.strangers(connection, desk.now) == dict.fromkeys(VENDORS, len(mids))


def test_event_without_our_id_is_known_by_the_services(desk: Desk, anna: Subscriber) -> None:
    """Where the mail went to her, and the service gave it that name."""
    first = desk.mail(anna, provider_message_id="pm-1")
    second = desk.mail(anna, provider_message_id="pm-2")
    desk.call("postmark", {"RecordType": "Delivery", "MessageID": "pm-1", "Recipient": "Anna@Example.com"})
    desk.call("postmark", {"RecordType": "Delivery", "MessageID": "pm-9", "Recipient": "anna@example.com"})
    desk.call("postmark", {"RecordType": "Delivery", "MessageID": "pm-2", "Recipient": "ben@example.com"})
    desk.follow()
    assert desk.delivery(first).state is DeliveryState.DELIVERED
    assert desk.delivery(second).state is DeliveryState.SENDING


def test_token_vouches_for_one_event_only(desk: Desk, anna: Subscriber) -> None:
    """Mailgun signs no more; who has seen a call could put his own event under it."""
    mid = f"{desk.app.store_id}-{desk.mail(anna)}"
    told = words("mailgun", "delivered", mid, to="", at=desk.now)
    forged = words("mailgun", "complained", mid, to="", at=desk.now, number=2)
    desk.call("mailgun", told)
    desk.call("mailgun", told)
    with pytest.raises(HookError) as refused:
        desk.call("mailgun", forged)
    assert refused.value.status == 406
    assert desk.kept() == 1


def test_hook_that_is_not_set_up_is_nowhere(open_home: OpenHome, now: datetime) -> None:
    """Without its secret nobody can be believed."""
    with open_home() as app, pytest.raises(NotFoundError):
        feedback.receive(app, "postmark", HookCall(headers={}, body=b"{}"), now)


@pytest.mark.parametrize(
    ("keep_opens", "stream", "kept"), [(False, "marketing", 0), (True, "marketing", 1), (True, "care", 0)]
)
def test_opens_are_kept_only_where_they_are_wanted(
    open_home: OpenHome, now: datetime, add_client: AddClient, keep_opens: bool, stream: str, kept: int
) -> None:
    """Never those of a care mail."""
    anna = add_client()
    with open_home(**settings(), keep_opens=keep_opens) as app:
        desk = Desk(app=app, now=now, numbers=count(1))
        mid = f"{app.store_id}-{desk.mail(anna, stream=Stream(stream))}"
        desk.call("sendgrid", [{"event": "open", "sg_event_id": "1", "mid": mid, "sg_machine_open": True}])
        assert desk.kept() == kept


def test_raw_words_are_forgotten(desk: Desk, anna: Subscriber, add_client: AddClient) -> None:
    """After a month; at once where her data was erased."""
    desk.tell(desk.mail(anna), "delivered")
    desk.tell(desk.mail(add_client("ben@example.com")), "delivered")
    with desk.app.database.write() as connection:
        store.erase(connection, anna.id, source="by hand", at=desk.now)
    left = []
    for days in (1, 31):
        feedback.forget(desk.app, desk.now + timedelta(days=days))
        with desk.app.database.read() as connection:
            left.append(connection.execute(select(func.count(tables.event.c.raw))).scalar_one())
    assert left == [1, 0]


def test_tick_follows_before_it_sends(desk: Desk, anna: Subscriber) -> None:
    """Who complained a moment ago gets nothing more."""
    desk.tell(desk.mail(anna), "complained")
    waiting = desk.mail(anna, DeliveryState.QUEUED, attempts=0, provider_call_id=None)
    tick(desk.app, lambda: desk.now)
    assert desk.delivery(waiting).state is DeliveryState.SUPPRESSED


def _eligible(app: App, now: datetime) -> int:
    with app.database.read() as connection:
        found = select(func.count()).where(store.eligible(Stream.CARE, now))
        return connection.execute(found).scalar_one()
