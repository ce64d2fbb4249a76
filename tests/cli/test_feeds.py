"""The commands of feeds: what they do, what scripts read, and what is wrong in plain words."""

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Terminal
from tests.flows.blog_server import Blog, Post


@pytest.fixture
def blog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blog]:
    monkeypatch.setenv("AFTERGLOW_ALLOW_PRIVATE_ADDRESSES", "true")
    blog = Blog(posts=[Post(slug="old", title="An old post")])
    blog.start()
    yield blog
    blog.stop()


def test_a_blog_is_followed_polled_and_left(run: Terminal, blog: Blog) -> None:
    """By the address of one of its pages; each step says what it did."""
    added = run.json("feed", "add", f"{blog.url}/")
    assert (added["id"], added["url"], added["title"], added["baselined_at"]) == (
        1,
        blog.feed_url,
        "River Studio",
        None,
    )
    (first,) = run.json("feed", "poll")
    assert [each["happened"] for each in first["articles"]] == ["baseline"]
    blog.posts = [Post(slug="new", title="A new post"), *blog.posts]
    (second,) = run.json("feed", "poll", now="2026-03-04T13:00:00Z")
    assert [(each["happened"], each["title"]) for each in second["articles"]] == [("new", "A new post")]
    assert [(each["title"], each["new"], each["feed"]) for each in run.json("article", "list")] == [
        *(("A new post", True, 1), ("An old post", False, 1)),
    ]
    run("feed", "remove", 1)
    assert (run.json("feed", "list"), len(run.json("article", "list"))) == ([], 2)


def test_what_is_wrong_with_a_feed_is_said_everywhere(run: Terminal, blog: Blog) -> None:
    """By the poll, whose exit status says so too, by the list and by the doctor."""
    run("feed", "add", blog.feed_url)
    blog.answers["/feed"] = (500, {}, b"")
    assert "answers 500" in run("feed", "poll", status=1).out
    (listed,) = run.json("feed", "list")
    assert ("answers 500" in listed["fault"], listed["failures"]) == (True, 1)
    (check,) = [each for each in run.json("doctor") if each["name"] == "feed 1"]
    assert (check["well"], "feed remove 1" in check["remedy"]) == (False, True)


def test_the_clockwork_polls_what_is_due(run: Terminal, blog: Blog) -> None:
    """Once an hour, beside its other work."""
    run("feed", "add", blog.feed_url)
    for minute in ("00", "05"):
        run("worker", "--once", now=f"2026-03-04T13:{minute}:00Z")
    assert [line for line in blog.asked if line.startswith("/feed")] == ["/feed 200", "/feed 200"]
