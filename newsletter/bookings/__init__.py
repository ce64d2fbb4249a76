"""Bookings: the files that booking programs write, read into what took place, when and for whom."""
