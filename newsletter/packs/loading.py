"""What the rest of Afterglow loads from the packs, under one roof."""

from newsletter.packs.claim_rules import load_claim_rules
from newsletter.packs.plan_checks import plan_findings, require_sound
from newsletter.packs.review import overdue, unverified
from newsletter.packs.safety import safety_blocks
from newsletter.packs.shelf import Shelf, load_plans, read_again

__all__ = [
    "Shelf",
    "load_claim_rules",
    "load_plans",
    "overdue",
    "plan_findings",
    "read_again",
    "require_sound",
    "safety_blocks",
    "unverified",
]
