"""Questions over HTTP: one session a service, and what each refusal means."""

from collections.abc import Mapping
from datetime import timedelta

import requests
from requests.auth import AuthBase

from newsletter.errors import ProviderError
from newsletter.providers.answers import error_object, parsed, retry_after
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, get, session

_MINUTE = timedelta(minutes=1)


class Questions:
    """Questions to one service over one session; `setting` names its key, `service` is how people call it."""

    def __init__(
        self,
        service: str,
        auth: AuthBase,
        setting: str,
        base_url: str,
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        self._service = service
        self._setting = setting
        self._session = session(auth)
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout

    def ask(self, path: str, **query: str | int) -> object:
        """The JSON of a good answer. Raises ProviderError for any other; what a service said itself is left out, for it
        may quote the key or an address."""
        named = {name: str(value) for name, value in query.items()}
        response = get(self._session, self._service, f"{self._base_url}{path}", named, self._timeout)
        if response.status_code == 200:
            return parsed(self._service, response)
        raise self._fault(response)

    def ask_object(self, path: str, **query: str | int) -> Mapping[str, object]:
        answer = self.ask(path, **query)
        if not isinstance(answer, dict):
            raise ProviderError(f"{self._service} gave an answer that makes no sense.")
        return answer

    def knows(self, path: str, **query: str) -> Mapping[str, object] | None:
        """The JSON object of something that the service knows; None where it does not know it."""
        try:
            return self.ask_object(path, **query)
        except _NotThereError:
            return None

    def close(self) -> None:
        self._session.close()

    def _fault(self, response: requests.Response) -> ProviderError:
        status = response.status_code
        if status == 404:
            return _NotThereError(f"{self._service} does not know what it was asked for.")
        if status == 429 or "hrottl" in str(error_object(response).get("__type")):
            return ProviderError(f"{self._service} asks to wait.", retry_after=retry_after(response) or _MINUTE)
        if status in (401, 403):
            return RefusedKeyError(
                f"{self._service} does not accept the key for reading ({status}).",
                f"Check {self._setting}, and that it may read and not only send.",
            )
        return ProviderError(f"{self._service} answered {status}.")


class RefusedKeyError(ProviderError):
    """The key is none, or may not read."""


class _NotThereError(ProviderError):
    """What was asked for does not exist."""
