"""Readers: the bytes of a text, Markdown, HTML or Word document become an article."""
