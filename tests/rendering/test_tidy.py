"""Tidying keeps every word and every space between words."""

from mjml import mjml2html

from newsletter.rendering.tidy import tidy, tighten


def _compiled(text: str) -> str:
    section = f"<mj-section><mj-column>{text}</mj-column></mj-section>"
    return tidy(mjml2html(tighten(f"<mjml><mj-body>{section}</mj-body></mjml>"), fonts={}))


def test_line_break_between_inline_elements_is_a_space() -> None:
    """MRML alone would glue the two words together."""
    assert "<b>one</b> <i>two</i>" in _compiled("<mj-text><b>one</b>\n   <i>two</i></mj-text>")


def test_white_space_between_blocks_goes() -> None:
    """Indentation of a template costs nothing in the mail."""
    assert "<p>one</p><p>two</p>" in _compiled("<mj-text>\n  <p>one</p>\n  <p>two</p>\n</mj-text>")


def test_space_around_an_inline_element_in_a_block_stays() -> None:
    """Only block elements lose the white space around them."""
    assert "<p>one <b>two</b> three</p>" in _compiled("<mj-text><p>one\n<b>two</b>\nthree</p></mj-text>")


def test_what_no_program_needs_is_gone() -> None:
    """Defaults repeated in every element, and rules for programs of long ago."""
    compiled = _compiled(
        '<mj-image src="https://example.com/a.png" alt="" /><mj-button href="https://x.y">z</mj-button>'
    )

    for needless in ("outline", "border-spacing", 'target="', "height:auto;width", "mso 11", "moz-text", "#outlook"):
        assert needless not in compiled


def test_columns_side_by_side_keep_their_rule() -> None:
    """Only the rule of a full-width column says nothing new."""
    two = "<mj-text>a</mj-text></mj-column><mj-column><mj-text>b</mj-text>"

    assert "@media only screen and (min-width:480px){.mj-column-per-50{" in _compiled(two)


def test_all_style_sheets_become_one() -> None:
    """Gmail drops all of them where one is too long, so there is one to watch."""
    assert _compiled("<mj-text>x</mj-text>").count("<style") == 1


def test_section_put_aside_begins_where_lines_begin() -> None:
    """A mail that looks typed is not centred, neither in Outlook nor elsewhere."""
    section = '<mj-section css-class="aside"><mj-column><mj-text>x</mj-text></mj-column></mj-section>'
    compiled = tidy(mjml2html(f"<mjml><mj-body>{section}</mj-body></mjml>", fonts={}))

    assert "auto;max-width" not in compiled
    assert 'align="center" width="600"' not in compiled


def test_ground_is_said_once() -> None:
    """And by the property that more programs know."""
    compiled = _compiled('<mj-button href="https://x.y" background-color="#123456">z</mj-button>')

    assert "background:" not in compiled
    assert compiled.count("background-color:#123456") == 2
