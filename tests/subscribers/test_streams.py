"""Streams never leak: whatever is added, imported, tagged, granted or withdrawn, no stream speaks for another."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import StaticPool, create_engine, select

from subscribers import store
from subscribers.consent import Basis, Stream, offer
from subscribers.errors import AudienceError
from subscribers.store.eligibility import eligible
from subscribers.subscriber import details
from subscribers.suppression import Reason, address_hash
from subscribers.tables import metadata, subscriber
from subscribers.transfer.importing import import_csv

KEY = b"a key of thirty-two bytes, fixed"
BOTH = (Stream.MARKETING, Stream.CARE)
PEOPLE = st.sampled_from(["anna@example.com", "ben@example.com"])
STREAMS = st.sampled_from(BOTH)
FINAL = (Reason.COMPLAINT, Reason.HARD_BOUNCE)


class Audience(RuleBasedStateMachine):
    """Beside the store, a model: which streams of whom were ended by her own word, and who is never written to."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine, tables=[metadata.tables[name] for name in _tables()])
        self.conn = self.engine.connect()
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
        self.left: set[tuple[str, Stream]] = set()
        self.blocked: set[str] = set()
        self.listed: dict[int, tuple[str, Stream]] = {}  # who left as a list says, by the number of its import
        self.imports: list[int] = []
        self.erased: set[str] = set()  # and not come back by their own word

    def teardown(self) -> None:
        self.conn.close()
        self.engine.dispose()

    @rule(email=PEOPLE, streams=st.sets(STREAMS), tag=st.sampled_from(["", "regulars"]))
    def add(self, email: str, streams: set[Stream], tag: str) -> None:
        with suppress(AudienceError):
            self._try(
                lambda: store.add(
                    self.conn, details(email, tags=[tag] if tag else []), key=KEY, now=self.now, consents=streams
                )
            )

    @rule(email=PEOPLE, streams=st.frozensets(STREAMS), status=st.sampled_from(["subscribed", "unsubscribed", ""]))
    def take_in(self, email: str, streams: frozenset[Stream], status: str) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder, "list.csv")
            file.write_text(f"email,tags,status\n{email},imported,{status}\n", encoding="utf-8")
            report = import_csv(self.conn, file, dry_run=False, now=self.now, key=KEY, consent_streams=streams)
        assert report.batch_id is not None
        self.imports.append(report.batch_id)
        if status == "unsubscribed" and not report.skipped:
            self.listed[report.batch_id] = email, Stream.MARKETING

    @rule()
    def take_back(self) -> None:
        """An undone import takes back what a list said, and nothing that she said herself."""
        if self.imports:
            batch_id = self.imports.pop()
            done = store.undo_import(self.conn, batch_id, at=self.now)
            if not done.kept:
                self.listed.pop(batch_id, None)

    @rule(email=PEOPLE)
    def erase(self, email: str) -> None:
        known = store.find(self.conn, email)
        if known is not None:
            store.erase(self.conn, known.id, source="asked", at=self.now)
            self.blocked.discard(email)  # what stands for it now ends only when she comes back and confirms
            self.erased.add(email)
            self.left |= {(email, stream) for stream in BOTH}

    @rule(email=PEOPLE)
    def ask_to_come_back(self, email: str) -> None:
        if store.find(self.conn, email) is None:
            store.readmit(self.conn, details(email), key=KEY, now=self.now, source="form")

    @rule(email=PEOPLE, stream=STREAMS, own=st.booleans())
    def grant(self, email: str, stream: Stream, own: bool) -> None:
        known = store.find(self.conn, email)
        if known is None:
            return
        offered = offer(stream, Basis.EXPRESS, country="GB", source="form", at=self.now)
        with suppress(AudienceError):
            self._try(lambda: store.grant(self.conn, known.id, offered, own_act=own))
            if own:
                self.left.discard((email, stream))
                self.erased.discard(email)
                self.listed = {batch: each for batch, each in self.listed.items() if each != (email, stream)}

    @rule(email=PEOPLE, stream=STREAMS)
    def withdraw(self, email: str, stream: Stream) -> None:
        """And nothing changes for the other stream."""
        known = store.find(self.conn, email)
        if known is not None:
            other = Stream.CARE if stream is Stream.MARKETING else Stream.MARKETING
            before = self._gets(email, other)
            store.withdraw(self.conn, known.id, stream, source="link", at=self.now)
            assert self._gets(email, other) == before
            self.left.add((email, stream))

    @rule(email=PEOPLE, reason=st.sampled_from(FINAL))
    def block(self, email: str, reason: Reason) -> None:
        store.suppress(self.conn, address_hash(email, KEY), None, reason=reason, source="hook", at=self.now)
        if email not in self.erased:
            self.blocked.add(email)

    @rule(email=PEOPLE, days=st.sampled_from([None, 30]))
    def pause(self, email: str, days: int | None) -> None:
        known = store.find(self.conn, email)
        if known is not None:
            before = self._gets(email, Stream.CARE)
            until = self.now + timedelta(days=days) if days else None
            store.pause(self.conn, known.id, until=until, source="page", at=self.now)
            assert self._gets(email, Stream.CARE) == before

    @rule(days=st.integers(min_value=1, max_value=400))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def who_left_gets_nothing_of_that_stream(self) -> None:
        left = self.left | set(self.listed.values())
        assert not [(email, stream) for email, stream in left if self._gets(email, stream)]

    @invariant()
    def who_is_blocked_gets_nothing_at_all(self) -> None:
        assert not [email for email in self.blocked for stream in Stream if self._gets(email, stream)]

    def _gets(self, email: str, stream: Stream) -> bool:
        query = select(subscriber.c.id).where(subscriber.c.email == email, eligible(stream, self.now))
        return self.conn.execute(query).first() is not None

    def _try(self, act: Callable[[], object]) -> None:
        """All of it, or nothing, as the program's own transactions are."""
        with self.conn.begin_nested():
            act()


def _tables() -> Iterator[str]:
    """The audience's own, whatever else shares their metadata."""
    yield from ("import_batch", "subscriber", "subscriber_tag", "consent", "suppression", "import_change")


TestAudience = Audience.TestCase
TestAudience.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
