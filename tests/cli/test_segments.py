"""`segment show` says how many a rule means and who, before anything is sent to them."""

from tests.cli.terminal import Terminal


def test_a_segment_is_shown_with_its_number_and_names(run: Terminal) -> None:
    """And with the reasons of those who get no newsletter."""
    for name, consent in (("anna", "marketing"), ("ben", "marketing"), ("cara", "care")):
        run(
            "subscriber",
            "add",
            f"{name}@example.com",
            "--name",
            name.title(),
            "--consent",
            consent,
            "--tag",
            "regulars",
        )
    run("subscriber", "add", "dora@example.com", "--consent", "marketing")
    shown = run.json("segment", "show", "tag:regulars", "--most", "2")
    assert (shown["people"], shown["recipients"]) == (3, 2)
    assert shown["left_out"] == {"has not agreed to newsletters": 1}
    assert [(each["name"], each["reason"]) for each in shown["first"]] == [("Anna", ""), ("Ben", "")]
    said = run("segment", "show").out
    assert "dora@example.com" in said
    assert "everybody" in said


def test_a_rule_about_health_is_refused_in_words(run: Terminal) -> None:
    """GDPR art. 9."""
    assert "health" in run("segment", "show", "service:prenatal", status=1).err


def test_the_form_for_a_website_says_what_is_agreed_to(run: Terminal) -> None:
    """In any language of the pages, and it leads to the sign-up page."""
    form = run.json("subscriber", "form", "--language", "de", "--care")
    assert 'action="https://example.com/subscribe?lang=de"' in form["html"]
    assert "Juniper Lane" in form["html"]
    assert 'name="care"' in form["html"]
    assert 'name="care"' not in run("subscriber", "form").out
