"""What a mail of a plan must not lack, and must not say; ours are held to it by the tests, a studio's own by this."""

import re
from collections.abc import Iterator, Sequence

from newsletter.domain.aftercare import Plan, Step
from newsletter.domain.care_rules import missing_blocks, unknown_blocks
from newsletter.domain.claims import findings
from newsletter.domain.finding import Finding, Severity
from newsletter.domain.subjects import discretion_findings, subject_findings
from newsletter.errors import TemplateError
from newsletter.packs.claim_rules import load_claim_rules
from newsletter.packs.shelf import ShelvedPlan
from subscribers.consent import Stream

_SELLING = re.compile(r"https?://|\bwww\.|[€£$]\s?\d|\d\s?(?:€|£|EUR\b|USD\b)", re.IGNORECASE)
_PREHEADER = range(40, 131)
_MOST_WORDS = 250


def plan_findings(plan: Plan) -> Iterator[tuple[Step, Finding]]:
    """Everything there is to say about the mails of a plan, step by step."""
    for step in (*plan.steps, *plan.invitations):
        for finding in step_findings(plan, step):
            yield step, finding


def step_findings(plan: Plan, step: Step) -> Iterator[Finding]:
    """Errors keep the mail from being composed; the rest is advice."""
    yield from subject_findings(step.note.subject, Stream.CARE)  # an invitation is as telling as a care mail
    yield from discretion_findings(step.note.preheader, Stream.CARE, rule="safety.preheader", place="The preview line")
    yield from findings(step.note.blocks, load_claim_rules(step.note.language), refuse=True)
    if step.stream is Stream.CARE:
        yield from _care_findings(plan, step)
    yield from _form(step)


def languages_left_behind(shelved: Sequence[ShelvedPlan]) -> Iterator[tuple[ShelvedPlan, Finding]]:
    """A plan of ours that the studio changed in one language only: clients who read another get ours as it was."""
    for own in (each for each in shelved if each.own):
        others = sorted(each.plan.language for each in shelved if not each.own and each.plan.name == own.plan.name)
        if others:
            message = f"It is changed in {own.plan.language} only; clients who read {', '.join(others)} get ours."
            yield (
                own,
                _advice("safety.language", message, f"If they should not: plan copy {own.plan.name} --language .."),
            )


def require_sound(plan: Plan, step: Step) -> None:
    """Raises TemplateError for a mail that must not go out as it is, with the first thing that is wrong."""
    for finding in step_findings(plan, step):
        if finding.severity is Severity.ERROR:
            place = f" In “{finding.where}”." if finding.where else ""
            raise TemplateError(
                f"The mail “{step.name}” of the plan {plan.name} ({step.note.language}) is not sent: "
                f"{finding.message}{place}",
                finding.suggestion or "Change its words; plan check shows every such place.",
            )


def _care_findings(plan: Plan, step: Step) -> Iterator[Finding]:
    if absent := missing_blocks(plan.name, step.safety):
        yield _error("safety.block", f"It lacks the safety block {', '.join(absent)}.", "Add it to “safety”.")
    if unknown := unknown_blocks(step.safety):
        yield _error("safety.block", f"There is no safety block {', '.join(unknown)}.", "Take it out of “safety”.")
    for block in step.note.blocks:
        if sold := _SELLING.search(block.text):
            yield _error(
                "links.care",
                "A care mail carries neither a price nor the address of a page: that makes it marketing.",
                "Move it to an invitation, or leave it out.",
                where=sold.group(),
            )


def _form(step: Step) -> Iterator[Finding]:
    if len(step.note.preheader) not in _PREHEADER:
        yield _advice("subject.preheader", f"The preview line has {len(step.note.preheader)} characters.", "40 to 130.")
    words = sum(len(block.text.split()) for block in step.note.blocks)
    if words > _MOST_WORDS:
        yield _advice("text.length", f"The letter has {words} words.", "Up to 180 are read to the end.")
    if not any("[[ practitioner" in block.text for block in step.note.blocks):
        yield _advice("text.signature", "The letter is not signed.", "End it with [[ practitioner ]].")


def _error(rule: str, message: str, suggestion: str, where: str = "") -> Finding:
    return Finding(severity=Severity.ERROR, rule=rule, message=message, where=where, suggestion=suggestion)


def _advice(rule: str, message: str, suggestion: str) -> Finding:
    return Finding(severity=Severity.ADVICE, rule=rule, message=message, suggestion=suggestion)
