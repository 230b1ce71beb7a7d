"""``python -m proxykit`` is the command ``proxykit``."""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())
