"""What the audience refuses."""


class AudienceError(Exception):
    """`message` names the thing and what is wrong with it; `remedy` is the next step, as a sentence of its own."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()
