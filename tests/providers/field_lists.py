"""What may stand in a call to services that publish neither a specification nor models of their calls.

Each list was written from the source named above it; a name that is not in it is refused.
"""

from collections.abc import Iterator, Mapping

Fields = Mapping[
    str, object
]  # name -> str, bool or dict for a value of that type, Fields for an object, [Fields] for many
Free = dict  # an object whose names are the sender's own

_BREVO_MAILBOX: Fields = {"email": str, "name": str}
# https://developers.brevo.com/reference/send-transac-email and the official SDK's SendTransacEmailRequest...
# (brevo-python 5.1.0). `headers` of a version are in neither: django-anymail sends them (anymail/backends/brevo.py).
_BREVO_VERSION: Fields = {
    "to": [_BREVO_MAILBOX],
    "cc": [_BREVO_MAILBOX],
    "bcc": [_BREVO_MAILBOX],
    "replyTo": _BREVO_MAILBOX,
    "subject": str,
    "htmlContent": str,
    "textContent": str,
    "params": Free,
    "headers": Free,
}
BREVO: Fields = {
    **_BREVO_VERSION,
    "sender": {**_BREVO_MAILBOX, "id": str},
    "attachment": [{"name": str, "content": str, "url": str}],
    "tags": [str],
    "templateId": str,
    "scheduledAt": str,
    "batchId": str,
    "messageVersions": [_BREVO_VERSION],
}

_MAILJET_MAILBOX: Fields = {"Email": str, "Name": str}
_MAILJET_FILE: Fields = {"ContentType": str, "Filename": str, "Base64Content": str}
# https://dev.mailjet.com/reference/email/send-emails/ (API 3.1) and the types of the official node-mailjet 6.0.9
# (declarations/types/api/SendMessage.d.ts: IMessage, IBody).
MAILJET: Fields = {
    "Messages": [
        {
            "From": _MAILJET_MAILBOX,
            "Sender": _MAILJET_MAILBOX,
            "To": [_MAILJET_MAILBOX],
            "Cc": [_MAILJET_MAILBOX],
            "Bcc": [_MAILJET_MAILBOX],
            "ReplyTo": _MAILJET_MAILBOX,
            "Subject": str,
            "TextPart": str,
            "HTMLPart": str,
            "TemplateID": int,
            "TemplateLanguage": bool,
            "TemplateErrorReporting": _MAILJET_MAILBOX,
            "TemplateErrorDeliver": bool,
            "Attachments": [_MAILJET_FILE],
            "InlinedAttachments": [{**_MAILJET_FILE, "ContentID": str}],
            "Priority": int,
            "CustomCampaign": str,
            "DeduplicateCampaign": bool,
            "TrackOpens": str,
            "TrackClicks": str,
            "CustomID": str,
            "EventPayload": str,
            "URLTags": str,
            "Headers": Free,
            "Variables": Free,
        }
    ],
    "Globals": Free,
    "SandboxMode": bool,
    "AdvanceErrorHandling": bool,
}


def faults(call: object, fields: object, place: str = "") -> Iterator[str]:
    """Where a call is not as its list says."""
    if isinstance(fields, type):
        if not isinstance(call, fields):
            yield f"{place} is no {fields.__name__}"
    elif isinstance(fields, list):
        for number, item in enumerate(call if isinstance(call, list) else [None]):
            yield from faults(item, fields[0], f"{place}[{number}]")
    elif isinstance(fields, Mapping) and isinstance(call, dict):
        yield from (f"{place}.{name} is not known" for name in call.keys() - fields.keys())
        for name in call.keys() & fields.keys():
            yield from faults(call[name], fields[name], f"{place}.{name}")
    else:
        yield f"{place} is no object"
