"""A service's answer, read with suspicion: what cannot be understood leaves the mail in doubt."""

import re
from datetime import timedelta

import requests

from newsletter.errors import ProviderError

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


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


def retry_after(response: requests.Response) -> timedelta | None:
    """The header in seconds, as services give it; None without one, or for anything else (RFC 9110 allows a date)."""
    value = response.headers.get("retry-after", "")
    return timedelta(seconds=int(value)) if re.fullmatch(r"[0-9]{1,6}", value) else None


def tidy(text: str) -> str:
    """A service's words as they may stand in a sentence of ours."""
    return _CONTROLS.sub(" ", text)[:300].strip().rstrip(".")
