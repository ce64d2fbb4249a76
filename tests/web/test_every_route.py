"""Every public route under fire: nothing fails, nothing that was sent comes back, and no robot changes anything."""

import re
from collections.abc import Callable
from datetime import datetime

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.context import App
from newsletter.web import create_app
from newsletter.worker import tick
from subscribers.consent import Stream
from subscribers.subscriber import Subscriber
from tests.conftest import OpenHome
from tests.web.conftest import Outbox, Streams, part_of, path_of, send_newsletter

AddClient = Callable[..., Subscriber]
MARK = "zq7<i>\"'&{{7*7}}"  # found again in no answer, as it is or escaped
_WORDS = st.text(max_size=40) | st.just(MARK) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1"))
_FIELDS = st.sampled_from(
    ["email", "care", "website", "stamp", "newsletter", "topic", "language", "pause", "erase", "data", "everything"]
)


def routes(pages: FlaskClient) -> list[str]:
    return sorted({rule.rule for rule in pages.application.url_map.iter_rules()})


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_in_nothing_fails_and_nothing_is_repeated(
    pages: FlaskClient, add_client: AddClient, app: App, data: st.DataObject
) -> None:
    anna = add_client()
    tokens = [
        path_of(app.links.unsubscribe_url(anna.id, Stream.CARE)).rpartition("/")[2],
        path_of(app.links.view_url(1)).rpartition("/")[2],
    ]
    rule = data.draw(st.sampled_from(routes(pages)))
    value = data.draw(
        st.sampled_from(tokens) | _WORDS.filter(lambda text: "/" not in text and text not in {"", ".", ".."})
    )
    path = re.sub(r"<[^>]+>", lambda _: value, rule)
    answer = pages.open(
        path,
        method=data.draw(st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND"])),
        query_string=data.draw(st.dictionaries(st.just("lang"), _WORDS, max_size=1)),
        data=data.draw(st.dictionaries(_FIELDS, _WORDS, max_size=6) | st.binary(max_size=200)),
        headers={"Accept-Language": data.draw(st.text(st.characters(codec="latin-1", exclude_categories=["C"])))},
    )
    assert answer.status_code < 500
    assert "zq7" not in answer.text
    assert "Traceback" not in answer.text


def test_a_robot_that_opens_every_link_of_a_mail_changes_nothing(
    app: App, pages: FlaskClient, add_client: AddClient, outbox: Outbox, suppressed: Streams, now: datetime
) -> None:
    """LESSONS 10: link scanners follow all of them, more than once, and look ahead with HEAD."""
    anna = add_client(name="Anna Okafor")
    send_newsletter(app, now, "Rest Is Part of the Work")
    (mail,) = outbox()
    found = re.findall(
        r"http://127[^\s\"<>)]+", part_of(mail, "html") + part_of(mail, "plain") + mail["List-Unsubscribe"]
    )
    assert len(set(found)) >= 2
    for address in found:
        for method in ("HEAD", "GET", "OPTIONS"):
            assert pages.open(path_of(address), method=method, headers={"Purpose": "prefetch"}).status_code == 200
    tick(app, lambda: now)
    assert suppressed(anna.id) == set()
    assert len(outbox()) == 1


def test_behind_tls_browsers_are_told_to_stay_there(open_home: OpenHome, now: datetime) -> None:
    for url, told in (("https://mail.juniper.example", "max-age=31536000"), ("http://127.0.0.1:8000", None)):
        with open_home(public_url=url) as app:
            answer = create_app(app, lambda: now).test_client().get("/subscribe")
            assert answer.headers.get("Strict-Transport-Security") == told


def test_no_page_of_a_person_is_kept_by_anybody(app: App, pages: FlaskClient, add_client: AddClient) -> None:
    anna = add_client()
    for address in (
        app.links.preferences_url(anna.id, Stream.CARE),
        app.links.unsubscribe_url(anna.id, Stream.CARE),
    ):
        answer = pages.get(path_of(address))
        assert answer.headers["Cache-Control"] == "no-store"
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
