"""Pictures that tests draw."""

import io

from PIL import Image


def drawn(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    saved = io.BytesIO()
    image.save(saved, kind, **options)
    return saved.getvalue()


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 80).convert("RGB")
