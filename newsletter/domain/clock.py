"""A clock that cannot be trusted: how far ahead the program itself ever sets a moment.

A computer's clock may run ahead, and be put back: everything that was put off meanwhile then waits for a far future.
"""

from datetime import timedelta

SLACK = timedelta(minutes=5)  # two clocks that differ by less are held to be the same
LONGEST_LEASE = timedelta(days=1)  # of a call under way, and until a call in doubt is asked about again
LONGEST_PAUSE = timedelta(days=1)  # of a mail service; what asks for more is asked again after a day
LONGEST_POSTPONEMENT = timedelta(days=3)  # a mail's: to the next morning, anywhere on earth
