"""The audience's tables, and the metadata that every other table of the store joins.

Text that may be unknown (a name, a time zone) is empty rather than NULL. NULL says that a thing does not exist: an
erased address, a consent without an end. States are plain text, so that a new one needs no rebuilt table.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is exactly INTEGER.
Identifier = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, UTC inside: timestamptz on PostgreSQL, text of one width on SQLite, so that it sorts there.

    A naive datetime is refused rather than guessed at.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the store keeps aware datetimes only.")
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        assert isinstance(moment, datetime)  # noqa: S101 -- tells mypy what both branches give
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


import_batch = Table(
    "import_batch",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("added", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    Column("undone_at", UtcDateTime),
    sqlite_autoincrement=True,
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("email", Text, unique=True),
    Column("address_hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, default="", server_default=""),
    Column("timezone", Text, nullable=False, default="", server_default=""),
    Column("country", Text, nullable=False, default="", server_default=""),
    Column("language", Text, nullable=False, default="", server_default=""),
    Column("frequency", Text, nullable=False, default="", server_default=""),  # how many newsletters she wishes for
    Column("source", Text, nullable=False, default="", server_default=""),
    Column("import_batch_id", Identifier, ForeignKey("import_batch.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("changed_at", UtcDateTime),  # when somebody last changed her details, imports aside
    CheckConstraint("(email IS NULL) = (erased_at IS NOT NULL)", name="erased_has_no_email"),
    Index("ix_subscriber_wishes", "id", sqlite_where=text("frequency <> ''"), postgresql_where=text("frequency <> ''")),
    sqlite_autoincrement=True,  # an id is never used twice: deliveries and logs name people by it
)

subscriber_tag = Table(
    "subscriber_tag",
    metadata,
    Column("subscriber_id", Identifier, ForeignKey("subscriber.id"), primary_key=True, autoincrement=False),
    Column("tag", Text, primary_key=True),
    Index(None, "tag", "subscriber_id"),
    sqlite_with_rowid=False,
)

# Append-only: the row with the highest id of a stream is the one that counts.
consent = Table(
    "consent",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("subscriber_id", Identifier, ForeignKey("subscriber.id"), nullable=False),
    Column("stream", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("source", Text, nullable=False, default="", server_default=""),
    Column("wording", Text, nullable=False, default="", server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("import_batch_id", Identifier),  # the import that brought it
    Index(None, "subscriber_id", "stream", "id"),
    sqlite_autoincrement=True,
)

# What an import changed of people who were there already, and whom it suppressed: so that it can be undone.
import_change = Table(
    "import_change",
    metadata,
    Column("import_batch_id", Identifier, ForeignKey("import_batch.id"), primary_key=True, autoincrement=False),
    Column("subscriber_id", Identifier, ForeignKey("subscriber.id"), primary_key=True, autoincrement=False, index=True),
    Column("what", Text, primary_key=True),  # a field that was empty, "tag" or "suppression"
    Column("value", Text, primary_key=True, default="", server_default=""),  # the tag, or what is suppressed
    Column("before", Text, nullable=False, default="", server_default=""),  # the suppression that stood there, as JSON
    sqlite_with_rowid=False,
)

# Keyed by the hash of the address and not by the subscriber, so that it outlives an erasure.
suppression = Table(
    "suppression",
    metadata,
    Column("address_hash", Text, primary_key=True),
    Column("stream", Text, primary_key=True),  # 'all' or a stream
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False, default="", server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # when it ends by itself, if it does
    Index(None, "until", sqlite_where=text("until IS NOT NULL"), postgresql_where=text("until IS NOT NULL")),
    sqlite_with_rowid=False,
)
