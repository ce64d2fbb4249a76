"""The tables of tracking: where the links of an edition lead, and what readers wish."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text

from subscribers.tables import Identifier, UtcDateTime, metadata

# An address in a mail names a number of this table, never a target.
edition_link = Table(
    "edition_link",
    metadata,
    Column("edition_id", Identifier, ForeignKey("edition.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
)

# Whether a reader allows that what she opens and follows is noted, in the words she was asked with.
tracking_wish = Table(
    "tracking_wish",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("allowed", Boolean, nullable=False),
    Column("wording", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
