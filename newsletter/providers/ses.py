"""Amazon SES, API version 2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html): mail by mail.

Each goes as the bytes we wrote, so that every header arrives as it is. SES knows neither idempotency keys nor a
look-up: a lost answer stays unknown until an event that carries our id (EmailTags) or the therapist settles it.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import requests

from newsletter.domain.delivery import Outcome, Result
from newsletter.domain.message import Message
from newsletter.errors import InputError, ProviderError, SettingsError
from newsletter.providers.answers import error_object, moment, objects, parsed_object, retry_after, senseless
from newsletter.providers.base import Capabilities, Suppressed, require_batch, send_writable
from newsletter.providers.http import CONNECT_TIMEOUT, READ_TIMEOUT, get, post, session
from newsletter.providers.sigv4 import Credentials, SigV4
from newsletter.providers.wording import tidy
from newsletter.rendering.mime import ascii_address, encode, require_ascii_recipient
from subscribers.suppression import Reason

KEY_SETTINGS = "AFTERGLOW_SES_ACCESS_KEY_ID and AFTERGLOW_SES_SECRET_ACCESS_KEY"
REGION_SETTING = "AFTERGLOW_SES_REGION"

_JSON = {"Content-Type": "application/json", "Accept": "application/json"}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_LARGEST_MAIL = 40_000_000  # bytes: "the maximum message size is 40 MB", after base64
_PAGE = 1000
_REASONS = {"BOUNCE": Reason.HARD_BOUNCE, "COMPLAINT": Reason.COMPLAINT}
_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_THROTTLED = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException", "RequestLimitExceeded"}
)
_REFUSED = frozenset({"MessageRejected", "BadRequestException"})
_UNVERIFIED = "not verified"  # "Email address is not verified. The following identities failed the check in region ..."
_SENDER = frozenset({"MailFromDomainNotVerifiedException", "SendingPausedException", "AccountSuspendedException"})
_SIGNATURE = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class SesProvider:
    """`clock` gives the real moment, which a signature must hold; `base_url` is another address than the region's own.

    `timeout` is for connecting and for reading, in seconds. Raises SettingsError for keys or a region that cannot be.
    """

    name = "ses"
    capabilities = Capabilities(batch=1, attached_batch=1, ascii_only=True)

    def __init__(
        self,
        credentials: Credentials,
        region: str,
        *,
        clock: Callable[[], datetime],
        base_url: str = "",
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> None:
        _require_usable(credentials, region)
        self._credentials = credentials
        self._session = session(SigV4(credentials, region, "ses", clock))
        self._base_url = base_url.rstrip("/") or f"https://email.{region}.amazonaws.com"
        self._timeout = timeout

    def send(self, key: str, messages: Sequence[Message]) -> tuple[Result, ...]:  # noqa: ARG002 - it knows no keys
        """One call for one mail."""
        require_batch(self, messages)
        return send_writable(messages, _mail, self._send)

    def look_up(self, message: Message) -> Result:  # noqa: ARG002 - there is nobody to ask
        return Result(outcome=Outcome.UNKNOWN, reason="Amazon SES cannot be asked what became of a mail.")

    def suppressed(self, since: datetime) -> Iterator[Suppressed]:
        """The account's own list (ListSuppressedDestinations); Amazon's global one cannot be read."""
        query = {"StartDate": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "PageSize": str(_PAGE)}
        while True:
            url = f"{self._base_url}/v2/email/suppression/addresses"
            response = get(self._session, "Amazon SES", url, query, self._timeout)
            if response.status_code != 200:
                raise _fault(response, *self._error(response))
            answer = parsed_object("Amazon SES", response)
            for entry in objects("Amazon SES", answer.get("SuppressedDestinationSummaries")):
                if isinstance(address := entry.get("EmailAddress"), str):
                    reason = _REASONS.get(str(entry.get("Reason")), Reason.BY_HAND)
                    yield Suppressed(address=address, reason=reason, at=moment(entry.get("LastUpdateTime")))
            if not isinstance(following := answer.get("NextToken"), str) or not following:
                return
            query["NextToken"] = following

    def close(self) -> None:
        self._session.close()

    def _send(self, mails: Sequence[bytes]) -> list[Result]:
        (body,) = mails
        url = f"{self._base_url}/v2/email/outbound-emails"
        response = post(self._session, "Amazon SES", url, body, _JSON, self._timeout)
        if 200 <= response.status_code < 300:
            match parsed_object("Amazon SES", response):
                case {"MessageId": str(id)} if id:
                    return [Result(outcome=Outcome.ACCEPTED, provider_message_id=id)]
            raise senseless("Amazon SES")
        name, said = self._error(response)
        if response.status_code == 400 and name in _REFUSED and _UNVERIFIED not in said:
            return [Result(outcome=Outcome.REJECTED, reason=f"Amazon SES: {said}.")]
        raise _fault(response, name, said)

    def _error(self, response: requests.Response) -> tuple[str, str]:
        """The error's name, from `TooManyRequestsException:http://...` or `com.amazon...#ThrottlingException`."""
        error = error_object(response)
        written = response.headers.get("x-amzn-errortype") or error.get("__type") or error.get("code")
        message = error.get("message") or error.get("Message")
        name = written.partition(":")[0].rpartition("#")[2] if isinstance(written, str) else ""
        said = message if isinstance(message, str) else name or f"it answered {response.status_code}"
        return name, tidy(self._credentials.redact(said))


def _mail(message: Message) -> bytes:
    """The call for one mail. No FromEmailAddress: it would take the place of our From and its name."""
    require_ascii_recipient(message)
    raw = b64encode(encode(message)).decode("ascii")
    if len(raw) > _LARGEST_MAIL:
        raise InputError(f"The mail is larger than Amazon SES takes ({_LARGEST_MAIL} bytes).", "Attach less.")
    call = {
        "Content": {"Raw": {"Data": raw}},
        "Destination": {"ToAddresses": [ascii_address(message.to.address)]},
        "EmailTags": [{"Name": "mid", "Value": message.id}],
    }
    return json.dumps(call, separators=(",", ":")).encode()


def _fault(response: requests.Response, name: str, said: str) -> ProviderError:
    """What an error means for the call (https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html)."""
    status = response.status_code
    if name in _THROTTLED or status == 429:
        # "Daily message quota exceeded" counts the last 24 hours: some of it comes back with every hour.
        pause = _HOUR if "quota" in said.lower() or name == "LimitExceededException" else _SECOND
        return ProviderError(f"Amazon SES asks to wait: {said}.", retry_after=retry_after(response) or pause)
    if status >= 500 or status == 408:
        return ProviderError(f"Amazon SES failed: {said}.", in_doubt=True, retry_after=retry_after(response))
    if name in _SENDER or _UNVERIFIED in said:
        return ProviderError(
            f"Amazon SES refuses the sender: {said}.",
            f"Verify the sender and see that sending is on, in the region of {REGION_SETTING}; the mail waits.",
        )
    if name in _SIGNATURE or status in (401, 403):
        # Its own words would quote what was signed, and that holds the session token.
        return ProviderError(
            f"Amazon SES does not accept the signature ({name or status}).",
            f"Check {KEY_SETTINGS}, their right ses:SendRawEmail, {REGION_SETTING}, and the computer's clock; "
            "the mail waits.",
        )
    return ProviderError(f"Amazon SES refuses the call ({status}): {said}.", f"Check {REGION_SETTING}.")


def _require_usable(credentials: Credentials, region: str) -> None:
    if not _REGION.fullmatch(region):
        raise SettingsError(f"{REGION_SETTING} is no region of AWS.", "Write it like eu-west-1.")
    secrets = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token or "none")
    if any(not secret or not secret.isascii() or not secret.isprintable() or " " in secret for secret in secrets):
        raise SettingsError(
            f"{KEY_SETTINGS} hold no keys.", "Copy them again, without spaces or line breaks around them."
        )
