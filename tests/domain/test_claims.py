"""Rules on claims: what is named as a medical promise, and what is left in peace."""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.article import (
    Article,
    Block,
    Code,
    Heading,
    Image,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Related,
    Span,
    inline,
)
from newsletter.domain.claims import ClaimRule, findings
from newsletter.domain.finding import Severity
from newsletter.packs.loading import load_claim_rules

CHECKOUT = Path(__file__).parents[2]
FILES = {language: f"claims_corpus_{language}.toml" for language in ("en", "de", "fr", "es")}
EVERY_LANGUAGE = pytest.mark.parametrize("language", FILES)
RULES = load_claim_rules("en")
CURES = ClaimRule(
    name="claims.cures",
    patterns=(re.compile(r"\bcur(?:e|es|ed)\b", re.IGNORECASE),),
    unless=(re.compile("ham"),),
    message="Readers may take this as a medical promise.",
    suggestion="You could say less.",
    denials=RULES[0].denials,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Promises with the rule that has to name them, and sentences that only look like promises."""

    promises: list[tuple[str, str]]
    harmless: list[str]


def read_corpus(file: str) -> Corpus:
    read = tomllib.loads((Path(__file__).parent / "data" / file).read_text(encoding="utf-8"))
    promises = [(rule, sentence) for rule, sentences in read["promises"].items() for sentence in sentences]
    return Corpus(promises=promises, harmless=read["harmless"]["sentences"])


CORPORA = {language: read_corpus(file) for language, file in FILES.items()}


def paragraph(text: str) -> Paragraph:
    return Paragraph(spans=inline(text))


def rules_named(*blocks: Block, rules: tuple[ClaimRule, ...] = (CURES,)) -> list[str]:
    return [finding.rule for finding in findings(blocks, rules, refuse=False)]


def test_the_english_corpus_is_large_and_every_corpus_is_even() -> None:
    """Percentages of a handful would mean nothing."""
    assert len(CORPORA["en"].promises) + len(CORPORA["en"].harmless) >= 200
    for corpus in CORPORA.values():
        assert 0.8 <= len(corpus.promises) / len(corpus.harmless) <= 1.25


@EVERY_LANGUAGE
def test_at_most_one_promise_in_twenty_is_missed(language: str) -> None:
    """Each promise of the corpus is named, by the rule that it stands under."""
    corpus, rules = CORPORA[language], load_claim_rules(language)
    missed = [text for rule, text in corpus.promises if rule not in rules_named(paragraph(text), rules=rules)]
    assert len(missed) <= 0.05 * len(corpus.promises), missed


@EVERY_LANGUAGE
def test_at_most_one_harmless_sentence_in_twenty_is_named(language: str) -> None:
    """Denials, questions, quotations and everyday words are not promises."""
    corpus, rules = CORPORA[language], load_claim_rules(language)
    named = [text for text in corpus.harmless if rules_named(paragraph(text), rules=rules)]
    assert len(named) <= 0.05 * len(corpus.harmless), named


@EVERY_LANGUAGE
def test_every_rule_of_the_pack_has_sentences_in_the_corpus(language: str) -> None:
    """A rule that no sentence tries could be broken without anybody noticing."""
    assert {rule.name for rule in load_claim_rules(language)} == {rule for rule, _ in CORPORA[language].promises}


@pytest.mark.parametrize(
    ("sentence", "rule", "country", "elsewhere"),
    [
        ("Leave a five-star review and get ten percent off.", "claims.review_gating", "US", "GB"),
        ("Read the testimonials on my website.", "claims.testimonial", "CA", "US"),
        ("Massage eases back pain.", "claims.physical_effect", "GB", "CA"),
    ],
)
def test_a_countrys_own_rule_is_for_that_country_and_for_an_unknown_one(
    sentence: str, rule: str, country: str, elsewhere: str
) -> None:
    """Where nobody knows the country, the strictest pack applies."""

    def named_in(code: str) -> list[str]:
        return rules_named(paragraph(sentence), rules=load_claim_rules("en", code))

    assert (named_in(country), named_in(""), named_in(elsewhere)) == ([rule], [rule], [])


def test_the_reference_article_gets_the_notes_that_it_needs() -> None:
    """Stored feelings, healing, trauma and Reiki are named, and nothing else is."""
    path = CHECKOUT.parent / "shared" / "articles" / "why-am-i-crying-after-a-massage.txt"
    if not path.exists():
        pytest.skip("the reference article is not beside this checkout")
    blocks = [paragraph(text) for text in path.read_text(encoding="utf-8").split("\n\n")]
    assert Counter(rules_named(*blocks, rules=RULES)) == {
        "claims.stored": 8,
        "claims.heals": 6,
        "claims.trauma": 1,
        "claims.reiki_origin": 1,
        "claims.reiki_outcome": 1,
    }


def test_a_finding_quotes_the_sentence_says_why_and_offers_other_words() -> None:
    """The therapist sees her own sentence, not the paragraph around it."""
    (finding,) = findings([paragraph("It was raining. Massage cures all. I sang.")], [CURES], refuse=False)
    assert finding.where == "Massage cures all."
    assert (finding.message, finding.suggestion) == (CURES.message, CURES.suggestion)


@pytest.mark.parametrize(("refuse", "severity"), [(True, Severity.ERROR), (False, Severity.WARNING)])
def test_a_care_mail_is_refused_where_an_article_is_only_noted(refuse: bool, severity: Severity) -> None:
    """A newsletter is hers to send; a care mail does not go out with a promise."""
    assert findings([paragraph("Massage cures all.")], [CURES], refuse=refuse)[0].severity is severity


def test_the_title_and_the_dek_of_an_article_are_read_too() -> None:
    """Nobody reads anything before the title."""
    article = Article(title="The cure", dek="One more cure.", blocks=(paragraph("And a last cure."),))
    assert [finding.where for finding in findings(article, [CURES], refuse=False)] == [
        "The cure",
        "One more cure.",
        "And a last cure.",
    ]


@pytest.mark.parametrize(
    "block",
    [
        Heading(spans=inline("The cure")),
        ListBlock(items=(ListItem(spans=inline("a cure")),)),
        Quote(paragraphs=(inline("She cured me."),)),
        Image(src="a.png", alt="a cure"),
    ],
)
def test_every_block_with_words_of_hers_is_read(block: Block) -> None:
    """A testimonial promises as much as a paragraph."""
    assert rules_named(block) == ["claims.cures"]


@pytest.mark.parametrize(
    "block",
    [
        Code(text="cure()"),
        Related(text="Is there a cure?"),
        Paragraph(spans=(Span(text="Read "), Span(text="The Cure", cites=True), Span(text="."))),
    ],
)
def test_code_and_the_titles_of_other_posts_are_not_read(block: Block) -> None:
    """They are not what this article says."""
    assert rules_named(block) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("This is not painful, it cures.", True),
        ("This not only soothes but cures.", True),
        ("No doubt this cures.", True),
        ("Don't wait: massage cures.", True),
        ("This does not diagnose, treat or cure.", False),
        ("A cure is not what I offer.", False),
        ("I never cured anybody, and ham is cured.", False),
        ("Massage cures. That is simply not so.", False),
        ("They say that it is a myth that massage cures, but it's true.", True),
        ("Massage cures. No. Stop saying so.", False),
        ("Massage cures. It isn't expensive.", True),
        ("Reality: first, massage does not cure.", False),
        ("If massage cured, we would not need hospitals.", False),
        ("Too many therapists tell people that they cure.", False),
        ("Is there a cure?", False),
        ("Did you know that there is a cure?", True),
    ],
)
def test_a_denial_reaches_to_the_end_of_its_clause(text: str, named: bool) -> None:
    """What is denied, taken back or asked is no promise; what only stands near a “not” is one."""
    assert bool(rules_named(paragraph(text))) is named


def test_a_heading_may_be_taken_back_by_the_paragraph_below_it() -> None:
    """Articles that clear up myths state each of them first."""
    assert rules_named(Heading(spans=inline("Massage cures")), paragraph("No. It never has.")) == []


def test_a_place_is_named_once() -> None:
    """Two rules that find the same words give one note."""
    again = ClaimRule(
        name="claims.again", patterns=CURES.patterns, message="Again.", suggestion="Less.", denials=CURES.denials
    )
    assert rules_named(paragraph("Massage cures."), rules=(CURES, again)) == ["claims.cures"]


def test_a_very_long_sentence_is_shown_shortened() -> None:
    """A note stays readable, and a text without full stops does no harm."""
    text = "toxins and trauma and reiki " * 5_000
    assert all(len(finding.where) <= 200 for finding in findings([paragraph(text)], RULES, refuse=False))


@given(st.text(max_size=300))
def test_no_text_upsets_the_rules(text: str) -> None:
    """Whatever is pasted, the answer is a tuple of findings with a place."""
    assert all(finding.where for finding in findings([paragraph(text)], RULES, refuse=True))
