"""The safety blocks, read from their pack with the numbers of the client's country put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from newsletter.domain.aftercare import SafetyBlock
from newsletter.domain.article import Block, ListBlock, ListItem, Paragraph, Span, inline
from newsletter.packs.document import PACKS, PackTable, available_language, read_document

_WORD_KEYS = ("no_number", "two_numbers", "directory")
_BLOCK_KEYS = ("name", "title", "urgent", "opening", "signs", "closing", "source", "verified_on", "review_by")
_SIGN_KEYS = ("text", "source", "verified_on", "review_by")
_LINE_KEYS = ("name", "number", "source", "verified_on", "review_by")
_NUMBER_KEYS = ("number", "other", "source", "verified_on", "review_by")
_DIRECTORY_KEYS = ("name", "address", "url", "source", "verified_on", "review_by")
_EMERGENCY, _CRISIS = "{emergency}", "{crisis}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Help:
    """Whom to call in one country: the words that stand for {emergency}, and the items that stand for {crisis}."""

    emergency: str
    lines: tuple[ListItem, ...]


def safety_blocks(
    names: Sequence[str], *, country: str | None, language: str, packs: Traversable = PACKS
) -> tuple[SafetyBlock, ...]:
    """The blocks of these names, in this order, with the numbers of `country` (ISO 3166-1 alpha-2).

    Where the country is not known they point to a directory of helplines and give no number at all.
    Raises SettingsError for a name that no block has, or for a fault in the packs.
    """
    spoken = available_language("safety", language, packs)
    pack = read_document(f"safety/{spoken}.toml", packs)
    tables = {table.text("name"): table for table in pack.tables("blocks")}
    if unknown := [name for name in names if name not in tables]:
        raise pack.fault("blocks", f"has none named {', '.join(unknown)}; there are {', '.join(tables)}")
    help_there = _help(country, pack.table("words"), read_document("crisis_lines.toml", packs))
    return tuple(_safety_block(tables[name], help_there, spoken) for name in names)


def _safety_block(table: PackTable, help_there: _Help, language: str) -> SafetyBlock:
    table.check_keys(_BLOCK_KEYS)
    table.check_provenance()
    return SafetyBlock(
        name=table.text("name"),
        title=table.text("title"),
        blocks=_blocks(table, help_there),
        urgent=table.flag("urgent"),
        language=language,
    )


def _blocks(table: PackTable, help_there: _Help) -> tuple[Block, ...]:
    opening = Paragraph(spans=inline(table.text("opening").replace(_EMERGENCY, help_there.emergency)))
    closing = Paragraph(spans=inline(table.text("closing", "").replace(_EMERGENCY, help_there.emergency)))
    items = tuple(item for sign in table.tables("signs") for item in _items(sign, help_there))
    signs = ListBlock(items=items)
    return tuple(block for block in (opening, signs, closing) if block.text)


def _items(sign: PackTable, help_there: _Help) -> tuple[ListItem, ...]:
    sign.check_keys(_SIGN_KEYS)
    if "verified_on" in sign.values:
        sign.check_provenance()
    text = sign.text("text")
    return help_there.lines if text == _CRISIS else (ListItem(spans=inline(text)),)


def _help(country: str | None, words: PackTable, pack: PackTable) -> _Help:
    words.check_keys(_WORD_KEYS)
    countries = pack.table("countries")
    code = (country or "").upper()
    lines: tuple[PackTable, ...] = ()
    if code in countries.values:
        there = countries.table(code)
        emergency, lines = _number(there, words), there.tables("lines")
    elif code in pack.table("european").texts("countries"):
        emergency = _number(pack.table("european"), words)
    else:
        emergency = words.text("no_number")
    return _Help(
        emergency=emergency,
        lines=tuple(_line(line) for line in lines) or (_directory(pack.table("directory"), words),),
    )


def _number(table: PackTable, words: PackTable) -> str:
    emergency = table.table("emergency")
    emergency.check_keys(_NUMBER_KEYS)
    emergency.check_provenance()
    number = emergency.text("number")
    if "other" not in emergency.values:
        return number
    return words.text("two_numbers").replace("{number}", number).replace("{other}", emergency.text("other"))


def _line(table: PackTable) -> ListItem:
    table.check_keys(_LINE_KEYS)
    table.check_provenance()
    return ListItem(spans=inline(f"{table.text('name')}: {table.text('number')}"))


def _directory(table: PackTable, words: PackTable) -> ListItem:
    table.check_keys(_DIRECTORY_KEYS)
    table.check_provenance()
    before, address, after = words.text("directory").partition("{address}")
    if not address:
        raise words.fault("directory", "has no {address}")
    spans = (
        Span(text=before.replace("{name}", table.text("name"))),
        Span(text=table.text("address"), href=table.text("url")),
        Span(text=after),
    )
    return ListItem(spans=tuple(span for span in spans if span.text))
