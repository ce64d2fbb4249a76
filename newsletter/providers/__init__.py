"""The transactional-mail services: one file a vendor."""
