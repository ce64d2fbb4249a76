"""`python -m newsletter` is the command line, as `run.py` and `afterglow` are."""

import sys

from newsletter.cli import main

if __name__ == "__main__":
    sys.exit(main())
