"""What holds for every test: nothing is fetched, whatever the machine it runs on is allowed to."""

from __future__ import annotations

import os

# Set before any test module imports a library that reads them. The dashboard's own default is the same; a variable of
# whoever runs the tests must not change what they prove.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
for _name in [name for name in os.environ if name.startswith("DASHBOARD_")]:
    del os.environ[_name]
