"""`python -m lqdsl` is the command `lqdsl`."""

import sys

from lqdsl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
