"""Amazon SES v2 as the server speaks it: one raw mail a call, with its signature checked."""

import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from newsletter.providers.sigv4 import Scope, canonical_request, sign
from tests.fault_server.wire import ACCESS_KEY_ID, API_KEY, REGION, Answer, Desk, Json, Request

_AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})")


class Ses:
    name = "ses"

    def owns(self, path: str) -> bool:
        return path in ("/v2/email/outbound-emails", "/v2/email/suppression/addresses")

    def answer(self, request: Request, desk: Desk) -> Answer:
        if not _is_signed(request):
            quoted = f"The canonical string should have been {request.headers}"
            return _error(403, "InvalidSignatureException", quoted)
        if request.method == "GET":
            return _suppressed(request, desk)
        call = json.loads(request.body)
        (recipient,) = call["Destination"]["ToAddresses"]
        if desk.refuses(recipient) or not desk.has_room(0):
            return _error(400, "MessageRejected", "Invalid recipient.")
        tags = {tag["Name"]: tag["Value"] for tag in call["EmailTags"]}
        mail: Json = {"content": b64decode(call["Content"]["Raw"]["Data"]).decode()}
        accepted = desk.journal.accept(self.name, mid=tags["mid"], to=recipient, mail=mail)
        return Answer(status=200, body={"MessageId": accepted.provider_id})


def _is_signed(request: Request) -> bool:
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        return False
    credential, names, signature = found.groups()
    moment = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    scope = Scope(region=REGION, service="ses", moment=moment)
    headers = {name: request.headers[name] for name in names.split(";")}
    url = f"{request.path}?{urlencode(request.query, quote_via=quote)}"
    canonical = canonical_request(request.method, url, headers, request.body)
    return credential == f"{ACCESS_KEY_ID}/{scope.name}" and signature == sign(API_KEY, scope, canonical)


def _suppressed(request: Request, desk: Desk) -> Answer:
    """Page by page, by a token as odd as AWS's own."""
    start, size = int(request.query.get("NextToken", "0==/+").split("=")[0]), int(request.query["PageSize"])
    listed = sorted(desk.refused)
    entries = [{"EmailAddress": each, "Reason": "BOUNCE", "LastUpdateTime": 1795426200.5} for each in listed]
    following = {"NextToken": f"{start + size}==/+"} if start + size < len(listed) else {}
    return Answer(status=200, body={"SuppressedDestinationSummaries": entries[start : start + size]} | following)


def _error(status: int, name: str, message: str) -> Answer:
    kind = f"{name}:http://internal.amazon.com/coral/com.amazonaws.services.sesv2/"
    return Answer(status=status, body={"message": message}, headers={"x-amzn-errortype": kind})
