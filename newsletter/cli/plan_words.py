"""How a care plan is shown: as a document for scripts, in words for people."""

from collections.abc import Iterator
from typing import Any

from newsletter.domain.aftercare import Plan, Step
from newsletter.domain.article_json import blocks_to_json
from newsletter.domain.conditions import in_words
from newsletter.packs.shelf import ShelvedPlan


def plan_summary(shelved: ShelvedPlan) -> dict[str, Any]:
    """A plan in a list: {name, title, language, version, own, file, steps, invitations}."""
    found = shelved.plan
    return {
        "name": found.name,
        "title": found.title,
        "language": found.language,
        "version": found.version,
        "own": shelved.own,
        "file": shelved.file,
        "steps": [step.name for step in found.steps],
        "invitations": [step.name for step in found.invitations],
    }


def plan_document(found: Plan) -> dict[str, Any]:
    """A plan in full: every mail with its time, conditions and words."""
    return {
        "name": found.name,
        "title": found.title,
        "language": found.language,
        "version": found.version,
        "steps": [_step_document(step) for step in found.steps],
        "invitations": [_step_document(step) for step in found.invitations],
    }


def _step_document(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "when": when_words(step),
        "stream": step.stream.value,
        "purpose": step.purpose.value,
        "conditions": list(condition_words(step)),
        "safety": list(step.safety),
        "subject": step.note.subject,
        "preheader": step.note.preheader,
        "title": step.note.title,
        "blocks": blocks_to_json(step.note.blocks),
    }


def lines(found: Plan) -> Iterator[str]:
    """The same, to be read by a person."""
    yield f"{found.title} ({found.name}, {found.language}, version {found.version})"
    for step in (*found.steps, *found.invitations):
        yield ""
        yield f"── {step.name}: {when_words(step)}" + "".join(f"; {each}" for each in condition_words(step))
        yield f"   {step.note.subject}"
        yield f"   {step.note.preheader}"
        for block in step.note.blocks:
            yield ""
            yield f"   {block.text}".replace("\n", "\n   ")


def when_words(step: Step) -> str:
    """When a step is due, from the session's end."""
    if step.by_hand:
        return "by hand only"
    offset = step.offset
    if offset.at is None:
        return f"{offset.hours:g} hours after the end"
    day = "the next day" if offset.days == 1 else f"after {offset.days} days"
    return f"{day} at {offset.at:%H:%M}"


def condition_words(step: Step) -> Iterator[str]:
    """What must hold for a step to be sent, one by one."""
    if step.first_visit_only:
        yield "after a first visit only"
    if step.own_rhythm:
        yield "or when she usually comes"
    if step.weekdays_only:
        yield "on a weekday"
    if step.waits_for_review:
        yield "once you have approved it"
    yield from in_words(step.when)
