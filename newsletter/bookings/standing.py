"""What became of a booking, in the words of booking programs."""

from newsletter.bookings.words import plain
from newsletter.domain.booking import Standing

_WORDS = {
    Standing.BOOKED: """booked, confirmed, scheduled, pending, accepted, approved, active, new, upcoming, tentative,
        moved, rescheduled, reserved, open, yes, unconfirmed, not confirmed, gebucht, bestatigt, geplant, verschoben,
        reserve, confirme, reservado, confirmado, confirmada, reservada""",
    Standing.DONE: """done, completed, complete, attended, arrived, checked in, checked out, fulfilled, finished, paid,
        closed, showed, wahrgenommen, erledigt, abgeschlossen, bezahlt, termine, terminee, effectue, completado,
        completada, realizado, realizada""",
    Standing.CANCELLED: """cancelled, canceled, cancel, deleted, declined, rejected, late cancel, late cancelled,
        late canceled, late cancellation, cancelled late, canceled late, cancelled by customer, cancelled by seller,
        cancelled by client, canceled by client, void, voided, removed, no, storniert, abgesagt, abgelehnt,
        annule, annulee, cancelado, cancelada, anulado, anulada""",
    Standing.NO_SHOW: """no show, noshow, no showed, did not attend, did not show, dna, missed, absent, not attended,
        nicht erschienen, absente, non presente, non presentee, no asistio, ausente""",
}
_STANDING = {word.strip(): standing for standing, text in _WORDS.items() for word in text.split(",")}


def standing_of(word: str) -> Standing | None:
    """What the word means; an empty one that the booking stands, and one that nobody knows None."""
    told = plain(word)
    return _STANDING.get(told) if told else Standing.BOOKED
