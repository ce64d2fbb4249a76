"""The care plans, read from their packs."""

from datetime import timedelta
from importlib.resources.abc import Traversable

from newsletter.domain.aftercare import CareNote, Offset, Plan, Step
from newsletter.domain.article import Block
from newsletter.domain.article_json import blocks_from_json
from newsletter.domain.slots import split
from newsletter.errors import InputError, TemplateError
from newsletter.packs.document import PACKS, PackTable, available_language, documents
from subscribers.consent import Stream

_PLAN_KEYS = ("name", "title", "sources", "verified_on", "review_by", "steps")
_OFFSET_KEYS = ("hours", "days", "at")
_STEP_KEYS = (
    *("name", "offset", "stream", "first_visit_only", "grace_hours", "safety"),
    *("subject", "preheader", "title", "blocks"),
)
_USUAL_GRACE = 20.0  # hours, as newsletter.domain.aftercare.Step has it


def load_plans(language: str, packs: Traversable = PACKS) -> dict[str, Plan]:
    """Every plan by its name, in `language` (a BCP 47 tag) or else in English; the notes say which.

    Raises SettingsError or TemplateError, naming the file and the key.
    """
    written_in = available_language("plans", language, packs)
    plans = [_plan(pack, written_in) for pack in documents(f"plans/{written_in}", packs)]
    return {plan.name: plan for plan in plans}


def _plan(pack: PackTable, language: str) -> Plan:
    pack.check_keys(_PLAN_KEYS)
    pack.check_provenance()
    steps = tuple(_step(table, language) for table in pack.tables("steps"))
    if not steps or len({step.name for step in steps}) != len(steps):
        raise pack.fault("steps", "is empty, or has two steps of one name")
    return Plan(name=pack.text("name"), title=pack.text("title"), steps=steps)


def _step(table: PackTable, language: str) -> Step:
    table.check_keys(_STEP_KEYS)
    return Step(
        name=table.text("name"),
        offset=_offset(table.table("offset")),
        note=_note(table, language),
        stream=_stream(table),
        first_visit_only=table.flag("first_visit_only"),
        grace=timedelta(hours=table.number("grace_hours", _USUAL_GRACE)),
        safety=table.texts("safety"),
    )


def _offset(table: PackTable) -> Offset:
    table.check_keys(_OFFSET_KEYS)
    hours, days, at = table.number("hours"), table.number("days"), table.clock_time("at")
    if (at is None and days) or (at is not None and hours) or not days.is_integer():
        raise table.fault("at", "does not fit: give hours alone, or whole days together with at")
    return Offset(hours=hours, days=int(days), at=at)


def _stream(table: PackTable) -> Stream:
    try:
        return Stream(table.text("stream", Stream.CARE.value))
    except ValueError as error:
        raise table.fault("stream", f"is none of {', '.join(Stream)}") from error


def _note(table: PackTable, language: str) -> CareNote:
    blocks = _blocks(table)
    for key in ("subject", "preheader", "title"):
        _check_slots(table, key, table.text(key))
    for block in blocks:
        _check_slots(table, "blocks", block.text)
    return CareNote(
        subject=table.text("subject"),
        preheader=table.text("preheader"),
        title=table.text("title"),
        blocks=blocks,
        language=language,
    )


def _blocks(table: PackTable) -> tuple[Block, ...]:
    try:
        return blocks_from_json([dict(block.values) for block in table.tables("blocks")])
    except InputError as error:
        raise table.fault("blocks", f"cannot be read: {error}") from error


def _check_slots(table: PackTable, key: str, text: str) -> None:
    try:
        split(text)
    except TemplateError as error:
        place = f"{table.path}.{key}"
        raise TemplateError(f"The pack {table.file}, “{place}”: {error.message}", error.remedy) from error
