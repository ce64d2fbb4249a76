"""Data with a source and a `verified_on`: care plans, safety blocks, crisis lines, claims rules."""
