"""Afterglow: what is sent, and how."""

__version__ = "0.1.0"
