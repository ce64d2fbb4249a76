"""A service's answer, read with suspicion: what cannot be understood leaves the mail in doubt."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from newsletter.domain.delivery import Outcome, Result
from newsletter.errors import ProviderError


def parsed(service: str, response: requests.Response) -> object:
    """The answer's JSON. In doubt without any: with a good status the mail has probably been accepted."""
    try:
        answer: object = response.json()
    except (ValueError, RecursionError) as error:
        raise senseless(service) from error
    return answer


def parsed_object(service: str, response: requests.Response) -> dict[str, object]:
    """The answer's JSON object. In doubt without one."""
    answer = parsed(service, response)
    if not isinstance(answer, dict):
        raise senseless(service)
    return answer


def error_object(response: requests.Response) -> dict[str, object]:
    """The JSON object of an answer that is an error anyway; empty where there is none."""
    try:
        return parsed_object("", response)
    except ProviderError:
        return {}


def senseless(service: str) -> ProviderError:
    return ProviderError(
        f"{service} gave an answer that makes no sense: the mail may have been accepted.", in_doubt=True
    )


def retry_after(response: requests.Response, *names: str) -> timedelta | None:
    """The header in seconds, as services give it; None without one, or for anything else (RFC 9110 allows a date).

    `names` are the headers to be read instead, the first that has seconds.
    """
    for name in names or ("retry-after",):
        value = response.headers.get(name, "")
        if re.fullmatch(r"[0-9]{1,6}", value):
            return timedelta(seconds=int(value))
    return None


def objects(service: str, value: object) -> list[dict[str, object]]:
    """A list of JSON objects. In doubt for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise senseless(service)
    return value


def moment(value: object) -> datetime | None:
    """A moment as services write it, in UTC where no zone is given; None for what is none.

    As ISO 8601, as mails have it (RFC 5322), or as seconds since 1970.
    """
    try:
        if isinstance(value, str):
            written = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
            return written.replace(tzinfo=UTC) if written.tzinfo is None else written
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def result_of(error: ProviderError) -> Result:
    """What an error says of each mail, where it is one part of a call that was made in parts."""
    outcome = Outcome.REJECTED if error.permanent else Outcome.NOT_SENT
    return Result(outcome=Outcome.UNKNOWN if error.in_doubt else outcome, reason=str(error))
