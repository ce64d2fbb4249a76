"""A finding: one thing that can be known before a mail goes out, in plain words."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"  # it must not go out like this
    WARNING = "warning"  # it may, but somebody will stumble
    ADVICE = "advice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`rule` is area.name, the area one of: claims, safety, subject, text, links, images, size, contrast, unsubscribe,
    sender, dns, quota, audience. `where` quotes or names the place; `suggestion` is wording or a step."""

    severity: Severity
    rule: str
    message: str
    where: str = ""
    suggestion: str | None = None
