"""What the store knows of itself."""

import secrets

from sqlalchemy import Connection, insert, select

from newsletter.store.tables import meta

_STORE_ID = "store_id"


def store_id(connection: Connection) -> str:
    """A random name of this store, made with it: our message ids begin with it and so are nobody else's."""
    found: str = connection.execute(select(meta.c.value).where(meta.c.key == _STORE_ID)).scalar_one()
    return found


def name_store(connection: Connection) -> None:
    """Gives a new store its name; an old one keeps its own."""
    if connection.execute(select(meta.c.value).where(meta.c.key == _STORE_ID)).scalar() is None:
        connection.execute(insert(meta).values(key=_STORE_ID, value=secrets.token_hex(6)))
