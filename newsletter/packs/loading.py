"""What the rest of Afterglow loads from the packs, under one roof."""

from newsletter.packs.claim_rules import load_claim_rules
from newsletter.packs.plans import load_plans
from newsletter.packs.review import overdue, unverified
from newsletter.packs.safety import safety_blocks

__all__ = ["load_claim_rules", "load_plans", "overdue", "safety_blocks", "unverified"]
