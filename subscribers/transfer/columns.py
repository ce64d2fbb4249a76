"""Which column of a file holds what: the headings other programs write, in one table."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from subscribers.errors import AudienceError


class Column(StrEnum):
    """What is read of a row. Anything else is left out, birthdays, phone numbers and above all notes: they may hold
    health data, and nothing here needs them."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    TAGS = "tags"
    COUNTRY = "country"
    LANGUAGE = "language"
    TIMEZONE = "timezone"
    ATTRIBUTES = "attributes"  # listmonk's JSON
    STATUS = "status"
    UNSUBSCRIBED = "unsubscribed"  # filled in, but for "no", for those who left: a moment in Mailchimp, True in Square
    CLEANED = "cleaned"  # Mailchimp: filled in where mail bounced for good
    BLOCKED = "blocked"  # yes for whom Brevo blocklists, Acuity bans and Square takes no booking of
    AGREED_AT = "agreed_at"  # when she filled in a form, or confirmed: the evidence of her consent
    CONFIRMED = "confirmed"  # Brevo: yes where she confirmed by mail
    ADDED_AT = "added_at"  # Brevo: when that was, near enough


_HEADINGS = {
    Column.EMAIL: """email, e mail, email address, e mail address, mail, mail address, address email, emailaddress,
        primary email, customer email, client email, subscriber email, contact email, e mail 1 value, e mail 1,
        e mail adresse, email adresse, mailadresse, adresse e mail, adresse email, adresse mail, courriel,
        adresse courriel, adresse electronique, correo, correo electronico, direccion de correo electronico, e posta""",
    Column.NAME: """name, full name, fullname, customer name, client name, client, contact name, display name,
        subscriber name, contact, vollstandiger name, kunde, kundin, nom complet, client nom, nombre completo,
        nombre y apellidos, nom et prenom""",
    Column.FIRST_NAME: """first name, firstname, first, fname, given name, givenname, forename, vorname, prenom, nombre,
        nombre de pila""",
    Column.LAST_NAME: """last name, lastname, last, lname, surname, family name, familyname, nachname, familienname,
        zuname, nom, nom de famille, apellido, apellidos""",
    Column.TAGS: "tags, tag, labels, label, groups, group, gruppe, gruppen, schlagworte, etiquettes, etiquetas, grupos",
    Column.COUNTRY: "country, country code, countrycode, cc, land, landercode, pays, code pays, pais, codigo de pais",
    Column.LANGUAGE: "language, lang, locale, sprache, langue, idioma, lengua",
    Column.TIMEZONE: "timezone, time zone, tz, zeitzone, fuseau horaire, zona horaria, huso horario",
    Column.ATTRIBUTES: "attributes",
    Column.STATUS: """status, state, subscription status, subscriber status, email subscription status, email status,
        email marketing status, email marketing, accepts email marketing, marketing status, subscribed, opt in,
        email opt in, contact status, newsletter, statut, estado, suppressed, subscriber state""",
    Column.UNSUBSCRIBED: """unsub time, unsubscribe time, unsubscribed at, unsubscribe date, abgemeldet am,
        email unsubscribed, unsubscribed, cancelled at""",
    Column.CLEANED: "clean time, cleaned at, bounced at, hard bounced at",
    Column.BLOCKED: """email blacklisted, email blocklisted, blacklisted, blocklisted, emailblacklisted, banned,
        blocked from online booking""",
    # No "consent date": in a massage practice that is the consent to a treatment.
    Column.AGREED_AT: "optin time, opt in time, optin date, opt in date, opted in at, confirmed at, double opt in at",
    Column.CONFIRMED: "double opt in, doubleoptin",
    Column.ADDED_AT: "added time, added at",
}
# Where a file has addresses of houses, "state" is one of their lines.
_OF_A_HOUSE = frozenset({"city", "town", "zip", "zip code", "postal code", "postcode", "street", "street address 1"})
_STATE = "state"
_CONFIRMED = "confirmed at"  # an appointment, perhaps, unless the file knows of subscribers
_COLUMN = {heading.strip(): column for column, text in _HEADINGS.items() for heading in text.split(",")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where each column stands (from 0), how many columns there are, their headings, and those that are left out."""

    positions: dict[Column, int]
    width: int
    left_out: tuple[str, ...]
    headings: tuple[str, ...] = ()

    @property
    def has_evidence(self) -> bool:
        """Whether any of its columns may tell of a consent."""
        return Column.AGREED_AT in self.positions or Column.CONFIRMED in self.positions


def read_headings(cells: Sequence[str]) -> Layout:
    """Raises AudienceError, with the headings found, where none of them names an address. Of two columns with the same
    meaning the first is read."""
    positions: dict[Column, int] = {}
    left_out = []
    headings = [_plain(cell) for cell in cells]
    has_houses = not _OF_A_HOUSE.isdisjoint(headings)
    for position, (cell, heading) in enumerate(zip(cells, headings, strict=True)):
        column = None if has_houses and heading == _STATE else _COLUMN.get(heading)
        if column is not None and column not in positions:
            positions[column] = position
        elif cell.strip():
            left_out.append(cell.strip())
    if Column.STATUS not in positions and _is_confirmed(positions, headings):
        left_out.append(cells[positions.pop(Column.AGREED_AT)].strip())
    if Column.EMAIL not in positions:
        raise _no_address(cells)
    return Layout(
        positions=positions,
        width=len(cells),
        left_out=tuple(left_out),
        headings=tuple(cell.strip() for cell in cells),
    )


def _is_confirmed(positions: dict[Column, int], headings: Sequence[str]) -> bool:
    return Column.AGREED_AT in positions and headings[positions[Column.AGREED_AT]] == _CONFIRMED


def recognised(cells: Sequence[str]) -> int:
    """How many of the cells are headings that are understood."""
    return sum(_plain(cell) in _COLUMN for cell in cells)


def column_of(heading: str) -> Column | None:
    """What a single heading means, if it is understood."""
    return _COLUMN.get(_plain(heading))


def _plain(heading: str) -> str:
    """Without accents, punctuation and capitals: "E-Mail_Adresse " is "e mail adresse"."""
    decomposed = unicodedata.normalize("NFKD", heading[:200])
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]+", " ", letters).casefold().split())


def _no_address(cells: Sequence[str]) -> AudienceError:
    found = ", ".join(f"“{cell.strip()[:40]}”" for cell in cells[:20] if cell.strip()) or "nothing"
    if any("@" in cell for cell in cells):
        return AudienceError(
            "The first row holds an address where the headings belong.",
            "Put a row of headings above it, such as: email, name.",
        )
    return AudienceError(
        f"No column for the email address was found; the first row has: {found}.",
        "Call that column “email”. Others that are understood: name, first name, last name, tags, country, language, "
        "timezone, status.",
    )
