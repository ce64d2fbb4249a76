"""An import takes what can be taken, reports the rest by row, and never mails anyone who said no."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from subscribers import store
from subscribers.consent import SIGN_UP, Basis, ConsentAction, Stream, offer
from subscribers.errors import AudienceError
from subscribers.subscriber import Subscriber
from subscribers.suppression import address_hash
from subscribers.tables import consent, import_batch, subscriber, subscriber_tag, suppression
from subscribers.transfer import ImportReport, import_csv
from subscribers.transfer.evidence import moment
from subscribers.transfer.importing import BATCH

Add = Callable[..., Subscriber]
Import = Callable[..., ImportReport]
MARKETING = frozenset({Stream.MARKETING})


@pytest.fixture
def imported(conn: Connection, tmp_path: Path, key: bytes, now: datetime) -> Import:
    """Imports a text as a file."""

    def imported(
        text: str, name: str = "clients.csv", streams: frozenset[Stream] = frozenset(), **more: object
    ) -> ImportReport:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        arguments = {"dry_run": False, "now": now, "key": key, "consent_streams": streams, **more}
        return import_csv(conn, path, **arguments)  # type: ignore[arg-type]  # the fixture passes on what a test gives

    return imported


def mailed(conn: Connection, now: datetime, stream: Stream = Stream.MARKETING) -> set[str]:
    """Who would get a mail of the stream."""
    return set(conn.execute(select(subscriber.c.email).where(store.eligible(stream, now))).scalars())


def blocks(conn: Connection, email: str, key: bytes) -> set[tuple[str, str]]:
    """What suppresses an address."""
    return {(entry.reason, entry.stream) for entry in store.suppressions(conn, address_hash(email, key))}


MAILCHIMP = """Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME,CLEAN_TIME,TAGS
anna@example.com,Anna,Smith,2,2025-01-01 10:00:00,,,"\"\"Regulars\"\",\"\"Prenatal class\"\""
bob@example.com,Bob,,2,2025-01-01 10:00:00,2025-06-01 09:00:00,,
carla@example.com,Carla,,1,2025-01-01 10:00:00,,2025-07-01 09:00:00,
"""
LISTMONK = """uuid,email,name,attributes,status,created_at
1,anna@example.com,Anna,"{""country"": ""GB"", ""city"": ""Bath"", ""status"": ""blocklisted""}",enabled,2025-01-01
2,bob@example.com,Bob,{broken,disabled,2025-01-01
3,carla@example.com,Carla,{},blocklisted,2025-01-01
"""
SQUARE = """Reference ID,First Name,Last Name,Email Address,Phone Number,Country,Birthday,Memo,Email Subscription Status
1,Anna,Smith,anna@example.com,+44 1,United Kingdom,1980-01-01,pregnant,subscribed
2,Bob,,bob@example.com,,,,,unsubscribed
3,Carla,,carla@example.com,,,,,bounced
"""


KIT = """First Name,Email,State,Tags,Confirmed At,Created At
Anna,anna@example.com,active,"regulars, friends",2025-01-01 10:00:00 UTC,2024-12-31 10:00:00 UTC
Bob,bob@example.com,cancelled,,2025-01-01 10:00:00 UTC,2024-12-31 10:00:00 UTC
Carla,carla@example.com,complained,,,2024-12-31 10:00:00 UTC
"""
BREVO = """CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;EMAIL_BLOCKLISTED;EMAIL_MARKETING;DOUBLE_OPT-IN;ADDED_TIME
1;anna@example.com;Anna;Smith;+44 1;No;Subscribed;1;31-12-2024 10:00:00
2;bob@example.com;Bob;;;No;Unsubscribed;1;31-12-2024 10:00:00
3;carla@example.com;Carla;;;Yes;Subscribed;1;31-12-2024 10:00:00
"""
SQUARE_OF_OLD = """First Name,Last Name,Email Address,City,State,Email Unsubscribed,Blocked from online booking
Anna,Smith,anna@example.com,Bath,CA,False,No
Bob,,bob@example.com,,,True,No
Carla,,carla@example.com,,,False,Yes
"""
ACUITY = """First Name,Last Name,Phone,Email,Notes,Days Since Last Appointment,Banned
Anna,Smith,+44 1,anna@example.com,expecting in May,12,
Bob,,,bob@example.com,,12,banned
Carla,,,carla@example.com,,12,yes
"""


@pytest.mark.parametrize("text", [KIT, BREVO, SQUARE_OF_OLD, ACUITY])
def test_the_lists_of_further_programs_are_understood(
    conn: Connection, imported: Import, now: datetime, text: str
) -> None:
    """Whom they would not write to, or not see again, is not written to here; notes stay at the door."""
    report = imported(text, streams=MARKETING)
    anna = store.find(conn, "anna@example.com")
    assert anna is not None
    assert (anna.first_name, report.suppressed, mailed(conn, now)) == ("Anna", 2, {"anna@example.com"})
    assert "Notes" in report.left_out or "Notes" not in text


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        (MAILCHIMP, datetime(2025, 1, 1, 10, tzinfo=UTC), "OPTIN_TIME: 2025-01-01 10:00:00"),
        (KIT, datetime(2025, 1, 1, 10, tzinfo=UTC), "Confirmed At: 2025-01-01 10:00:00 UTC"),
        (BREVO, datetime(2024, 12, 31, 10, tzinfo=UTC), "DOUBLE_OPT-IN: 1; ADDED_TIME: 31-12-2024 10:00:00"),
    ],
)
def test_evidence_of_consent_comes_along(
    conn: Connection, imported: Import, now: datetime, text: str, at: datetime, words: str
) -> None:
    """The moment she agreed and the words of the file, without the operator's word; for the newsletter alone."""
    report = imported(text)
    anna = store.find(conn, "anna@example.com")
    assert anna is not None
    (record,) = store.consents(conn, anna.id)
    assert (record.action, record.at, record.wording, report.consents) == ("granted", at, words, 1)
    assert mailed(conn, now, Stream.CARE) == set()


def test_who_is_only_called_subscribed_stays_pending(conn: Connection, imported: Import, now: datetime) -> None:
    """Said without anything to show for it, it is no consent until the operator states one."""
    report = imported(SQUARE)
    assert (report.consents, report.pending, mailed(conn, now)) == (0, 1, set())
    again = imported(SQUARE, streams=MARKETING)
    assert (again.consents, again.pending, mailed(conn, now)) == (1, 0, {"anna@example.com"})


@pytest.mark.parametrize("heading", ["Confirmed At", "Confirmed", "Consent date", "Date of consent"])
def test_a_column_that_may_be_about_a_visit_is_no_evidence(
    conn: Connection, imported: Import, now: datetime, heading: str
) -> None:
    """An appointment is confirmed, a treatment consented to; neither is a yes to a newsletter."""
    assert imported(f"email,{heading}\nanna@example.com,2025-01-01\n").consents == 0
    assert mailed(conn, now) == set()


def test_an_import_never_upgrades(conn: Connection, add: Add, imported: Import, now: datetime) -> None:
    """Neither what is in force on another basis, nor what she was asked to confirm and did not."""
    anna, bob = add(), add("bob@example.com")
    implied = offer(Stream.MARKETING, Basis.SOFT_OPT_IN, country="GB", source="sale", at=now)
    store.grant(conn, anna.id, implied)
    asked = replace(implied, action=ConsentAction.PENDING, basis=Basis.EXPRESS, source=SIGN_UP)
    store.grant(conn, bob.id, asked, own_act=True)
    text = "email,opt in time\nanna@example.com,2025-01-01\nbob@example.com,2025-01-01\n"
    assert imported(text, streams=MARKETING).consents == 0
    assert store.current(conn, anna.id)[Stream.MARKETING].basis is Basis.SOFT_OPT_IN
    assert mailed(conn, now) == {"anna@example.com"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2025-01-31", datetime(2025, 1, 31, tzinfo=UTC)),
        ("2025-01-31T10:00:00+02:00", datetime(2025, 1, 31, 8, tzinfo=UTC)),
        ("31/01/2025 10:00", datetime(2025, 1, 31, 10, tzinfo=UTC)),
        ("01.02.2025", datetime(2025, 1, 2, tzinfo=UTC)),
        ("yesterday", None),
        ("99/99/2025", None),
        ("0001-01-01", None),
    ],
)
def test_a_moment_is_read_as_programs_write_it(text: str, read: datetime | None) -> None:
    """Where day and month could change places, the earlier of both is meant."""
    assert moment(text) == read


@pytest.mark.parametrize("text", [MAILCHIMP, LISTMONK, SQUARE])
def test_the_exports_of_other_programs_are_understood(
    conn: Connection, imported: Import, key: bytes, now: datetime, text: str
) -> None:
    """Who left or bounced there is suppressed here, and only who is subscribed gets the stated consent."""
    report = imported(text, streams=MARKETING)
    assert (report.rows, report.added, report.suppressed, report.consents) == (3, 3, 2, 1)
    assert mailed(conn, now) == {"anna@example.com"}
    assert blocks(conn, "bob@example.com", key) == {("unsubscribe", "marketing")}
    assert {stream for _, stream in blocks(conn, "carla@example.com", key)} == {"all"}


def test_names_tags_and_countries_arrive(conn: Connection, imported: Import) -> None:
    """Put together from the columns of three programs."""
    for text in (MAILCHIMP, LISTMONK):
        imported(text)
    anna = store.find(conn, "anna@example.com")
    assert anna is not None
    assert (anna.name, anna.tags, anna.country) == ("Anna Smith", ("prenatal class", "regulars"), "GB")


def test_notes_and_birthdays_are_left_at_the_door(conn: Connection, imported: Import) -> None:
    """They may hold health data; the report names the columns, the store has no trace of them."""
    report = imported(SQUARE)
    assert {"Memo", "Birthday", "Phone Number"} <= set(report.left_out)
    rows = [row for table in (subscriber, subscriber_tag) for row in conn.execute(select(table))]
    assert "pregnant" not in str(rows)


@pytest.mark.parametrize(
    ("name", "reason"), [("unsubscribed_members_export_1.csv", "unsubscribe"), ("cleaned_1.csv", "hard_bounce")]
)
def test_a_file_may_say_it_for_all(conn: Connection, imported: Import, key: bytes, name: str, reason: str) -> None:
    """Mailchimp exports those who left as a file of their own."""
    imported("Email Address\nanna@example.com\n", name=name, streams=MARKETING)
    assert {found for found, _ in blocks(conn, "anna@example.com", key)} == {reason}


@pytest.mark.parametrize(
    "headings",
    [
        "E-Mail-Adresse;Vorname;Nachname;Land",
        "Adresse e-mail;Prénom;Nom;Pays",
        "Correo electrónico;Nombre;Apellidos;País",
    ],
)
def test_headings_are_understood_in_four_languages(conn: Connection, imported: Import, headings: str) -> None:
    """With or without accents."""
    imported(f"{headings}\nanna@example.com;Anna;Schmidt;DE\n")
    anna = store.find(conn, "anna@example.com")
    assert anna is not None
    assert (anna.name, anna.country) == ("Anna Schmidt", "DE")


def test_a_file_without_addresses_says_what_it_found(imported: Import) -> None:
    """And what it would understand."""
    with pytest.raises(AudienceError, match=r"“Telefon”, “Ort”.*Call that column “email”"):
        imported("Telefon,Ort\n1,2\n")


def test_a_file_without_headings_says_so(imported: Import) -> None:
    """The first person must not be lost as a heading."""
    with pytest.raises(AudienceError, match="first row holds an address"):
        imported("anna@example.com,Anna\n")


def test_what_cannot_be_taken_is_told_by_row(imported: Import) -> None:
    """Bad and double addresses are skipped, odd values left out; the numbers are the spreadsheet's."""
    report = imported(
        "email,name,timezone\n"
        "anna@example.com,Anna,Moon/Base\n"
        "\n"
        "no address,Bob,\n"
        "anna@EXAMPLE.com,Annie,\n"
        ",,\n"
        "x@gmial.com,X,\n"
    )
    found = [(problem.row, problem.skipped) for problem in report.problems]
    assert found == [(2, False), (4, True), (5, True), (7, True)]
    assert (report.rows, report.added, report.skipped) == (4, 1, 3)
    assert "Moon/Base" in report.problems[0].message
    assert "row 2" in report.problems[2].message


def test_a_dry_run_reports_the_same_and_changes_nothing(conn: Connection, imported: Import) -> None:
    """It is the very import, taken back."""
    tried = imported(MAILCHIMP, streams=MARKETING, dry_run=True)
    for table in (subscriber, consent, suppression, import_batch):
        assert conn.execute(select(func.count()).select_from(table)).scalar() == 0
    done = imported(MAILCHIMP, streams=MARKETING)
    assert (tried.added, tried.consents, tried.batch_id) == (done.added, done.consents, None)


def test_importing_twice_changes_nothing_more(conn: Connection, imported: Import) -> None:
    """Neither people nor consents."""
    imported(MAILCHIMP, streams=MARKETING)
    again = imported(MAILCHIMP, streams=MARKETING)
    assert (again.added, again.updated, again.unchanged, again.consents) == (0, 0, 3, 0)


def test_an_import_only_fills_what_was_empty(conn: Connection, add: Add, imported: Import) -> None:
    """What she told us herself stays."""
    add(name="Anna")
    report = imported("email,name,country,tags\nanna@example.com,Annie,GB,friends\n")
    anna = store.find(conn, "anna@example.com")
    assert anna is not None
    assert (report.updated, anna.name, anna.country, anna.tags) == (1, "Anna", "GB", ("friends",))


def test_without_a_stated_consent_nobody_is_mailed(conn: Connection, imported: Import, now: datetime) -> None:
    """A list of addresses is not a list of agreements."""
    imported(SQUARE)
    assert mailed(conn, now) == set()


def test_a_stated_basis_obeys_the_rules_of_the_country(conn: Connection, imported: Import, now: datetime) -> None:
    """Soft opt-in will do in Britain and not where the country is unknown; the row says so."""
    text = "email,country\nanna@example.com,GB\nbob@example.com,\n"
    report = imported(text, streams=MARKETING, basis=Basis.SOFT_OPT_IN)
    assert (mailed(conn, now), report.consents) == ({"anna@example.com"}, 1)
    assert [(problem.row, problem.skipped) for problem in report.problems] == [(3, False)]


def test_an_import_never_lifts_an_unsubscribe(conn: Connection, add: Add, imported: Import, now: datetime) -> None:
    """Whatever the operator states."""
    anna = add(consents=(Stream.MARKETING,))
    store.withdraw(conn, anna.id, Stream.MARKETING, source="link", at=now)
    report = imported("email,status\nanna@example.com,subscribed\n", streams=MARKETING)
    assert (mailed(conn, now), report.consents) == (set(), 0)


def test_who_was_erased_is_not_imported(conn: Connection, add: Add, imported: Import, now: datetime) -> None:
    """The row is skipped, and the report says since when."""
    store.erase(conn, add().id, source="asked by mail", at=now)
    report = imported("email\nanna@example.com\n", streams=MARKETING)
    assert (report.added, report.skipped, store.count(conn)) == (0, 1, 0)
    assert "erased on 02 March 2026" in report.problems[0].message


def test_a_refusal_further_down_counts_for_both_rows(conn: Connection, imported: Import, now: datetime) -> None:
    """The same person twice, once unsubscribed."""
    imported("email,status\nanna@example.com,subscribed\nanna@example.com,unsubscribed\n", streams=MARKETING)
    assert mailed(conn, now) == set()


def test_what_fails_half_way_leaves_nothing(conn: Connection, imported: Import) -> None:
    """Even where the caller goes on and commits."""

    def stop(rows: int) -> None:
        if rows > 1000:
            raise KeyboardInterrupt

    rows = "".join(f"p{number}@example.com\n" for number in range(2500))
    with pytest.raises(KeyboardInterrupt):
        imported(f"email\n{rows}", on_progress=stop)
    assert store.count(conn) == 0


def test_an_address_repeated_across_batches_is_one_person(conn: Connection, imported: Import) -> None:
    """Memory stays flat, so that the store has to know it."""
    rows = "".join(f"p{number}@example.com\n" for number in range(BATCH + 500))
    heard: list[int] = []
    report = imported(f"email\n{rows}p0@example.com\n", on_progress=heard.append)
    assert (report.added, report.unchanged, heard) == (BATCH + 500, 1, [BATCH, BATCH + 501])
    assert "further up in this file" in report.problems[0].message


CELLS = st.text(alphabet=st.sampled_from("anb@.exmplco,;\"\n\r\t\0é=+-'{}1 "), max_size=30)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*[CELLS] * 6), max_size=5), st.binary(max_size=60))
def test_any_file_is_imported_or_refused(
    scratch: Engine, tmp_path: Path, key: bytes, now: datetime, rows: list[tuple[str, ...]], tail: bytes
) -> None:
    """Nothing but an AudienceError comes out, every row is accounted for, and nobody suppressed is mailed."""
    text = "email,status,name,tags,attributes,timezone\nanna@example.com,unsubscribed,,,,\n"
    path = tmp_path / "any.csv"
    path.write_bytes((text + "\n".join(map(",".join, rows))).encode() + tail)
    with scratch.connect() as conn:
        try:
            report = import_csv(conn, path, dry_run=False, now=now, key=key, consent_streams=MARKETING)
        except AudienceError:
            return
        assert report.rows == report.added + report.updated + report.unchanged + report.skipped
        assert "anna@example.com" not in mailed(conn, now)
        conn.rollback()
