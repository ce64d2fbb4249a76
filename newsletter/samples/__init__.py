"""A made-up studio with its articles, clients and sessions: what the demo shows and some tests read."""
