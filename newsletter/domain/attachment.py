"""An attachment: a file that an edition carries to every reader, or an image that its HTML shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`content_id` makes it an inline image, which the HTML shows as `cid:` and that id; None: a file of its own.

    `content_type` is `type/subtype` without parameters, `name` a plain file name.
    """

    content_type: str
    name: str
    content: bytes
    content_id: str | None = None

    @property
    def is_inline(self) -> bool:
        return self.content_id is not None
