"""The store: every query of the newsletter side, on SQLite and on PostgreSQL."""
