"""Doubts: calls that a crash or a lost answer left open are settled by asking, never by hoping.

In this order: the same call under the same key, where the service knows keys; a look-up, where it has one; what the
service tells by itself; the therapist's word.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.calling import Answer, lease, may_replay, messages_of, record, transmit
from newsletter.context import App, Clock
from newsletter.domain.delivery import Call, DeliveryState, Outcome, Result
from newsletter.domain.mailing import payload_hash
from newsletter.domain.message import Message
from newsletter.errors import NotFoundError, ProviderError, RefusedError
from newsletter.providers.base import LookUp, Provider
from newsletter.store import calls, deliveries, meta


def settle_doubts(app: App, clock: Clock) -> None:
    """Asks again about every call that a crash or a lost answer left in doubt, when its time has come."""
    while (call := _take_over(app, clock())) is not None:
        record(app, call, _ask(app, call, clock), clock())


def reconcile(app: App, clock: Clock) -> None:
    """Asks about everything in doubt now, without waiting for its time. Raises RefusedError while mail is held."""
    with app.database.write() as connection:
        if (hold := meta.held(connection)) is not None:
            raise RefusedError(f"All mail is held: {hold.reason}.", "Go on with: resume")
        calls.hasten_doubts(connection, clock())
    settle_doubts(app, clock)


def decide_by_hand(app: App, delivery_ids: Sequence[int], now: datetime, *, resend: bool) -> None:
    """The therapist's word on mails in doubt: send them again, or leave them as lost. All of them, or none.

    Raises NotFoundError or RefusedError that names the first which is not in doubt.
    """
    with app.database.write() as connection:
        for delivery_id in delivery_ids:
            found = deliveries.get(connection, delivery_id)
            if found is None:
                raise NotFoundError(f"There is no delivery {delivery_id}.", "List them with: delivery list")
            if found.state is not DeliveryState.UNKNOWN:
                raise RefusedError(
                    f"The mail to {found.email} is {found.state}; only a mail in doubt needs your word.",
                    "List those with: delivery list --state unknown",
                )
        calls.decide_by_hand(connection, delivery_ids, now, resend=resend)


def _take_over(app: App, now: datetime) -> Call | None:
    with app.database.write() as connection:
        if meta.held(connection):  # asking may mean to make the same call again, and that may send
            return None
        longest = max(lease(each, now) for each in app.services)
        return calls.take_over(connection, worker=app.worker, lease_until=longest, now=now)


def _ask(app: App, call: Call, clock: Clock) -> Answer:
    """What became of a call in doubt: by the same call again, by a look-up, or nobody knows."""
    messages, provider = messages_of(app, call), app.service(call.provider)
    if provider is None:
        return _nobody_knows(call, f"it went through {call.provider}, which is not set up any more")
    if may_replay(provider, call, clock()) and payload_hash(messages) == call.payload_hash:
        return _replay(app, provider, call, messages)
    if provider.capabilities.look_up is not LookUp.NONE:
        return _look_up(provider, messages)
    return _nobody_knows(call, f"no answer came, and {call.provider} cannot be asked")


def _replay(app: App, provider: Provider, call: Call, messages: Sequence[Message]) -> Answer:
    """The very same call again. If the first one never arrived this one sends, so nobody of it may have left since."""
    with app.database.read() as connection:
        objections = calls.objections(connection, call)
    if objections:
        return _nobody_knows(call, f"no answer came, and {objections} of its mails must not be sent any more")
    answer = transmit(app, provider, call, messages)
    return replace(answer, results=tuple(map(_still_in_doubt, answer.results)), tried=True)


def _look_up(provider: Provider, messages: Sequence[Message]) -> Answer:
    try:
        found = tuple(provider.look_up(message) for message in messages)
        return Answer(results=found, tried=False)
    except ProviderError as error:
        unknown = Result(outcome=Outcome.UNKNOWN, reason=str(error))
        return Answer(results=(unknown,) * len(messages), reason=str(error), pause=error.retry_after)


def _still_in_doubt(result: Result) -> Result:
    """A repeated call that could not be sent says nothing about the first one."""
    if result.outcome is Outcome.NOT_SENT:
        return Result(outcome=Outcome.UNKNOWN, reason=result.reason)
    return result


def _nobody_knows(call: Call, reason: str) -> Answer:
    return Answer(results=(Result(outcome=Outcome.UNKNOWN, reason=reason),) * len(call.members), reason=reason)
