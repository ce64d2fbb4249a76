"""Probing: what the web, the DNS and a spam filter say of a mail before it goes. Nothing is sent to anybody."""
