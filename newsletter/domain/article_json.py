"""The JSON form of an article: what scripts read, what the store keeps, what packs of care texts are written in.

A block's words stand in its plain keys (`text`, `items`, `rows`); `spans` joins them only where these cannot say it
all: a style, a link, a quoted title. So a person can write a block by hand, and no block loses anything.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from newsletter.domain.article import (
    Article,
    Block,
    CallToAction,
    Code,
    Heading,
    Image,
    Inline,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Rule,
    Span,
    Table,
    inline,
    plain,
)
from newsletter.errors import InputError

Json = dict[str, Any]
_MARKS = ("strong", "emphasis", "code", "cites")


def article_to_json(article: Article) -> Json:
    """The article under the names that scripts rely on; `mentions` repeats the quoted titles found in the blocks."""
    return {
        "title": article.title,
        "dek": article.dek,
        "date": article.date.isoformat() if article.date else None,
        "author": article.author,
        "language": article.language,
        "source": article.source,
        "blocks": blocks_to_json(article.blocks),
        "mentions": list(article.mentions),
    }


def article_from_json(data: Mapping[str, Any]) -> Article:
    """The article again, equal to the one that was written; keys it does not know are left alone.

    Raises InputError that names the place of what cannot be read.
    """
    data = _mapping(data, "the article")
    return Article(
        title=_text(data, "title", ""),
        dek=_optional_text(data, "dek", ""),
        date=_date(data),
        author=_optional_text(data, "author", ""),
        language=_optional_text(data, "language", "") or "en",
        source=_optional_text(data, "source", "") or "",
        blocks=blocks_from_json(data.get("blocks", [])),
    )


def blocks_to_json(blocks: Sequence[Block]) -> list[Json]:
    return [_block_to_json(block) for block in blocks]


def blocks_from_json(data: Sequence[Any]) -> tuple[Block, ...]:
    """Blocks, full or in the plain form: `text` alone, `items` and `rows` of strings.

    Raises InputError that names the place, such as blocks[2].level.
    """
    return tuple(_block(item, f"blocks[{index}]") for index, item in enumerate(_list(data, "blocks")))


def _block_to_json(block: Block) -> Json:
    shared: Json = {"type": block.type, "text": block.text}
    match block:
        case Heading(spans=spans, level=level):
            return shared | {"level": level} | _styled(spans)
        case Paragraph(spans=spans):
            return shared | _styled(spans)
        case CallToAction(spans=spans, href=href):
            return shared | {"href": href} | _styled(spans)
        case Related(href=href):
            return shared | {"href": href}
        case Image():
            return shared | _image_to_json(block)
        case ListBlock():
            return shared | _list_to_json(block)
        case Quote():
            return shared | _quote_to_json(block)
        case Table():
            return shared | _table_to_json(block)
        case Code() | Rule():
            return shared


def _image_to_json(block: Image) -> Json:
    size = {"width": block.width, "height": block.height} if block.width and block.height else {}
    return {"src": block.src, "alt": block.alt, "href": block.href, "caption": block.caption} | size


def _styled(spans: Inline) -> Json:
    return {} if spans == inline(plain(spans)) else {"spans": _spans_to_json(spans)}


def _list_to_json(block: ListBlock) -> Json:
    data: Json = {"ordered": block.ordered, "items": [plain(item.spans) for item in block.items]}
    if any(item.level for item in block.items):
        data["levels"] = [item.level for item in block.items]
    if any(item.ordered is not None for item in block.items):
        data["ordered_items"] = [item.ordered for item in block.items]
    if any(_styled(item.spans) for item in block.items):
        data["spans"] = [_spans_to_json(item.spans) for item in block.items]
    return data


def _quote_to_json(block: Quote) -> Json:
    data: Json = {"attribution": block.attribution} if block.attribution is not None else {}
    if block.paragraphs != _quoted(block.text):
        data["spans"] = [_spans_to_json(spans) for spans in block.paragraphs]
    return data


def _table_to_json(block: Table) -> Json:
    data: Json = {"header": block.header, "rows": [[plain(cell) for cell in row] for row in block.rows]}
    if any(_styled(cell) for row in block.rows for cell in row):
        data["spans"] = [[_spans_to_json(cell) for cell in row] for row in block.rows]
    return data


def _spans_to_json(spans: Inline) -> list[Json]:
    return [
        {"text": span.text}
        | ({} if span.href is None else {"href": span.href})
        | {mark: True for mark in _MARKS if getattr(span, mark)}
        for span in spans
    ]


def _block(value: object, place: str) -> Block:
    data = _mapping(value, place)
    name = _text(data, "type", place)
    if name not in _READERS:
        raise InputError(f"{place}.type is “{name}”.", f"Use one of: {', '.join(_READERS)}.")
    return _READERS[name](data, place)


def _heading(data: Json, place: str) -> Heading:
    level = _whole(data.get("level", 2), f"{place}.level", lowest=1, highest=6)
    return Heading(spans=_inline(data, place), level=level)


def _paragraph(data: Json, place: str) -> Paragraph:
    return Paragraph(spans=_inline(data, place))


def _call_to_action(data: Json, place: str) -> CallToAction:
    return CallToAction(spans=_inline(data, place), href=_optional_text(data, "href", place))


def _related(data: Json, place: str) -> Related:
    return Related(text=_text(data, "text", place), href=_optional_text(data, "href", place))


def _image(data: Json, place: str) -> Image:
    alt, href, caption = (_optional_text(data, key, place) for key in ("alt", "href", "caption"))
    width, height = (_pixels(data.get(name), f"{place}.{name}") for name in ("width", "height"))
    return Image(src=_text(data, "src", place), alt=alt, href=href, caption=caption, width=width, height=height)


def _code(data: Json, place: str) -> Code:
    return Code(text=_text(data, "text", place))


def _rule(_data: Json, _place: str) -> Rule:
    return Rule()


def _list_block(data: Json, place: str) -> ListBlock:
    items = _runs(data, "items", place)
    levels = _list(data.get("levels", [0] * len(items)), f"{place}.levels")
    if len(levels) != len(items):
        raise InputError(f"{place}.levels has {len(levels)} entries for {len(items)} items.", "Give one level an item.")
    counted = _list(data.get("ordered_items", [None] * len(items)), f"{place}.ordered_items")
    if len(counted) != len(items) or not all(each is None or isinstance(each, bool) for each in counted):
        raise InputError(f"{place}.ordered_items does not fit its items.", "Give true, false or null for each item.")
    return ListBlock(
        items=tuple(
            ListItem(spans=spans, level=_whole(level, f"{place}.levels[{index}]"), ordered=ordered)
            for index, (spans, level, ordered) in enumerate(zip(items, levels, counted, strict=True))
        ),
        ordered=_flag(data, "ordered", place),
    )


def _quote(data: Json, place: str) -> Quote:
    paragraphs = _runs(data, "spans", place) if "spans" in data else _quoted(_text(data, "text", place))
    return Quote(paragraphs=paragraphs, attribution=_optional_text(data, "attribution", place))


def _table(data: Json, place: str) -> Table:
    key = "spans" if "spans" in data else "rows"
    rows = _list(data.get(key), f"{place}.{key}")
    return Table(
        rows=tuple(_row(row, f"{place}.{key}[{index}]") for index, row in enumerate(rows)),
        header=_flag(data, "header", place),
    )


_READERS: dict[str, Callable[[Json, str], Block]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "list": _list_block,
    "quote": _quote,
    "image": _image,
    "table": _table,
    "code": _code,
    "rule": _rule,
    "related": _related,
    "call_to_action": _call_to_action,
}


def _quoted(text: str) -> tuple[Inline, ...]:
    return tuple(inline(paragraph) for paragraph in text.split("\n\n"))


def _runs(data: Json, plain_key: str, place: str) -> tuple[Inline, ...]:
    """The runs of spans of a block that has several: from `spans` where given, else from its plain texts."""
    key = "spans" if "spans" in data else plain_key
    return _row(data.get(key), f"{place}.{key}")


def _row(value: object, place: str) -> tuple[Inline, ...]:
    return tuple(_run(run, f"{place}[{index}]") for index, run in enumerate(_list(value, place)))


def _inline(data: Json, place: str) -> Inline:
    return _run(data["spans"], f"{place}.spans") if "spans" in data else inline(_text(data, "text", place))


def _run(value: object, place: str) -> Inline:
    """A bare text, or a list of spans."""
    if isinstance(value, str):
        return inline(value)
    return tuple(_span(span, f"{place}[{index}]") for index, span in enumerate(_list(value, place)))


def _span(value: object, place: str) -> Span:
    data = _mapping(value, place)
    marks = {mark: _flag(data, mark, place) for mark in _MARKS}
    return Span(text=_text(data, "text", place), href=_optional_text(data, "href", place), **marks)


def _date(data: Json) -> date | None:
    text = _optional_text(data, "date", "")
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise InputError(f"date is “{text}”.", "Write it as YYYY-MM-DD, or null.") from error


def _mapping(value: object, place: str) -> Json:
    if not isinstance(value, Mapping):
        raise InputError(f"{place} is {_kind(value)}.", "Give an object with named values there.")
    return dict(value)


def _list(value: object, place: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise InputError(f"{place} is {_kind(value)}.", "Give a list there.")
    return list(value)


def _text(data: Json, key: str, place: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise InputError(f"{_named(place, key)} is {_kind(value)}.", "Give a text there.")
    return value


def _optional_text(data: Json, key: str, place: str) -> str | None:
    return None if data.get(key) is None else _text(data, key, place)


def _flag(data: Json, key: str, place: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise InputError(f"{_named(place, key)} is {_kind(value)}.", "Give true or false there.")
    return value


def _pixels(value: object, place: str) -> int | None:
    return None if value is None else _whole(value, place, lowest=1, highest=100_000)


def _whole(value: object, place: str, lowest: int = 0, highest: int = 20) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise InputError(f"{place} is {value!r:.40}.", f"Give a whole number from {lowest} to {highest}.")
    return value


def _named(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _kind(value: object) -> str:
    kinds = {type(None): "missing", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "a list" if isinstance(value, list) else "an object")
