"""Stories of clients and the care that follows their sessions, on a set clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter import aftercare, preferences, reviewing
from newsletter.domain.delivery import Delivery
from subscribers import store
from subscribers.consent import Stream
from subscribers.subscriber import details
from tests.journeys.conftest import MONDAY, Practice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def care(practice: Practice, zone: str = "Europe/London") -> list[tuple[str, str]]:
    """What care she got, and when by her own clock."""
    sent = [each for each in practice.mails() if each.accepted_at and each.stream is Stream.CARE]
    return [(str(each.step), f"{_accepted(each).astimezone(ZoneInfo(zone)):%a %d %b %H:%M}") for each in sent]


def _accepted(mail: Delivery) -> datetime:
    assert mail.accepted_at is not None
    return mail.accepted_at


def words(practice: Practice, step: str) -> str:
    mail = next(each for each in practice.mails() if each.step == step and each.accepted_at)
    return " ".join(practice.edition(mail).text.split())


def reasons(practice: Practice) -> list[tuple[str, str]]:
    care = [each for each in practice.mails() if each.stream is Stream.CARE and not each.accepted_at]
    return [(str(each.step), each.reason) for each in care]


def test_first_deep_tissue_session(practice: Practice) -> None:
    """What to expect the same day, a check the next morning, a last question on day three: no more, no sooner."""
    practice.saw("deep-tissue")
    practice.until(MONDAY + 10 * DAY)
    assert care(practice) == [
        ("same-day", "Mon 02 Mar 15:00"),
        ("next-morning", "Tue 03 Mar 09:00"),
        ("day-3", "Thu 05 Mar 10:00"),
    ]
    assert "Some tenderness is likely where I worked." in words(practice, "same-day")
    assert "Mara" in words(practice, "day-3")


def test_reiki_and_deep_tissue_together(practice: Practice) -> None:
    """One mail for both, not two, with the precautions of the firmer one."""
    practice.saw("reiki", "deep-tissue")
    practice.until(MONDAY + 10 * DAY)
    assert [step for step, _ in care(practice)] == ["same-day", "next-morning", "day-3"]
    text = words(practice, "same-day")
    assert "dark" in text
    assert "999" in text


def test_a_tender_session(practice: Practice) -> None:
    """Nothing leaves without her word; with it, her own line stands above her name."""
    session = practice.saw("deep-tissue", flags=("tender",))
    practice.until(MONDAY + 4 * HOUR)
    assert care(practice) == []
    with practice.at_work() as app:
        reviewing.approve_session(app, session, practice.now, "I will keep Thursday afternoon free.")
    practice.until(MONDAY + 10 * DAY)
    assert [step for step, _ in care(practice)] == ["same-day", "next-morning"]
    assert "I will keep Thursday afternoon free." in words(practice, "same-day")
    assert "deep" not in words(practice, "same-day").casefold()


def test_a_tender_session_that_nobody_reviewed(practice: Practice) -> None:
    """A standard mail after such an hour is worse than none."""
    practice.saw("deep-tissue", flags=("tender",))
    practice.until(MONDAY + 10 * DAY)
    assert care(practice) == []
    assert {reason for _, reason in reasons(practice)} == {"was not reviewed in time"}


def test_cancelled_at_the_last_minute(practice: Practice) -> None:
    """She calls off an hour before: no mail thanks her for coming."""
    booking = "b1,anna@example.com,Deep tissue,2026-03-03 15:00,"
    practice.bookings(f"{booking}confirmed")
    practice.until(MONDAY + DAY + 2 * HOUR)
    practice.bookings(f"{booking}cancelled")
    practice.until(MONDAY + 10 * DAY)
    assert care(practice) == []
    assert {reason for _, reason in reasons(practice)} == {"the session was cancelled"}


def test_a_client_in_another_time_zone_across_a_dst_change(practice: Practice) -> None:
    """New York's summer begins in the night after her session, London's three weeks later: her nine o'clock counts."""
    with practice.at_work() as app, app.database.write() as connection:
        away = details("bea@example.com", name="Bea", timezone="America/New_York")
        store.add(connection, away, key=app.key, now=MONDAY, consents=[Stream.CARE])
    practice.until(datetime(2026, 3, 7, 18, tzinfo=UTC))
    with practice.at_work() as app:
        aftercare.add_session(
            app, email="bea@example.com", services=["deep-tissue"], ended_at=practice.now, now=practice.now
        )
    practice.until(practice.now + 10 * DAY)
    assert care(practice, "America/New_York") == [
        ("same-day", "Sat 07 Mar 16:00"),
        ("next-morning", "Sun 08 Mar 09:00"),
        ("day-3", "Tue 10 Mar 10:00"),
    ]
    assert [f"{_accepted(each):%H:%M}" for each in practice.mails() if each.accepted_at] == ["21:00", "13:00", "14:00"]


def test_unsubscribed_between_planning_and_sending(practice: Practice) -> None:
    """One click in the first mail, and the others that were planned stay away; newsletters she still wants."""
    practice.saw("deep-tissue")
    practice.until(MONDAY + 4 * HOUR)
    with practice.at_work() as app:
        token = app.links.unsubscribe_url(1, Stream.CARE).rpartition("/")[2]
        preferences.unsubscribe(app, token, practice.now)
    practice.until(MONDAY + 10 * DAY)
    assert [step for step, _ in care(practice)] == ["same-day"]
    assert reasons(practice) == [("next-morning", "has unsubscribed"), ("day-3", "has unsubscribed")]
    assert practice.left() == []  # an invitation may come later: she did not leave the newsletter
    practice.until(MONDAY + 25 * DAY)
    assert [step for step, _ in practice.left()] == ["rebook"]


def test_a_laptop_asleep_for_three_days(practice: Practice) -> None:
    """What would come too late does not come; what can still come does, one mail, not all at once."""
    practice.saw("deep-tissue")
    practice.sleeps_until(MONDAY + 3 * DAY)
    assert [step for step, _ in care(practice)] == ["day-3"]
    assert [step for step, _ in reasons(practice)] == ["same-day", "next-morning"]
    assert {reason for _, reason in reasons(practice)} == {"its moment had passed"}
    practice.until(MONDAY + 10 * DAY)
    assert len(care(practice)) == 1
