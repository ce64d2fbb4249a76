"""Every call is one that its vendor's own specification, or own library, accepts: nothing in it is unknown there."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from postmark.models.outbound.schemas import Email

from newsletter.domain.attachment import Attachment
from newsletter.domain.message import Mailbox, Message
from newsletter.providers.base import Provider, largest_call
from newsletter.providers.sigv4 import Credentials, SigV4
from tests.fault_server.server import FaultServer
from tests.providers.field_lists import BREVO, MAILJET, faults

MakeMessage = Callable[..., Message]
SPECIFICATIONS = Path(__file__).parents[3] / "shared" / "specs"
PICTURE = Attachment(content_type="image/png", name="lavender.png", content=b"\x89PNG", content_id="lavender")
NOTES = Attachment(content_type="application/pdf", name="notes.pdf", content=b"%PDF-1.7")
Changes = dict[str, object]
PLAIN: Changes = {"to": Mailbox(address="anna@client.example"), "reply_to": None, "headers": ()}
KINDS: dict[str, Changes] = {"as usual": {}, "with as little as can be": PLAIN, "with a file": {"attachments": [NOTES]}}
IMAGES: dict[str, Changes] = {
    "with an image": {"attachments": [PICTURE, NOTES], "html": '<img src="cid:lavender" alt="">'}
}


def document(vendor: str) -> dict[str, Any]:
    """The vendor's own OpenAPI document, which lies beside a checkout; no object may hold what it does not name."""
    file = SPECIFICATIONS / f"{vendor}.json"
    if not file.exists():
        pytest.skip(f"{vendor}'s specification is not beside this checkout.")
    strict: dict[str, Any] = _strict(json.loads(file.read_text("utf-8")))
    return strict


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    known = {name: _strict(each) for name, each in schema.items()}
    closed = schema.get("type") == "object" and "properties" in schema
    return known | ({"additionalProperties": False} if closed else {})


def require_valid(call: object, schema: dict[str, Any], whole: dict[str, Any]) -> None:
    errors = Draft202012Validator(schema | {"components": whole["components"]}).iter_errors(call)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


@pytest.fixture(params=[1, 2])
def count(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(params=list((KINDS | IMAGES).values()), ids=list(KINDS | IMAGES))
def changes(request: pytest.FixtureRequest) -> Changes:
    given: Changes = request.param
    return given


@pytest.fixture
def calls(
    fault_server: FaultServer, make_message: MakeMessage, changes: Changes, count: int
) -> Callable[[Provider], Iterator[bytes]]:
    """What a provider sends for one mail or two, of the kind that is asked for."""

    def send(provider: Provider) -> Iterator[bytes]:
        messages = [make_message(reader, **changes) for reader in ("anna", "bert")[:count]]
        size = largest_call(provider.capabilities, messages[0].content)
        for start in range(0, count, size):
            provider.send(f"key-{start}", messages[start : start + size])
        return (request.body for request in fault_server.requests)

    return send


Calls = Callable[[Provider], Iterator[bytes]]


def test_resend_by_its_openapi_document(fault_server: FaultServer, resend_by_faults: Provider, calls: Calls) -> None:
    """Single mails and batches, attachments and all."""
    whole = document("resend")
    one = {"$ref": "#/components/schemas/SendEmailRequest"}
    for body, request in zip(calls(resend_by_faults), fault_server.requests, strict=True):
        schema = one if request.path == "/emails" else {"type": "array", "items": one, "maxItems": 100}
        require_valid(json.loads(body), schema, whole)


def test_sendgrid_by_its_openapi_document(sendgrid: Provider, calls: Calls) -> None:
    """POST /v3/mail/send."""
    whole = document("sendgrid")
    schema = whole["components"]["requestBodies"]["PostMailSend"]["content"]["application/json"]["schema"]
    for body in calls(sendgrid):
        require_valid(json.loads(body), schema, whole)


def test_mailgun_by_its_openapi_document(fault_server: FaultServer, mailgun: Provider, calls: Calls) -> None:
    """POST /v3/{domain_name}/messages; headers and variables may have any name."""
    whole = document("mailgun")
    schema = whole["components"]["schemas"]["POST-v3-domain_name-messages-multipart-form-data-RequestBody"]
    schema = schema | {"additionalProperties": False, "patternProperties": {"^[hv]:": {"type": "string"}}}
    for body, request in zip(calls(mailgun), fault_server.requests, strict=True):
        require_valid(_form(request.headers["content-type"], body), schema, whole)


def _form(content_type: str, body: bytes) -> dict[str, object]:
    """A form as an object: files, and readers, in lists."""
    fields: dict[str, Any] = {}
    for part in message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body).walk():
        name = part.get_param("name", header="content-disposition")
        if name in ("to", "attachment", "inline"):
            fields.setdefault(str(name), []).append(str(part.get_payload()))
        elif name is not None:
            fields[str(name)] = str(part.get_payload())
    return fields


def test_postmark_by_the_models_of_its_own_library(postmark: Provider, calls: Calls) -> None:
    """Whatever its models do not know they would leave out."""
    for body in calls(postmark):
        for mail in json.loads(body):
            assert Email.model_validate(mail).model_dump(mode="json", by_alias=True, exclude_unset=True) == mail


def test_ses_by_the_service_model_of_botocore(ses: Provider, calls: Calls) -> None:
    """SendEmail of SES v2; unknown names are errors to it."""
    model = get_session().get_service_model("sesv2").operation_model("SendEmail")
    for body in calls(ses):
        call = json.loads(body)
        raw = call["Content"]["Raw"]
        raw["Data"] = b64decode(raw["Data"], validate=True)
        assert ParamValidator().validate(call, model.input_shape).generate_report() == ""


def test_brevo_by_its_list_of_fields(brevo: Provider, calls: Calls) -> None:
    """Brevo publishes no document: the list names its sources."""
    for body in calls(brevo):
        assert list(faults(json.loads(body), BREVO)) == []


def test_mailjet_by_its_list_of_fields(mailjet: Provider, calls: Calls) -> None:
    """Mailjet publishes no document: the list names its sources."""
    for body in calls(mailjet):
        assert list(faults(json.loads(body), MAILJET)) == []


TOKEN = st.text(alphabet="ABCabc0123456789+/=", min_size=1, max_size=60)
SEGMENT = st.text(alphabet="abcXYZ019-_~ üñ%", min_size=1, max_size=12)
QUERY = st.lists(st.tuples(SEGMENT, st.text(alphabet="abc 0-_.~/=&+ü", max_size=8)), max_size=3)


@settings(max_examples=200)
@given(
    keys=st.tuples(TOKEN, TOKEN, st.none() | TOKEN),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.lists(SEGMENT, max_size=4),
    query=QUERY,
    body=st.binary(max_size=200),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 - the strategy wants them naive
)
def test_signature_is_the_one_that_botocore_makes(
    keys: tuple[str, str, str | None],
    method: str,
    path: list[str],
    query: list[tuple[str, str]],
    body: bytes,
    moment: datetime,
) -> None:
    """For 200 requests that nobody chose: keys, paths, queries, bodies and moments."""
    at = moment.replace(microsecond=0, tzinfo=UTC)
    url = f"https://email.eu-west-1.amazonaws.com/{'/'.join(quote(each, safe='') for each in path)}"
    headers = {"Content-Type": "application/json"}
    credentials = Credentials(access_key_id=keys[0], secret_access_key=keys[1], session_token=keys[2] or "")
    auth = SigV4(credentials, "eu-west-1", "ses", lambda: at)
    ours = requests.Request(method, url, params=query, data=body, headers=headers, auth=auth).prepare()
    theirs = AWSRequest(method=method, url=ours.url, data=body, headers=headers)
    with time_machine.travel(at, tick=False):
        SigV4Auth(BotoCredentials(*keys), "ses", "eu-west-1").add_auth(theirs)
    assert ours.headers["Authorization"] == theirs.headers["Authorization"]
