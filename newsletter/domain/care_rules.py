"""Which safety blocks the care mail of a service must carry."""

from collections.abc import Collection, Iterable

from newsletter.domain.planning import TENDER

SERVICES = (
    "relaxation",
    "deep-tissue",
    "trigger-point",
    "sports",
    "hot-stone",
    "cupping",
    "lymphatic",
    "prenatal",
    "reiki",
)

_EVERY_MAIL = ("general", "emergency")
# What each service adds. A swollen leg matters after any massage; Reiki is no massage, and a tender session takes
# what its services add. Every mail of a plan carries them all: nobody opens only the one that held the warning.
_ADDED: dict[str, tuple[str, ...]] = {
    "relaxation": ("clot",),
    "deep-tissue": ("clot", "deep_work"),
    "trigger-point": ("clot", "deep_work"),
    "sports": ("clot", "deep_work"),
    "hot-stone": ("clot", "skin"),
    "cupping": ("clot", "skin"),
    "lymphatic": ("clot", "skin", "lymphatic"),
    "prenatal": ("clot", "prenatal"),
    "reiki": (),
    TENDER: ("crisis",),
}
_UNDESCRIBED = ("clot", "deep_work", "skin")  # a service of her own making: hands, pressure or heat may be in it
_ORDER = ("crisis", "emergency", "prenatal", "clot", "deep_work", "skin", "lymphatic", "general")


def required_blocks(names: Iterable[str]) -> tuple[str, ...]:
    """The blocks for services, and the tender flag, taken together: the strictest precautions win.

    In the order they should stand in: what cannot wait first, the small print last.
    """
    needed = set(_EVERY_MAIL).union(*(_ADDED.get(name, _UNDESCRIBED) for name in names))
    return tuple(block for block in _ORDER if block in needed)


def unknown_blocks(names: Collection[str]) -> tuple[str, ...]:
    """The names that no safety block has."""
    return tuple(name for name in names if name not in _ORDER)


def in_order(names: Collection[str]) -> tuple[str, ...]:
    """The names in the order their blocks should stand in, each once."""
    return tuple(sorted(set(names), key=_ORDER.index))


def missing_blocks(service: str, names: Collection[str]) -> tuple[str, ...]:
    """The blocks that a mail of `service`, or of the plan or flag of that name, lacks when it carries `names`."""
    return tuple(block for block in required_blocks((service,)) if block not in names)
