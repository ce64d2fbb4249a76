"""Articles come in with their pictures, which are hosted at the service's own address."""

from datetime import datetime
from pathlib import Path

import pytest

from newsletter import campaigns, ingest
from newsletter.backup import back_up, restore
from newsletter.composition import compose_file
from newsletter.config import Settings
from newsletter.context import App
from newsletter.store import campaigns as stored
from newsletter.store import editions
from newsletter.web import create_app
from tests.reading.drawing import drawn, noise


@pytest.fixture
def database_url() -> None:
    """The store's own rules are tested on both databases elsewhere."""


@pytest.fixture
def article(tmp_path: Path) -> Path:
    (tmp_path / "tea.png").write_bytes(drawn(noise(1600, 900)))
    file = tmp_path / "rest.md"
    file.write_text("# Why rest helps\n\nRest is good.\n\n![A cup of tea](tea.png)\n\n![Gone](gone.png)\n")
    return file


def test_pictures_beside_a_file_are_taken_in(app: App, article: Path, now: datetime) -> None:
    """The one that is not there is named, and keeps its words."""
    (added,) = ingest.add(app, [str(article)], now)
    assert [getattr(block, "src", "")[:6] for block in added.article.blocks[1:]] == ["media:", "gone.p"]
    assert added.notes == ("A picture stays where it is: The picture gone.png is not beside the article.",)


def test_the_same_article_again_is_unchanged(app: App, article: Path, now: datetime) -> None:
    """The same picture has the same name."""
    ingest.add(app, [str(article)], now)
    (again,) = ingest.add(app, [str(article)], now)
    assert again.change == "unchanged"


def test_a_mail_shows_them_at_the_public_address(app: App, article: Path, now: datetime) -> None:
    """And the service answers there, for as long as anybody may keep it."""
    (added,) = ingest.add(app, [str(article)], now)
    campaign_id = campaigns.create(app, article_ids=[added.id], now=now)
    with app.database.read() as connection:
        html = editions.get(connection, stored.get(connection, campaign_id).edition_id).html
    (picture,) = (app.settings.home / "media").iterdir()
    assert f'src="{app.settings.public_url}/media/{picture.name}"' in html
    answer = create_app(app, lambda: now).test_client().get(f"/media/{picture.name}")
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", picture.read_bytes())
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()


def test_compose_takes_pictures_beside_the_file_and_asks_nobody(app: App, article: Path, now: datetime) -> None:
    """They lie in the output as they will be hosted; one on the web stays where it is."""
    article.write_text(article.read_text() + "\n![Milk](http://127.0.0.1:9/milk.jpg)\n")
    out = article.parent / "out"
    composed = compose_file(str(article), out, settings=app.settings, studio=app.studio, now=now)
    (picture,) = (out / "media").iterdir()
    html = (out / "issue.html").read_text()
    assert f'src="{app.settings.public_url}/media/{picture.name}"' in html
    assert 'src="http://127.0.0.1:9/milk.jpg"' in html
    assert [each.where for each in composed.findings if each.rule == "images.missing"] == ["gone.png"]


def test_a_backup_holds_them(app: App, article: Path, tmp_path: Path, now: datetime) -> None:
    """Mails that were sent show them still when the home is a new one."""
    ingest.add(app, [str(article)], now)
    back_up(app, tmp_path / "backup.zip", now)
    restore(Settings(home=tmp_path / "new"), tmp_path / "backup.zip", now)
    (before,), (after,) = ((home / "media").iterdir() for home in (app.settings.home, tmp_path / "new"))
    assert (before.name, before.read_bytes()) == (after.name, after.read_bytes())


@pytest.mark.parametrize("name", ["0" * 32 + ".jpg", "..%2Fafterglow.db", "tea.png", "0" * 32 + ".svg", "."])
def test_nothing_else_of_the_home_is_shown(app: App, now: datetime, name: str) -> None:
    """However somebody writes the name."""
    assert create_app(app, lambda: now).test_client().get(f"/media/{name}").status_code == 404
