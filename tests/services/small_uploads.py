"""The dashboard's own start, with room for one upload, and sessions that end a second after they were left.

python -m tests.services.small_uploads [options of components.server.start]
"""

from __future__ import annotations

import sys
from functools import partial
from unittest.mock import patch

from components.server import server, uploads
from components.server.start import main

FILE_BYTES = 15 * 2**20  # one is allowed and fits; two do not

if __name__ == "__main__":
    with (
        patch.object(uploads, "ALL_BYTES", uploads.most_bytes()),
        patch.object(server, "reclaim_periodically", partial(server.reclaim_periodically, every_s=0.2)),
    ):
        main(["--server.disconnectedSessionTTL", "1", *sys.argv[1:]])
