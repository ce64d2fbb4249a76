"""Templates: a studio's copy of a file counts, and whatever is wrong in it is named with its place."""

from importlib.resources import files
from pathlib import Path

import pytest

from newsletter.domain.article import Article, Paragraph, inline
from newsletter.domain.edition import Edition
from newsletter.domain.issue import Issue
from newsletter.domain.studio import Studio
from newsletter.errors import TemplateError
from newsletter.rendering import compose, markup
from newsletter.rendering.templates import Templates, current_templates

ISSUE = Issue(articles=(Article(title="Rest", blocks=(Paragraph(spans=inline("words")),)),))
ARTICLE = "newsletter/article.mjml"
PACKAGED = Path(str(files("templates"))) / "email"


def _composed(folder: Path, studio: Studio, name: str, source: str) -> Edition:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return compose.newsletter(ISSUE, studio, Templates(folder))


def _body(content: str) -> str:
    column = f"<mj-column><mj-text>\n{content}\n</mj-text></mj-column>"
    return f"<mjml><mj-body>\n<mj-section>{column}</mj-section></mj-body></mjml>"


def test_every_packaged_template_is_sound_and_has_its_twin() -> None:
    """Each mail of .mjml has a .txt beside it."""
    for path in PACKAGED.rglob("*.mjml"):
        markup.check(path.name, path.read_text(encoding="utf-8"))
    for folder in ("layouts", "newsletter", "aftercare", "service"):
        names = {kind: {path.stem for path in (PACKAGED / folder).glob(f"*{kind}")} for kind in (".mjml", ".txt")}
        assert names[".mjml"] == names[".txt"] != set()


def test_changed_file_takes_the_place_of_the_packaged_one(tmp_path: Path, studio: Studio) -> None:
    """File by file: all others stay."""
    edition = _composed(tmp_path, studio, "partials/masthead.txt", "THE MASTHEAD\n")

    assert edition.text.startswith("THE MASTHEAD\n\nRest\n====")


def test_templates_are_compiled_once_while_no_file_changes(tmp_path: Path, studio: Studio) -> None:
    """Compiling them takes far longer than filling them."""
    _composed(tmp_path, studio, "partials/masthead.txt", "ONE\n")

    assert current_templates(tmp_path) is current_templates(tmp_path)
    assert current_templates() is current_templates()


def test_template_that_is_changed_added_or_removed_counts_at_once(tmp_path: Path, studio: Studio) -> None:
    """In the same process, as a worker or the desk is one."""

    def text() -> str:
        return compose.newsletter(ISSUE, studio, current_templates(tmp_path)).text

    masthead = tmp_path / "partials" / "masthead.txt"
    masthead.parent.mkdir()
    packaged = text()
    masthead.write_text("ONE\n", encoding="utf-8")
    added = text()
    masthead.write_text("ANOTHER\n", encoding="utf-8")
    changed = text()
    masthead.unlink()

    assert (added.split("\n")[0], changed.split("\n")[0]) == ("ONE", "ANOTHER")
    assert text() == packaged


def test_content_is_escaped_without_the_author_asking(tmp_path: Path, studio: Studio) -> None:
    """A studio's template can print anything anywhere."""
    source = _body('<a href="{{ studio.booking_url }}">{{ studio.name }}</a>[[ unsubscribe_url ]]')

    html = _composed(tmp_path, studio, ARTICLE, source).html

    assert '<a href="https://example.com/book?from=mail&amp;x=1">Still Waters &amp; Co</a>' in html


def test_a_newsletter_without_a_way_out_is_refused(tmp_path: Path, studio: Studio) -> None:
    """A studio may change every word of a footer, but not lose the unsubscribe link."""
    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml makes a mail without an unsubscribe link"):
        _composed(tmp_path, studio, ARTICLE, _body("<p>Bye.</p>"))


def test_malformed_mjml_is_named_with_file_and_position(tmp_path: Path, studio: Studio) -> None:
    """Also what MRML would pass over in silence."""
    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml, line 3, position 4: </b>"):
        _composed(tmp_path, studio, ARTICLE, _body("<i></b>"))


def test_malformed_partial_is_named_itself(tmp_path: Path, studio: Studio) -> None:
    """Not the mail that includes it."""
    with pytest.raises(TemplateError, match=r"partials/footer\.mjml, line 1, position 1: <mj-footer>"):
        _composed(tmp_path, studio, "partials/footer.mjml", "<mj-footer>x</mj-footer>")


def test_mjml_that_only_the_compiler_refuses_is_named(tmp_path: Path, studio: Studio) -> None:
    """Such as a document without its outermost element."""
    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml is no valid MJML: "):
        _composed(tmp_path, studio, ARTICLE, "<mj-text>x</mj-text>")


def test_malformed_jinja_is_named_with_file_and_line(tmp_path: Path, studio: Studio) -> None:
    """A syntax error of the template language."""
    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml, line 3: .*endfor"):
        _composed(tmp_path, studio, ARTICLE, _body("{% endfor %}"))


@pytest.mark.parametrize(
    "expression", ["{{ studio.nmae }}", "{{ nothing }}", "{{ 1 / 0 }}", "{{ words.read_on.format() }}"]
)
def test_expression_that_fails_is_named_with_file_and_line(expression: str, tmp_path: Path, studio: Studio) -> None:
    """What only shows when the template is filled."""
    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml, line 3: "):
        _composed(tmp_path, studio, ARTICLE, _body(expression))


@pytest.mark.parametrize("name", [ARTICLE, "newsletter/article.txt"])
def test_unknown_slot_is_named_with_its_file(name: str, tmp_path: Path, studio: Studio) -> None:
    """In the HTML and in the text."""
    with pytest.raises(TemplateError, match=rf"{name}, line 3: The slot \[\[ last_name \]\] does not exist"):
        _composed(tmp_path, studio, name, _body("[[ last_name ]]"))


def test_missing_template_is_named(tmp_path: Path, studio: Studio) -> None:
    """With the one that asks for it."""
    with pytest.raises(TemplateError, match=r"partials/none\.mjml"):
        _composed(tmp_path, studio, ARTICLE, _body('{% include "partials/none.mjml" %}'))


def test_template_that_is_no_utf8_is_refused(tmp_path: Path, studio: Studio) -> None:
    """Saved by an editor of long ago."""
    (tmp_path / "newsletter").mkdir()
    (tmp_path / "newsletter" / "article.mjml").write_bytes(b"<mjml>\xff</mjml>")

    with pytest.raises(TemplateError, match=r"newsletter/article\.mjml"):
        compose.newsletter(ISSUE, studio, Templates(tmp_path))


@pytest.mark.parametrize(
    "source",
    [
        "[1]",
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=nonsense\\n"\nmsgid "é"\n',
        'msgid ""\nmsgstr "POT-Creation-Date: today\\n"\n',
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=__import__;\\n"\n',
        'msgctxt "minutes"\nmsgid "x"\nmsgstr "{nonsense}"',
        'msgctxt "minutes"\nmsgid "x"\nmsgstr "{"',
    ],
)
def test_faulty_words_are_named_with_their_catalogue(source: str, tmp_path: Path, studio: Studio) -> None:
    """A studio's own words for the frame."""
    with pytest.raises(TemplateError, match=r"locale/en/LC_MESSAGES/email\.po"):
        _composed(tmp_path, studio, "locale/en/LC_MESSAGES/email.po", source)


def test_a_word_of_the_studio_takes_the_place_of_ours(tmp_path: Path, studio: Studio) -> None:
    """Word by word: all others stay."""
    hers = 'msgctxt "view"\nmsgid "View this mail in your browser"\nmsgstr "Read it as a page"\n'

    text = _composed(tmp_path, studio, "locale/en/LC_MESSAGES/email.po", hers).text

    assert "Read it as a page" in text
    assert "Unsubscribe from this newsletter" in text
