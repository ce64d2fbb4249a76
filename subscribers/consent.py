"""Consent: for which stream a person may be mailed, on what basis, and since when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from subscribers import jurisdiction
from subscribers.errors import AudienceError

SIGN_UP = "sign-up page"  # the source of a consent that was asked for on our own page, and of whom it brought


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


def offer(
    stream: Stream,
    basis: Basis,
    *,
    country: str,
    source: str,
    at: datetime,
    wording: str = "",
    since: datetime | None = None,
) -> ConsentRecord:
    """A grant made at `at` on `basis`, with the end that the rules of `country` give it.

    `since` is when the basis began (the purchase, the inquiry) if that is earlier. Raises AudienceError where the
    country's rules do not let mail of this stream rest on this basis.
    """
    rules = jurisdiction.of(country)
    if not rules.allows(stream, basis):
        allowed = " or ".join(sorted(rules.bases.get(stream, frozenset()))).replace("_", " ")
        raise AudienceError(
            f"{stream.capitalize()} mail to {country or 'an unknown country'} may not rest on {_words(basis)}.",
            f"It needs: {allowed}.",
        )
    return ConsentRecord(
        stream=stream,
        action=ConsentAction.GRANTED,
        basis=basis,
        source=source,
        wording=wording,
        at=at,
        expires_at=rules.expires_at(basis, since or at),
    )


def grant(latest: ConsentRecord | None, offered: ConsentRecord, *, own_act: bool = False) -> ConsentRecord | None:
    """The entry to append for what is offered (granted, or pending until confirmed), or None where it adds nothing.

    A consent in force is never weakened: not by a pending one, not by a basis below express, not by an earlier end.
    Once withdrawn, only an act of the person herself (`own_act`) counts; otherwise AudienceError.
    """
    if latest is None:
        return offered
    if latest.action is ConsentAction.WITHDRAWN and not own_act:
        raise AudienceError(
            f"She withdrew her consent to {latest.stream} mail on {latest.at:%d %B %Y}.",
            "Only she herself can come back, by signing up and confirming.",
        )
    return offered if _adds(latest, offered) else None


def withdraw(latest: ConsentRecord | None, *, stream: Stream, source: str, at: datetime) -> ConsentRecord | None:
    """The entry to append, or None where it is withdrawn already. It counts even where nothing was ever granted."""
    if latest is not None and latest.action is ConsentAction.WITHDRAWN:
        return None
    basis = latest.basis if latest else Basis.EXPRESS
    return ConsentRecord(stream=stream, action=ConsentAction.WITHDRAWN, basis=basis, source=source, at=at)


def _words(basis: Basis) -> str:
    return f"“{basis.replace('_', ' ')}”"


def _adds(latest: ConsentRecord, offered: ConsentRecord) -> bool:
    if offered.action is not ConsentAction.GRANTED:
        return not in_force(latest, offered.at) and latest.action is not offered.action
    if not in_force(latest, offered.at):
        return True
    if latest.basis is Basis.EXPRESS:
        return offered.basis is Basis.EXPRESS and _lasts_longer(offered, latest)
    return offered.basis is Basis.EXPRESS or _lasts_longer(offered, latest)


def _lasts_longer(offered: ConsentRecord, latest: ConsentRecord) -> bool:
    if latest.expires_at is None:
        return False
    return offered.expires_at is None or offered.expires_at > latest.expires_at
