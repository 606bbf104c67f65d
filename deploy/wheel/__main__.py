"""The command `transformer-dashboard`: `python -m components.server.start` for the installed package.

The dashboard's own modules are called `app`, `pages` and `components`. Those names are too common for a site-packages
folder: the package holds them inside itself and puts its folder on the path of its own process only.
"""

import sys
from pathlib import Path

COMMAND = "transformer-dashboard"


def main() -> None:
    """Start the dashboard with the options of the command line."""
    sys.path.insert(0, str(Path(__file__).parent))
    from components.server.start import main as start

    start(sys.argv[1:], command=COMMAND)


if __name__ == "__main__":
    main()
