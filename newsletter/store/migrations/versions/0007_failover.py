"""A mail service keeps since when it has refused every call: after a while another one takes over."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("sender", sa.Column("refused_since", UtcDateTime))
