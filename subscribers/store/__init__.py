"""Every query about the audience. Functions take a Connection, return domain objects and never commit."""

from subscribers.store.bulk import undo_import
from subscribers.store.eligibility import (
    consent_action,
    consent_in_force,
    eligible,
    in_segment,
    suppressed,
    suppression_reason,
)
from subscribers.store.ledger import (
    consents,
    current,
    erase,
    grant,
    hash_of,
    lift,
    suppress,
    suppressions,
    withdraw,
)
from subscribers.store.people import (
    add,
    add_tags,
    count,
    find,
    get,
    iterate,
    page,
    readmit,
    remove_tags,
    update_details,
)

__all__ = [
    "add",
    "add_tags",
    "consent_action",
    "consent_in_force",
    "consents",
    "count",
    "current",
    "eligible",
    "erase",
    "find",
    "get",
    "grant",
    "hash_of",
    "in_segment",
    "iterate",
    "lift",
    "page",
    "readmit",
    "remove_tags",
    "suppress",
    "suppressed",
    "suppression_reason",
    "suppressions",
    "undo_import",
    "update_details",
    "withdraw",
]
