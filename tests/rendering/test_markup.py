"""The check of a template names the file, the line, the position and the fault, where MRML would be silent."""

import pytest

from newsletter.errors import TemplateError
from newsletter.rendering.markup import check

FAULTS = {
    "never closed": ("<mj-text>\n <p>x</p>", r"line 1, position 1: <mj-text> is never closed"),
    "wrong end": ("<mj-text>\n  <b>x</i></mj-text>", r"line 2, position 7: </i> stands where <b> of line 2"),
    "end of nothing": ("x</p>", r"line 1, position 2: </p> closes nothing"),
    "unknown element": ("<mj-text></mj-text>\n\n<mj-txt></mj-txt>", r"line 3, position 1: <mj-txt> is no element"),
    "wrong nesting": ("<mj-section><mj-text>x</mj-text></mj-section>", r"<mj-text> may not stand in <mj-section>"),
    "unquoted attribute": ("<mj-image width=5 />", r'<mj-image> has an attribute that is not written as name="value"'),
    "unprintable attribute": ('<mj-image alt="हिन्दी" />', "holds a character that MJML cannot print"),
    "backslash": ('<mj-image alt="a\\b" />', "holds a character that MJML cannot print"),
    "line break": ('<mj-image alt="a\nb" />', "holds a character that MJML cannot print"),
}


@pytest.mark.parametrize(("source", "fault"), FAULTS.values(), ids=FAULTS)
def test_fault_is_named_with_its_place(source: str, fault: str) -> None:
    """The message says where and what."""
    with pytest.raises(TemplateError, match=fault) as caught:
        check("newsletter/mine.mjml", source)

    assert caught.value.message.startswith("newsletter/mine.mjml, line ")
    assert caught.value.remedy


def test_position_counts_template_expressions_in() -> None:
    """What Jinja will replace still takes its place on the line."""
    with pytest.raises(TemplateError, match="line 2, position 23"):
        check("a.mjml", "<mj-text>\n{% if x < 3 %}{{ y }} </b></mj-text>")


def test_sound_template_passes() -> None:
    """Conditions in attributes, void elements and entities are all fine."""
    check("a.mjml", '<mj-text {% if x %}align="{{ y["<"] }}"{% endif %} padding="&#233;"><p>a<br>b<hr /></p></mj-text>')
