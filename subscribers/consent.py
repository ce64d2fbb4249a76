"""Consent: for which stream a person may be mailed, on what basis, and since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stream(StrEnum):
    """A rebook link, a price, a review ask or a referral makes a mail marketing; care never carries one."""

    MARKETING = "marketing"
    CARE = "care"
    SERVICE = "service"  # confirmations a person asked for: needs no consent, still obeys suppression


class Basis(StrEnum):
    """Why mailing is allowed. Names follow CASL (implied), UK PECR (soft opt-in) and GDPR art. 6 and 9 (express)."""

    EXPRESS = "express"
    IMPLIED_PURCHASE = "implied_purchase"
    IMPLIED_INQUIRY = "implied_inquiry"
    SOFT_OPT_IN = "soft_opt_in"
    RELATIONSHIP = "relationship"


class ConsentAction(StrEnum):
    GRANTED = "granted"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """One entry of the append-only ledger; the latest of a stream is the one in force. Times are UTC."""

    stream: Stream
    action: ConsentAction
    basis: Basis
    source: str
    wording: str = ""
    at: datetime
    expires_at: datetime | None = None


def in_force(record: ConsentRecord | None, now: datetime) -> bool:
    """Whether the latest record of a stream allows mailing at `now` (aware)."""
    return (
        record is not None
        and record.action is ConsentAction.GRANTED
        and (record.expires_at is None or now < record.expires_at)
    )
