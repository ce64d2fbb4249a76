"""Rules on the care plans: when their mails are due, what they say, and what they must not say."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from newsletter.domain.aftercare import Step
from newsletter.domain.care_rules import missing_blocks
from newsletter.domain.claims import findings
from newsletter.domain.subjects import denied_words, subject_findings
from newsletter.errors import SettingsError, TemplateError
from newsletter.packs.loading import load_claim_rules, load_plans, safety_blocks
from subscribers.consent import Stream

PLANS = load_plans("en")
STEPS = [(plan.name, step) for plan in PLANS.values() for step in plan.steps]
EVERY_MAIL = pytest.mark.parametrize(("plan", "step"), STEPS, ids=[f"{plan}, {step.name}" for plan, step in STEPS])
RELAXATION = "plans/en/relaxation.toml"


def test_the_plans_are_those_of_the_timeline() -> None:
    """Each mail at its hour: (name, hours after the end, local days after it, local time)."""
    timeline = {
        plan.name: [(step.name, step.offset.hours, step.offset.days, step.offset.at) for step in plan.steps]
        for plan in PLANS.values()
    }
    same_day, next_morning, day_3 = ("same-day", 3, 0, None), ("next-morning", 0, 1, time(9)), ("day-3", 0, 3, time(10))
    assert timeline == {
        "relaxation": [same_day, day_3],
        "deep-tissue": [same_day, next_morning, day_3],
        "reiki": [same_day],
        "tender": [same_day, next_morning],
    }


def test_only_a_first_relaxing_massage_is_asked_about_on_day_3() -> None:
    """A regular client is left in peace."""
    assert [(plan, step.name) for plan, step in STEPS if step.first_visit_only] == [("relaxation", "day-3")]


@EVERY_MAIL
def test_subject_and_preheader_are_discreet(plan: str, step: Step) -> None:
    """Both can be read on a locked screen."""
    assert subject_findings(step.note.subject, Stream.CARE) == ()
    assert denied_words(step.note.preheader) == ()


@EVERY_MAIL
def test_a_mail_makes_no_claim(plan: str, step: Step) -> None:
    """Neither its words nor its safety blocks promise anything."""
    blocks = safety_blocks(step.safety, country="GB", language="en")
    words = [*step.note.blocks, *(block for safety in blocks for block in safety.blocks)]
    assert findings(words, load_claim_rules("en"), refuse=True) == ()


@EVERY_MAIL
def test_a_mail_carries_the_blocks_that_its_service_needs(plan: str, step: Step) -> None:
    """On every step: nobody opens only the one that held the warning."""
    assert missing_blocks(plan, step.safety) == ()


@EVERY_MAIL
def test_a_mail_is_short_and_its_preheader_neither_short_nor_long(plan: str, step: Step) -> None:
    """90 to 180 words are read to the end; 40 to 130 characters fill the preview."""
    words = " ".join(block.text for block in step.note.blocks).split()
    assert 90 <= len(words) <= 180
    assert 40 <= len(step.note.preheader) <= 130


@EVERY_MAIL
def test_a_mail_is_signed_and_sells_nothing(plan: str, step: Step) -> None:
    """Care is signed by the practitioner, and carries neither a link nor a booking."""
    assert step.stream is Stream.CARE
    assert step.note.blocks[-1].text.endswith("\n[[ practitioner ]]")
    assert {block.type for block in step.note.blocks} <= {"paragraph", "list", "quote"}


def test_a_reiki_mail_says_that_it_takes_the_place_of_no_care() -> None:
    """NCCIH: never instead of or before care."""
    (step,) = PLANS["reiki"].steps
    assert "does not take the place" in " ".join(block.text for block in step.note.blocks)


def test_a_tender_client_can_ask_for_contact_with_one_line() -> None:
    """The words to reply with stand there to be copied."""
    assert any(block.text == "Please check in with me." for block in PLANS["tender"].steps[-1].note.blocks)


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us", "de", ""])
def test_a_language_without_plans_gets_english_and_says_so(language: str) -> None:
    """The note carries the language that it is written in."""
    assert {step.note.language for plan in load_plans(language).values() for step in plan.steps} == {"en"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('title = "Relaxation massage"', "title = 7", "title"),
        ("offset = { hours = 3 }", 'offset = { hours = "three" }', "steps[0].offset.hours"),
        ("offset = { hours = 3 }", "offset = { hours = 3, at = 09:00:00 }", "steps[0].offset.at"),
        ("offset = { hours = 3 }", "", "steps[0].offset"),
        ("first_visit_only = true", "first_visit = true", "steps[1].first_visit"),
        ("first_visit_only = true", 'first_visit_only = "yes"', "steps[1].first_visit_only"),
        ("grace_hours = 24", "grace_hours = -1", "steps[1].grace_hours"),
        ('type = "list"', 'type = "lost"', "steps[0].blocks"),
        ('name = "day-3"', 'name = "same-day"', "steps"),
        ('name = "day-3"', 'name = "day-3"\nstream = "gossip"', "steps[1].stream"),
        ("verified_on = 2026-11-01", 'verified_on = "lately"', "verified_on"),
        ("review_by = 2028-11-01", "", "review_by"),
        ('safety = ["emergency"', 'safety = [1, "emergency"', "steps[0].safety"),
    ],
)
def test_a_fault_names_the_file_and_the_key(
    spoiled: Callable[[str, str, str], Path], old: str, new: str, named: str
) -> None:
    """Whoever writes plans of her own is told where to look."""
    with pytest.raises(SettingsError) as caught:
        load_plans("en", spoiled(RELAXATION, old, new))
    assert RELAXATION in caught.value.message
    assert f"“{named}”" in caught.value.message


def test_an_unknown_slot_names_the_file_and_the_key(spoiled: Callable[[str, str, str], Path]) -> None:
    """A misspelt slot is found when the plan is read, not when the mail is due."""
    with pytest.raises(TemplateError, match=r"relaxation\.toml, “steps\[0\]\.blocks”"):
        load_plans("en", spoiled(RELAXATION, "[[ practitioner ]]", "[[ therapist ]]"))


def test_a_file_that_is_no_toml_is_named(spoiled: Callable[[str, str, str], Path]) -> None:
    """With the line that cannot be read."""
    with pytest.raises(SettingsError, match=r"relaxation\.toml is not TOML.*line"):
        load_plans("en", spoiled(RELAXATION, 'name = "relaxation"', "name = "))
