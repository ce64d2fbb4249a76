"""An email address as its identity: the one spelling under which a person is known."""

import re

from subscribers.errors import AudienceError

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))  # what web pages and spreadsheets leave
_SHOWN = 80

# Most addresses are plain, and this is some thirty times faster than the full rules. It accepts only what they accept
# too: short enough that no part can be too long, no double hyphen (IDNA), no domain reserved by RFC 6761.
_PLAIN_LENGTH = 64
_PLAIN = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,}"
)

_MISTYPED = {
    wrong: right
    for right, wrongs in {
        "gmail.com": "gmial.com gamil.com gmai.com gmal.com gmil.com gnail.com gmaill.com gmail.con gmail.cmo",
        "googlemail.com": "googlemial.com goglemail.com googlemail.con",
        "hotmail.com": "hotmial.com hotmal.com hotmai.com hotamil.com hotmail.con hotnail.com",
        "outlook.com": "outlok.com outllok.com outlook.con outloook.com",
        "yahoo.com": "yaho.com yahooo.com yhaoo.com yahoo.con",
        "icloud.com": "iclod.com icoud.com iclould.com icloud.con",
    }.items()
    for wrong in wrongs.split()
}


def normalise(text: str) -> str:
    """The address in lower case, its domain in ASCII (IDNA), without what copying left around it.

    Two spellings of one mailbox become equal: mail services do not tell `Anna@` from `anna@`, whatever RFC 5321 allows.
    Raises AudienceError for what is no address, for letters mail services do not carry (before the @), and for an
    evident slip such as gmial.com. Whether the mailbox exists is not asked.
    """
    address = _bare(text)
    if len(address) > _PLAIN_LENGTH or not _PLAIN.fullmatch(address):
        address = _by_the_full_rules(address)
    local, _, domain = address.rpartition("@")
    if domain in _MISTYPED:
        raise AudienceError(
            f"“{address}” looks mistyped: did you mean {local}@{_MISTYPED[domain]}?",
            "Correct it, or ask the person.",
        )
    return address


def _bare(text: str) -> str:
    address = (
        (text if text.isascii() else text.translate(_INVISIBLE)).strip().lower()
    )  # not casefold: straße.de is not strasse.de
    if address.startswith("mailto:"):
        address = address.removeprefix("mailto:")
    if address.startswith("<") and address.endswith(">"):
        address = address[1:-1].strip()
    return address


def _by_the_full_rules(address: str) -> str:
    # Imported here: it brings a DNS library along, which every command would wait for and few commands need.
    from email_validator import EmailNotValidError, validate_email

    if not address:
        raise AudienceError("There is no email address.", "Give one such as anna@example.com.")
    shown = address if len(address) <= _SHOWN else address[:_SHOWN] + "…"
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, UnicodeError) as error:
        raise AudienceError(f"“{shown}” is not an email address: {error}", "Correct it, or leave it out.") from error
    return (found.ascii_email or found.normalized).lower()
