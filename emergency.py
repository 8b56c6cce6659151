"""The front door of `emergency`: its version, and `main`.

The file makes the checkout importable as one package: with `__path__` set to its own
folder, `emergency.store` is the folder store/ beside it. In a wheel the same file is
`emergency/__init__.py`.
"""

import os
import sys

__version__ = "0.1.0"
__path__ = [os.path.dirname(os.path.abspath(__file__))]


def main() -> None:
    """Run the command line and leave with its exit code."""
    from emergency.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
