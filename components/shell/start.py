"""`python -m components.shell.start`: the old name of `python -m components.server.start`."""

import sys

from components.server.start import main

if __name__ == "__main__":
    main(sys.argv[1:])
