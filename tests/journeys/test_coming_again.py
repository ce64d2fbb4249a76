"""Stories of clients who are invited to come again, or not, on a set clock."""

from datetime import date, timedelta

from newsletter import campaigns, holidays
from subscribers.consent import Stream
from tests.flows.conftest import make_campaign
from tests.journeys.conftest import MONDAY, Practice

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def test_rebooked_before_the_reminder(practice: Practice) -> None:
    """She books on the tenth day: nobody asks her whether she would like to. After that visit, somebody does."""
    practice.saw("relaxation")
    practice.until(MONDAY + 10 * DAY)
    practice.bookings("b1,anna@example.com,Relaxation,2026-03-20 15:00,confirmed")
    rebook, win_back = [each for each in practice.mails() if each.session_id == 1 and each.stream is Stream.MARKETING]
    assert {rebook.reason, win_back.reason} == {"has come or booked again"}
    practice.until(MONDAY + 7 * WEEK)
    assert practice.left() == [("rebook", "10 Apr")]


def test_a_practitioner_on_holiday(practice: Practice) -> None:
    """Care goes on and says whom to turn to; the invitation waits for her, and so does the world."""
    practice.saw("relaxation")
    practice.until(MONDAY + 18 * DAY)
    with practice.at_work() as app:
        holidays.set_holiday(app, date(2026, 3, 20), date(2026, 3, 25), "Ruth, 07700 900123", practice.now)
    second = practice.saw("deep-tissue")
    practice.until(MONDAY + 22 * DAY)
    care = [each for each in practice.mails() if each.session_id == second and each.stream is Stream.CARE]
    for mail in care:
        text = " ".join(practice.edition(mail).text.split())
        assert "I am away until 25 March 2026. Until then you can turn to Ruth, 07700 900123." in text
        assert "I read it once I am back." in text
    practice.until(MONDAY + 4 * WEEK)
    third = practice.saw("deep-tissue")
    practice.until(practice.now + DAY)
    next_mail = next(each for each in practice.mails() if each.session_id == third)
    assert "I am away" not in practice.edition(next_mail).text


def test_an_invitation_of_a_holiday_goes_out_after_it_or_not_at_all(practice: Practice) -> None:
    """On the first weekday that she is there again, unless it would come too late; not before she says she is back."""
    practice.saw("relaxation")
    with practice.at_work() as app:
        holidays.set_holiday(app, date(2026, 3, 20), date(2026, 4, 20), "", practice.now)
        kept = holidays.set_holiday(app, date(2026, 3, 20), date(2026, 3, 28), "", practice.now)
        assert holidays.current_holiday(app, practice.now) == kept
    practice.until(MONDAY + 21 * DAY)
    assert [(each.reason, f"{each.due_at:%d %b %H:%M}") for each in practice.mails() if each.step == "rebook"] == [
        ("you are on holiday until 28 March 2026", "29 Mar 08:00")
    ]
    with practice.at_work() as app:
        assert holidays.clear_holiday(app, practice.now) == kept
        assert holidays.current_holiday(app, practice.now) is None
    practice.until(MONDAY + 22 * DAY)
    assert practice.left() == [("rebook", "23 Mar")]


def test_a_win_back_goes_once_and_never_again(practice: Practice) -> None:
    """Over a restart, the same bookings taken in again, and another long silence."""
    bookings = "b1,anna@example.com,Relaxation,2026-03-02 15:00,confirmed"
    practice.bookings(bookings)
    practice.until(MONDAY + 14 * WEEK)
    assert practice.left() == [("rebook", "23 Mar"), ("win-back", "01 Jun")]
    practice.bookings(bookings, "b2,anna@example.com,Relaxation,2026-06-15 15:00,confirmed")
    practice.until(MONDAY + 60 * WEEK)
    assert [step for step, _ in practice.left()] == ["rebook", "win-back", "rebook"]
    assert practice.mails()[-1].reason == "was asked back before: once, then silence"


def test_two_marketing_mails_a_month(practice: Practice) -> None:
    """Newsletters every fortnight, and a visit: the third of five weeks is left out, and the invitation gives way."""
    practice.saw("relaxation")
    with practice.at_work() as app:
        for weeks in (1, 3, 5, 7):
            campaign = make_campaign(app, MONDAY, name=f"Letter {weeks}")
            campaigns.launch(app, campaign, MONDAY + weeks * WEEK)
    practice.until(MONDAY + 10 * WEEK)
    assert practice.left() == [("newsletter", "09 Mar"), ("newsletter", "23 Mar"), ("newsletter", "20 Apr")]
    reasons = [(each.step, each.reason) for each in practice.mails() if each.state.value == "suppressed"]
    full = "has had 2 newsletters or invitations within a month"
    assert reasons == [("rebook", f"{full}, and later would be too late"), (None, full)]


def test_none_in_a_tender_cycle(practice: Practice) -> None:
    """What an ordinary visit promised falls silent with the tender one, until she has come again."""
    practice.saw("relaxation")
    practice.until(MONDAY + 14 * DAY)
    practice.saw("relaxation", flags=("tender",))
    practice.until(MONDAY + 30 * WEEK)
    assert practice.left() == []
    practice.saw("relaxation")
    practice.until(practice.now + 30 * WEEK)
    assert [step for step, _ in practice.left()] == ["rebook"]
