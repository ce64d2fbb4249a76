"""Rules on our care plans, in every language: when their mails are due, what they say, and what they must not say."""

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from newsletter.domain.aftercare import Plan, Purpose, Step
from newsletter.domain.care_rules import SERVICES, missing_blocks
from newsletter.domain.claims import findings
from newsletter.domain.finding import Severity
from newsletter.errors import SettingsError, TemplateError
from newsletter.packs.loading import load_claim_rules, load_plans, plan_findings, safety_blocks
from newsletter.packs.shelf import languages
from subscribers.consent import Stream

LANGUAGES = languages()
PLANS = load_plans("en")
ALL = [plan for language in LANGUAGES for plan in load_plans(language).values()]
CARE = [pytest.param(plan, step, id=f"{plan.language} {plan.name} {step.name}") for plan in ALL for step in plan.steps]
INVITATIONS = [
    pytest.param(plan, step, id=f"{plan.language} {plan.name} {step.name}") for plan in ALL for step in plan.invitations
]
EVERY_CARE_MAIL = pytest.mark.parametrize(("plan", "step"), CARE)
EVERY_INVITATION = pytest.mark.parametrize(("plan", "step"), INVITATIONS)
EVERY_MAIL = pytest.mark.parametrize(("plan", "step"), [*CARE, *INVITATIONS])
RELAXATION = "plans/en/relaxation.toml"
BY_HAND = ("lymphatic", "prenatal")


def test_there_is_a_plan_for_every_service_and_the_tender_path_in_four_languages() -> None:
    """Nobody is left with the words of another service, or of another tongue."""
    assert LANGUAGES == ["de", "en", "es", "fr"]
    for language in LANGUAGES:
        plans = load_plans(language)
        assert set(plans) == {*SERVICES, "tender"}
        assert {plan.language for plan in plans.values()} == {language}


def test_the_care_mails_are_those_of_the_timeline() -> None:
    """Each mail at its hour: (name, hours after the end, local days after it, local time)."""
    timeline = {
        plan.name: [(step.name, step.offset.hours, step.offset.days, step.offset.at) for step in plan.steps]
        for plan in PLANS.values()
    }
    same_day, next_morning, day_3 = ("same-day", 3, 0, None), ("next-morning", 0, 1, time(9)), ("day-3", 0, 3, time(10))
    assert timeline == {
        "relaxation": [same_day, day_3],
        "deep-tissue": [same_day, next_morning, day_3],
        "trigger-point": [same_day, next_morning, day_3],
        "sports": [same_day, next_morning, day_3],
        "hot-stone": [same_day, next_morning],
        "cupping": [same_day, next_morning, day_3],
        "lymphatic": [same_day, next_morning],
        "prenatal": [same_day, next_morning],
        "reiki": [same_day],
        "tender": [same_day, next_morning],
    }


def test_the_invitations_are_those_of_the_timeline() -> None:
    """(the first day, and the last on which it may still go out), but for those that are sent by hand."""
    rebooks = {
        plan.name: (step.offset.days, step.offset.days + step.grace.days)
        for plan in PLANS.values()
        for step in plan.invitations
        if step.purpose is Purpose.REBOOK and not step.by_hand
    }
    assert rebooks == {
        "relaxation": (21, 28),
        "deep-tissue": (14, 21),
        "trigger-point": (14, 21),
        "sports": (14, 21),
        "hot-stone": (28, 35),
        "cupping": (21, 28),
        "reiki": (28, 35),
    }


def test_after_ninety_days_there_is_one_more_note_and_then_silence() -> None:
    """Never where only the practitioner knows how things stand, and never after a tender session."""
    won_back = {plan.name: [step for step in plan.invitations if step.purpose is Purpose.WIN_BACK] for plan in ALL}
    assert {name for name, steps in won_back.items() if not steps} == {*BY_HAND, "tender"}
    assert {step.offset.days for steps in won_back.values() for step in steps} == {90}
    assert all(len(steps) <= 1 for steps in won_back.values())


@EVERY_INVITATION
def test_an_invitation_is_marketing_and_leads_to_the_booking_page(plan: Plan, step: Step) -> None:
    """Its words name no service, so that none can be read from them."""
    assert step.stream is Stream.MARKETING
    assert "call_to_action" in {block.type for block in step.note.blocks}
    assert step.by_hand is (plan.name in BY_HAND)
    assert step.by_hand or (step.weekdays_only and step.own_rhythm is (step.purpose is Purpose.REBOOK))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_has_the_same_times_and_rules_in_every_language(language: str) -> None:
    """Only the words differ."""
    for name, plan in load_plans(language).items():
        english = [_without_words(step) for step in (*PLANS[name].steps, *PLANS[name].invitations)]
        assert [_without_words(step) for step in (*plan.steps, *plan.invitations)] == english


def _without_words(step: Step) -> tuple[object, ...]:
    rules = (step.first_visit_only, step.by_hand, step.waits_for_review, step.weekdays_only, step.own_rhythm, step.when)
    return (step.name, step.offset, step.grace, step.purpose, step.safety, *rules, bool(step.note.reply))


def test_only_a_first_relaxing_massage_is_asked_about_on_day_3() -> None:
    """A regular client is left in peace."""
    first_only = {(plan.name, step.name) for plan in ALL for step in plan.steps if step.first_visit_only}
    assert first_only == {("relaxation", "day-3")}


def test_every_mail_after_a_tender_session_waits_for_the_practitioner() -> None:
    """She was there; no clock knows what was."""
    waiting = {(plan.name, step.name) for plan in ALL for step in plan.steps if step.waits_for_review}
    assert waiting == {("tender", "same-day"), ("tender", "next-morning")}


@EVERY_MAIL
def test_a_mail_is_as_it_must_be(plan: Plan, step: Step) -> None:
    """Discreet, without a claim, a price or an address, with its safety blocks: what plan check asks of anybody's."""
    assert [finding for each, finding in plan_findings(plan) if each is step] == []


@EVERY_CARE_MAIL
def test_its_safety_blocks_make_no_claim_either(plan: Plan, step: Step) -> None:
    """And none of those that the service needs is missing, on any step: nobody opens only the one that held it."""
    blocks = safety_blocks(step.safety, country="GB", language=plan.language)
    words = [block for safety in blocks for block in safety.blocks]
    assert findings(words, load_claim_rules(plan.language), refuse=True) == ()
    assert missing_blocks(plan.name, step.safety) == ()


@EVERY_MAIL
def test_a_mail_is_short_and_signed(plan: Plan, step: Step) -> None:
    """It is read to the end, and by whom it is written is its last line."""
    words = " ".join(block.text for block in step.note.blocks).split()
    assert (60 if step.purpose is not Purpose.CARE else 85) <= len(words) <= 190
    assert step.note.blocks[-1].text.endswith("\n[[ practitioner ]]")


@EVERY_CARE_MAIL
def test_a_care_mail_sells_nothing(plan: Plan, step: Step) -> None:
    """It carries neither a button nor a link."""
    assert step.stream is Stream.CARE
    assert {block.type for block in step.note.blocks} <= {"paragraph", "list", "quote"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "does not take the place"),
        ("de", "ersetzt auch keine"),
        ("fr", "n’en remplace aucun"),
        ("es", "no sustituye"),
    ],
)
def test_a_reiki_mail_says_that_it_takes_the_place_of_no_care(language: str, words: str) -> None:
    """NCCIH: never instead of or before care."""
    (step,) = load_plans(language)["reiki"].steps
    assert words in " ".join(block.text for block in step.note.blocks)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tender_client_can_ask_for_contact_with_one_tap(language: str) -> None:
    """The words to reply with are on the button, and stand there to be copied."""
    note = load_plans(language)["tender"].steps[-1].note
    assert note.reply
    assert any(block.type == "quote" and block.text == note.reply for block in note.blocks)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('title = "Relaxation massage"', "title = 7", "title"),
        ("offset = { hours = 3 }", 'offset = { hours = "three" }', "steps[0].offset.hours"),
        ("offset = { hours = 3 }", "offset = { hours = 3, at = 09:00:00 }", "steps[0].offset.at"),
        ("offset = { hours = 3 }", "offset = { hours = 30000 }", "steps[0].offset.hours"),
        ("offset = { hours = 3 }", "", "steps[0].offset"),
        ("first_visit_only = true", "first_visit = true", "steps[1].first_visit"),
        ("first_visit_only = true", 'first_visit_only = "yes"', "steps[1].first_visit_only"),
        ("first_visit_only = true", "when = { visit_from = 0 }", "steps[1].when.visit_from"),
        ("first_visit_only = true", "when = { visit_from = 3, visit_to = 2 }", "steps[1].when.visit_to"),
        ("first_visit_only = true", 'when = { practitioner = "Mara" }', "steps[1].when.practitioner"),
        ("grace_hours = 24", "grace_hours = -1", "steps[1].grace_hours"),
        ("- Move gently.", "-> Book now.\n- Move gently.", "steps[0].letter"),
        ('name = "day-3"', 'name = "same-day"', "steps"),
        ('purpose = "rebook"', 'purpose = "gossip"', "invitations[0].purpose"),
        ('words = "rebook"', 'words = "rebuke"', "invitations[0].words"),
        ('words = "rebook"', 'words = "rebook"\ntitle = "Hello"', "invitations[0].words"),
        ("verified_on = 2026-11-01", 'verified_on = "lately"', "verified_on"),
        ("review_by = 2028-11-01", "", "review_by"),
        ('safety = ["emergency"', 'safety = [1, "emergency"', "safety"),
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
    with pytest.raises(TemplateError, match=r"relaxation\.toml, “steps\[0\]\.letter”"):
        load_plans("en", spoiled(RELAXATION, "[[ practitioner ]]", "[[ therapist ]]"))


def test_a_file_that_is_no_toml_is_named(spoiled: Callable[[str, str, str], Path]) -> None:
    """With the line that cannot be read."""
    with pytest.raises(SettingsError, match=r"relaxation\.toml is not TOML.*line"):
        load_plans("en", spoiled(RELAXATION, 'name = "relaxation"', "name = "))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("A few words after your visit", "After your massage", "safety.subject"),
        ("Small, easy things", "For your sore back, small things", "safety.preheader"),
        ("A short walk is plenty.", "It flushes toxins out of the muscles.", "claims.toxins"),
        ("A short walk is plenty.", "See www.juniper.example for more.", "links.care"),
        ("A short walk is plenty.", "The next one costs £40.", "links.care"),
        ('safety = ["emergency", "clot", "general"]', 'safety = ["emergency", "general"]', "safety.block"),
        ('safety = ["emergency", "clot"', 'safety = ["emergency", "clot", "cloth"', "safety.block"),
    ],
)
def test_what_must_not_go_out_is_an_error(
    spoiled: Callable[[str, str, str], Path], old: str, new: str, rule: str
) -> None:
    """The mail is not composed, and plan check says why."""
    plan = load_plans("en", spoiled(RELAXATION, old, new))["relaxation"]
    errors = {finding.rule for _, finding in plan_findings(plan) if finding.severity is Severity.ERROR}
    assert errors == {rule}
