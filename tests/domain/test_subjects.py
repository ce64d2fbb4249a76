"""Rules on subjects: discreet and honest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.finding import Severity
from newsletter.domain.subjects import denied_words, discretion_findings, subject_findings
from subscribers.consent import Stream


def rules_of(subject: str, stream: Stream = Stream.CARE) -> list[str]:
    return [finding.rule for finding in subject_findings(subject, stream)]


@pytest.mark.parametrize(
    "subject",
    [
        "After your massage",
        "Your deep-tissue session",
        "Your deep tissue session",
        "Reiki, and after",
        "How is your back?",
        "Those shoulders",
        "You and your pregnancy",
        "If you felt tearful",
        "ANXIETY and you",
        "Still sore?",
        "Nach der Rückenmassage",
        "Ihre Schwangerschaft",
        "Comment va votre épaule ?",
        "Tu embarazo",
        "ＰＡＩＮ",
    ],
)
def test_a_care_subject_with_a_telling_word_is_refused(subject: str) -> None:
    """A service, a body part, a pregnancy, an emotion or a symptom tells whoever glances at the phone."""
    (finding,) = [finding for finding in subject_findings(subject, Stream.CARE) if finding.rule == "safety.subject"]
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(
    "subject",
    [
        "A few words after your visit",
        "Welcome back",
        "See you on the other hand of the week",
        "Heads up about Tuesday",
        "Birthday tea at the studio",
        "A note on skincare parking",
        "Breadth and depth",
        "[[ first_name | Hello ]], a short note",
    ],
)
def test_everyday_words_are_left_in_peace(subject: str) -> None:
    """Only whole words count, and “back” is a body part only where it is somebody's."""
    assert rules_of(subject) == []


@pytest.mark.parametrize(
    ("stream", "severity"), [(Stream.MARKETING, Severity.ADVICE), (Stream.SERVICE, Severity.WARNING)]
)
def test_other_streams_are_only_told(stream: Stream, severity: Severity) -> None:
    """A newsletter goes to everybody, and a confirmation may have to name the studio."""
    (finding,) = subject_findings("Why massage is quiet", stream)
    assert (finding.rule, finding.severity) == ("safety.subject", severity)


def test_one_finding_names_all_telling_words() -> None:
    """One note for one subject."""
    assert denied_words("Massage, grief and massage") == ("massage", "grief")
    assert rules_of("Massage and grief") == ["safety.subject"]


def test_what_a_slot_falls_back_to_is_read() -> None:
    """A reader without a name sees the default."""
    assert denied_words("Hello [[ first_name | sore one ]]") == ("sore",)


def test_a_preheader_is_held_to_the_same_words() -> None:
    """It stands beside the subject on the locked screen."""
    (finding,) = discretion_findings("Your knees", Stream.CARE, rule="safety.preheader", place="The preheader")
    assert (finding.rule, finding.severity) == ("safety.preheader", Severity.ERROR)


@pytest.mark.parametrize(
    ("subject", "rule"),
    [
        ("", "subject.empty"),
        ("  ", "subject.empty"),
        ("x" * 61, "subject.length"),
        ("GOOD NEWS for you", "subject.capitals"),
        ("HELLO", "subject.capitals"),
        ("Come in!", "subject.exclamation"),
        ("Re: our talk", "subject.honest"),
        ("AW: Termin", "subject.honest"),
        ("One line\nBcc: all@example.com", "subject.line_break"),
    ],
)
def test_what_looks_like_unwanted_mail_is_named(subject: str, rule: str) -> None:
    """In every stream: empty, long, loud, or a reply that is none."""
    assert rule in rules_of(subject, Stream.MARKETING)


@pytest.mark.parametrize(
    "subject", ["x" * 60, "From the NHS and the UK", "李雪梅 様へ", "Reading: a list", "[[ first_name ]]"]
)
def test_ordinary_subjects_pass(subject: str) -> None:
    """Abbreviations, scripts without capitals and a slot alone are fine."""
    assert rules_of(subject, Stream.MARKETING) == []


@given(st.text(max_size=200), st.sampled_from(Stream))
def test_no_subject_upsets_the_rules(subject: str, stream: Stream) -> None:
    """Whatever is typed, the answer is findings with a next step."""
    assert all(finding.suggestion for finding in subject_findings(subject, stream))
