"""The newsletter's tables, in the metadata of the audience's: real foreign keys, pointing one way."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from newsletter.store import booking_tables, history_tables, tracking_tables  # noqa: F401 -- their tables are of the same metadata
from subscribers.tables import Identifier, UtcDateTime, metadata

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

article = Table(
    "article",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("source", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("date", Date),
    Column("body", JSON, nullable=False),  # the whole article, as newsletter.domain.article_json writes it
    Column("added_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

feed = Table(
    "feed",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False, server_default=""),
    Column("etag", Text, nullable=False, server_default=""),
    Column("modified", Text, nullable=False, server_default=""),  # its Last-Modified, as the server wrote it
    Column("added_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("baselined_at", UtcDateTime),  # what was there by then is never new
    Column("polled_at", UtcDateTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("fault", Text, nullable=False, server_default=""),  # why the last poll failed
    Column("note", Text, nullable=False, server_default=""),  # what was odd about a feed that could be read
    sqlite_autoincrement=True,
)

feed_entry = Table(
    "feed_entry",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("feed_id", Identifier, ForeignKey("feed.id"), nullable=False),
    Column("guid", Text, nullable=False),
    Column("link", Text, nullable=False, server_default=""),
    Column("digest", Text, nullable=False),  # of its words: two entries that say the same are one
    Column("version", Text, nullable=False),  # of all it holds: another one means an edit
    Column("article_id", Identifier, ForeignKey("article.id"), index=True),  # none until its page could be read
    Column("is_new", Boolean, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    UniqueConstraint("feed_id", "guid"),
    sqlite_autoincrement=True,
)

routine = Table(
    "routine",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("feed_id", Identifier, ForeignKey("feed.id"), nullable=False),
    Column("rhythm", Text, nullable=False),  # as newsletter.domain.rhythm writes it
    Column("digest", Boolean, nullable=False),
    Column("segment", Text, nullable=False),
    Column("design", Text, nullable=False),  # empty: the studio's
    Column("asks", Boolean, nullable=False),  # the therapist, before it goes
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # when the next one is to leave
    Column("leased_until", UtcDateTime),  # by a worker that is making it
    sqlite_autoincrement=True,
)

edition = Table(
    "edition",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("stream", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("preheader", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("edition_id", Identifier, ForeignKey("edition.id"), nullable=False),
    Column("segment", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),  # why it stands where it stands
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("frozen_through", Identifier, nullable=False, server_default="0"),  # the last subscriber looked at
    Column("frozen_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("served_at", UtcDateTime),  # when it last got a call: campaigns take turns
    Column("rest_of", Identifier),  # a campaign: goes only to those whom that one did not reach
    Index("ix_campaign_open", "state", "due_at"),
    sqlite_autoincrement=True,
)

campaign_article = Table(
    "campaign_article",
    metadata,
    Column("campaign_id", Identifier, ForeignKey("campaign.id"), primary_key=True, autoincrement=False),
    Column("article_id", Identifier, ForeignKey("article.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("reference", Text, unique=True),  # what the source calls it; the same one twice is the same session
    Column("subscriber_id", Identifier, ForeignKey("subscriber.id"), nullable=False, index=True),
    Column("services", JSON, nullable=False),
    Column("practitioner", Text, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reviewed_at", UtcDateTime),
    Column("line", Text, nullable=False, server_default=""),  # hers, until the next mail is composed with it
    Index(
        "ix_session_booked",
        "ended_at",
        sqlite_where=text("state = 'booked'"),
        postgresql_where=text("state = 'booked'"),
    ),
    sqlite_autoincrement=True,
)

# Named after what it is to the mail service; `call` itself is a reserved word of SQL.
provider_call = Table(
    "provider_call",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("edition_id", Identifier, ForeignKey("edition.id"), nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("members", JSON, nullable=False),  # what was frozen of each reader, in the order of the messages
    Column("state", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease_until", UtcDateTime, nullable=False),
    Column("prepared_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),  # of all its mails that are still `sending`: see newsletter.store.ledger
    Column("message_id", Text),  # the service's own, where one stands for all of them
    Column("message_ids", Text),  # or a JSON object: the service's own by the id of the delivery
    Column("reason", Text, nullable=False, server_default=""),
    Index(
        "ix_provider_call_unsettled",
        "lease_until",
        sqlite_where=text("state IN ('open', 'doubtful')"),
        postgresql_where=text("state IN ('open', 'doubtful')"),
    ),
    sqlite_autoincrement=True,
)

_ASKED = text("purpose = 'win_back' AND state NOT IN ('cancelled', 'suppressed')")  # once in a client's life

delivery = Table(
    "delivery",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("campaign_id", Identifier, ForeignKey("campaign.id")),
    Column("session_id", Identifier, ForeignKey("session.id")),
    Column("step", Text),
    Column("subscriber_id", Identifier, ForeignKey("subscriber.id"), nullable=False),
    Column("edition_id", Identifier, ForeignKey("edition.id")),  # a care step is composed when it is due
    Column("planned_version_id", Identifier),  # a plan_version, of a care step
    Column("composed_version_id", Identifier),  # another one, where the plan was edited in between
    Column("stream", Text, nullable=False),
    Column("priority", Integer, nullable=False),  # service 0, care 1, marketing 2: the order of sending
    Column("purpose", Text),  # of an invitation: rebook or win_back
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # planned_at, unless it was postponed or is to be tried again
    Column("expires_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("called_at", UtcDateTime),  # when its latest call was prepared
    Column("accepted_at", UtcDateTime),
    Column("final_at", UtcDateTime),
    Column("provider_call_id", Identifier, ForeignKey("provider_call.id")),
    Column("provider", Text),
    Column("provider_message_id", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    CheckConstraint("campaign_id IS NULL OR session_id IS NULL", name="one_origin"),
    CheckConstraint("(session_id IS NULL) = (step IS NULL)", name="step_of_session"),
    UniqueConstraint("campaign_id", "subscriber_id"),
    UniqueConstraint("session_id", "step"),
    Index(
        "ix_delivery_turn",  # of one campaign, or of none; then who is first
        "campaign_id",
        "priority",
        "due_at",
        "id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
    Index(
        "ix_delivery_doubt",
        "provider_call_id",
        "campaign_id",
        sqlite_where=text("state = 'unknown'"),
        postgresql_where=text("state = 'unknown'"),
    ),
    Index("ix_delivery_person", "subscriber_id"),
    Index("uq_delivery_win_back", "subscriber_id", unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED),
    Index(
        "ix_delivery_care",  # that waits for her
        "subscriber_id",
        "due_at",
        sqlite_where=text("state = 'queued' AND stream = 'care'"),
        postgresql_where=text("state = 'queued' AND stream = 'care'"),
    ),
    sqlite_autoincrement=True,
)

sender = Table(
    "sender",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("resume_at", UtcDateTime, nullable=False),  # nothing is called before this moment
    Column("reason", Text, nullable=False, server_default=""),
    Column("refused_since", UtcDateTime),  # since then, no call has got through
)

# One row a window: what was handed over since it began; "since" counts from the first mail on.
sender_usage = Table(
    "sender_usage",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("used", Integer, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    Column("name", Text, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
)

_READING = text("kind IN ('opened', 'clicked')")

# What mail services told us. A delivery is named by its number alone: what is told of a mail that never was is kept.
event = Table(
    "event",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("key", Text, nullable=False),  # the service's own name for it
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("weight", Integer, nullable=False),  # see newsletter.domain.event
    Column("hard", Boolean, nullable=False),
    Column("machine", Boolean, nullable=False),
    Column("mid", Text, nullable=False),
    Column("delivery_id", Identifier, index=True),
    Column("link", Integer),  # of a click on our own pages: the number in edition_link
    Column("provider_message_id", Text, nullable=False),
    Column("address_hash", Text),  # only where no id of ours tells whose mail it was
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("followed_at", UtcDateTime),
    Column("raw", Text),  # as it came; forgotten after a while
    UniqueConstraint("provider", "key"),
    Index(
        "ix_event_unfollowed",
        "id",
        sqlite_where=text("followed_at IS NULL"),
        postgresql_where=text("followed_at IS NULL"),
    ),
    Index("ix_event_reading", "delivery_id", sqlite_where=_READING, postgresql_where=_READING),
    Index(
        "ix_event_raw", "received_at", sqlite_where=text("raw IS NOT NULL"), postgresql_where=text("raw IS NOT NULL")
    ),
    sqlite_autoincrement=True,
)

# Of services that sign no more than a token: the same one must not vouch for something else later.
hook_token = Table(
    "hook_token",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

# Where reading a service's events stands, when it is asked because it cannot tell us by itself.
poll = Table(
    "poll",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("succeeded_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)
