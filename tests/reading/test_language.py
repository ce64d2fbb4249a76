"""The language of a text is guessed with caution."""

import pytest

from newsletter.reading.language import guess_language, language_tag


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("After a massage, drink water and rest.", "en"),
        ("", "en"),
        ("12345 !?", "en"),
        ("Massage Reiki Yoga", "en"),
        ("Nach der Massage ist es gut, wenn Sie sich ausruhen und viel trinken.", "de"),
        ("Après le massage, il est bon de boire de l’eau et de se reposer dans le calme pour les muscles.", "fr"),
        ("Después del masaje es bueno beber agua y descansar en un lugar tranquilo para los músculos.", "es"),
        ("بعد التدليك اشرب الماء واسترح", "ar"),
        ("אחרי העיסוי כדאי לשתות מים", "he"),
        ("मालिश के बाद पानी पिएं", "hi"),
        ("หลังการนวดควรดื่มน้ำ", "th"),
        ("マッサージの後は水を飲みましょう", "ja"),
        (
            "The word “Gemütlichkeit” is German, and we use it for the calm that you feel with the people you like.",
            "en",
        ),
    ],
)
def test_the_language_is_guessed(text: str, language: str) -> None:
    """By script, else by common words; English where nothing is clear."""
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        *(("en", "en"), ("en_US", "en-US"), ("DE-at", "de-AT"), ("zh-Hant-TW", "zh-Hant-TW"), ("", None), (None, None)),
        *(("english language", None), ("x", None)),
    ],
)
def test_what_a_document_says_becomes_a_tag(said: str | None, tag: str | None) -> None:
    """Only what looks like a BCP 47 tag is taken."""
    assert language_tag(said) == tag
