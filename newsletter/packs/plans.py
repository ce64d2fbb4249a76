"""One care plan, read from its file: a pack of ours, or a studio's own, which has the same form."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256

from newsletter.domain.aftercare import CareNote, Offset, Plan, Purpose, Step
from newsletter.domain.article import CallToAction
from newsletter.domain.conditions import Condition
from newsletter.domain.slots import split
from newsletter.errors import TemplateError
from newsletter.packs.document import PackTable
from newsletter.packs.letters import read_letter
from subscribers.consent import Stream

_PLAN_KEYS = ("name", "title", "language", "safety", "sources", "verified_on", "review_by", "steps", "invitations")
_OFFSET_KEYS = ("hours", "days", "at")
_NOTE_KEYS = ("subject", "preheader", "title", "letter")
_SHARED_KEYS = ("name", "offset", "grace_hours", "when", "by_hand", "weekdays_only")
_STEP_KEYS = (*_SHARED_KEYS, *_NOTE_KEYS, "reply", "first_visit_only", "safety", "waits_for_review")
_INVITATION_KEYS = (*_SHARED_KEYS, *_NOTE_KEYS, "purpose", "own_rhythm", "words")
_CONDITION_LISTS = ("services", "practitioners", "flags", "without_flags", "without_tags")
_CONDITION_KEYS = ("visit_from", "visit_to", *_CONDITION_LISTS)
_USUAL_GRACE = 20.0  # hours, as newsletter.domain.aftercare.Step has it
_MOST_HOURS = 24 * 366 * 2  # a longer offset is a slip of the finger

SharedNotes = Mapping[str, CareNote]


def read_plan(document: PackTable, content: bytes, language: str, shared: SharedNotes) -> Plan:
    """The plan in a file; `shared` are the notes that its invitations may name.

    Raises SettingsError or TemplateError, naming the file and the key.
    """
    document.check_keys(_PLAN_KEYS)
    safety = document.texts("safety")
    steps = tuple(_step(table, language, safety) for table in document.tables("steps"))
    invitations = tuple(_invitation(table, language, shared) for table in document.tables("invitations"))
    names = [step.name for step in (*steps, *invitations)]
    if not steps or len(set(names)) != len(names):
        raise document.fault("steps", "is empty, or has two steps of one name")
    return Plan(
        name=document.text("name"),
        title=document.text("title"),
        steps=steps,
        invitations=invitations,
        language=language,
        version=sha256(content).hexdigest()[:8],
    )


def read_note(table: PackTable, language: str) -> CareNote:
    """Subject, preheader, title and letter of one mail, and the reply that it offers."""
    for key in _NOTE_KEYS:
        _check_slots(table, key)
    return CareNote(
        subject=table.text("subject"),
        preheader=table.text("preheader"),
        title=table.text("title"),
        blocks=read_letter(table.text("letter")),
        language=language,
        reply=table.text("reply", ""),
    )


def _step(table: PackTable, language: str, safety: tuple[str, ...]) -> Step:
    table.check_keys(_STEP_KEYS)
    note = read_note(table, language)
    if any(isinstance(block, CallToAction) for block in note.blocks):
        raise table.fault("letter", "has a button, and a care mail never sells", "Move it to an invitation.")
    return Step(
        name=table.text("name"),
        offset=_offset(table.table("offset")),
        note=note,
        first_visit_only=table.flag("first_visit_only"),
        grace=_grace(table),
        safety=table.texts("safety") or safety,
        when=_condition(table),
        by_hand=table.flag("by_hand"),
        weekdays_only=table.flag("weekdays_only"),
        waits_for_review=table.flag("waits_for_review"),
    )


def _invitation(table: PackTable, language: str, shared: SharedNotes) -> Step:
    table.check_keys(_INVITATION_KEYS)
    purpose = _purpose(table)
    return Step(
        name=table.text("name", purpose.value.replace("_", "-")),
        offset=_offset(table.table("offset")),
        note=_invitation_note(table, language, shared),
        stream=Stream.MARKETING,
        grace=_grace(table),
        purpose=purpose,
        when=_condition(table),
        by_hand=table.flag("by_hand"),
        weekdays_only=table.flag("weekdays_only"),
        own_rhythm=table.flag("own_rhythm"),
    )


def _invitation_note(table: PackTable, language: str, shared: SharedNotes) -> CareNote:
    """Its own words, or those that all plans share."""
    if "words" not in table.values:
        return read_note(table, language)
    if both := [key for key in _NOTE_KEYS if key in table.values]:
        raise table.fault("words", f"does not go together with {both[0]}", "Keep one of them.")
    if (name := table.text("words")) not in shared:
        raise table.fault("words", f"is “{name}”; there are {', '.join(shared)}")
    return shared[name]


def _purpose(table: PackTable) -> Purpose:
    known = [Purpose.REBOOK.value, Purpose.WIN_BACK.value]
    if table.text("purpose") not in known:
        raise table.fault("purpose", f"is none of {', '.join(known)}")
    return Purpose(table.text("purpose"))


def _offset(table: PackTable) -> Offset:
    table.check_keys(_OFFSET_KEYS)
    hours, days, at = table.number("hours"), table.number("days"), table.clock_time("at")
    if (at is None and days) or (at is not None and hours) or not days.is_integer():
        raise table.fault("at", "does not fit: give hours alone, or whole days together with at")
    if hours + 24 * days > _MOST_HOURS:
        raise table.fault("days" if days else "hours", "is more than two years")
    return Offset(hours=hours, days=int(days), at=at)


def _grace(table: PackTable) -> timedelta:
    hours = table.number("grace_hours", _USUAL_GRACE)
    if hours > _MOST_HOURS:
        raise table.fault("grace_hours", "is more than two years")
    return timedelta(hours=hours)


def _condition(table: PackTable) -> Condition:
    if "when" not in table.values:
        return Condition()
    when = table.table("when")
    when.check_keys(_CONDITION_KEYS)
    first, last = when.number("visit_from", 1), when.number("visit_to") if "visit_to" in when.values else None
    if not first.is_integer() or first < 1:
        raise when.fault("visit_from", "is not a whole number from 1 on")
    if last is not None and (not last.is_integer() or last < first):
        raise when.fault("visit_to", "is not a whole number from visit_from on")
    return Condition(
        visit_from=int(first),
        visit_to=None if last is None else int(last),
        **{key: frozenset(when.texts(key)) for key in _CONDITION_LISTS},
    )


def _check_slots(table: PackTable, key: str) -> None:
    try:
        split(table.text(key))
    except TemplateError as error:
        place = f"{table.path}.{key}"
        raise TemplateError(f"The {table.noun} {table.file}, “{place}”: {error.message}", error.remedy) from error
