"""Contrast: how well one colour can be read on another, by the formulas of WCAG 2.2; colours are #rrggbb."""

BODY = 4.5  # WCAG 1.4.3, level AA, for text of normal size
_STEPS = 50


def luminance(colour: str) -> float:
    """Relative luminance, 0 for black to 1 for white (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """The contrast ratio of two colours in either order, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with a `share` (0 to 1) of the other in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * share):02x}" for mine, theirs in pairs)


def readable(colour: str, on: str, at_least: float = BODY) -> str:
    """The colour nearest to `colour`, on its way to black or to white, that can be read on the background `on`."""
    goal = max("#000000", "#ffffff", key=lambda end: ratio(end, on))
    shades = (mix(colour, goal, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if ratio(shade, on) >= at_least), goal)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
