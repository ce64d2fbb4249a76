"""Everything Afterglow refuses, as one hierarchy.

AfterglowError                 what is wrong, and in `remedy` what to do next
├── InputError                 what was given cannot be used: a file, a date, an option's value
│   └── FetchError             what lies at a web address cannot be had: `status`, `retry_after`
├── NotFoundError              nothing has that name or id
├── RefusedError               the rules forbid it: no consent, a session in the future, a state that is over
├── SettingsError              the settings, or the home folder, cannot work
├── TemplateError              a template does not compile, or names an unknown slot
├── StoreError                 the store is newer, busy, full or damaged
├── HookError                  a call to a hook cannot be believed or read: `status` is its answer
└── ProviderError              the mail service did not take the mail: `permanent`, `in_doubt`, `retry_after`
"""

from datetime import timedelta


class AfterglowError(Exception):
    """A fault to be shown to the therapist.

    `message` names the thing and what is wrong with it; `remedy` is the next step, as a sentence of its own.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InputError(AfterglowError):
    """What was given cannot be used; nothing was changed."""


class FetchError(InputError):
    """What lies at a web address cannot be had.

    `status` is what the server answered, None where no answer came; `retry_after` is how long to leave it alone.
    """

    def __init__(
        self, message: str, remedy: str = "", *, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.retry_after = retry_after


class NotFoundError(AfterglowError):
    """Nothing has that name or id."""


class RefusedError(AfterglowError):
    """The rules forbid it: consent, time, or a state that is over."""


class SettingsError(AfterglowError):
    """The settings, or the home folder, cannot work as they are."""


class TemplateError(AfterglowError):
    """A template does not compile, or names a slot that does not exist."""


class StoreError(AfterglowError):
    """The store cannot be used: it is newer than this program, busy, full or damaged."""


class HookError(AfterglowError):
    """A call to a hook that cannot be believed, or not be read; nothing of it was kept. `status` is the HTTP answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ProviderError(AfterglowError):
    """A mail service did not take a call.

    `in_doubt`: the bytes left and no answer came, so nobody knows whether the mail was accepted.
    `permanent`: the same call would be refused again.
    `retry_after`: the service asked to wait this long; never counts as a failure of the mail.
    """

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        permanent: bool = False,
        in_doubt: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message, remedy)
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.retry_after = retry_after
