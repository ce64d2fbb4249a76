"""From an issue to a frozen edition, and from an edition to one person's message."""
