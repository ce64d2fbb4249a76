"""The tables of bookings: what programs told of them, whom to ask, which calendars to read, what she has to see to."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint, text

from subscribers.tables import Identifier, UtcDateTime, metadata

# Append-only, but for what is forgotten: what stands of a booking follows from all its notices, in whatever order.
booking_notice = Table(
    "booking_notice",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("replaces", Text, nullable=False, server_default=""),
    Column("standing", Text),
    Column("addresses", JSON, nullable=False),
    Column("service", Text, nullable=False),
    Column("practitioner", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("received_at", UtcDateTime, nullable=False),
    Column("followed_at", UtcDateTime),
    UniqueConstraint("source", "key"),
    Index("ix_booking_notice_reference", "reference"),
    Index("ix_booking_notice_replaces", "replaces"),
    Index(
        "ix_booking_notice_unfollowed",
        "id",
        sqlite_where=text("followed_at IS NULL"),
        postgresql_where=text("followed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

# Whom each notice names, to be found again and forgotten.
booking_address = Table(
    "booking_address",
    metadata,
    Column("email", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Bookings of which a program has more to tell.
booking_lookup = Table(
    "booking_lookup",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),  # when its program last said that there is something new
    Column("due_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("fault", Text, nullable=False, server_default=""),
    Index("ix_booking_lookup_due_at", "due_at"),
)

# When each source last told anything, repeated or not.
booking_source = Table(
    "booking_source",
    metadata,
    Column("source", Text, primary_key=True),
    Column("heard_at", UtcDateTime, nullable=False),
)

calendar = Table(
    "calendar",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("url", Text, nullable=False, unique=True),  # a secret: whoever knows it can read the calendar
    Column("etag", Text, nullable=False, server_default=""),
    Column("modified", Text, nullable=False, server_default=""),
    Column("added_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("polled_at", UtcDateTime),
    Column("read_at", UtcDateTime),  # when it last came as a whole
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("fault", Text, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# What only the therapist can decide about a booking.
task = Table(
    "task",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("message", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("retry_at", UtcDateTime),  # when it is looked at again; never, where only she can close it
    Column("dismissed_at", UtcDateTime),
    sqlite_autoincrement=True,
)
