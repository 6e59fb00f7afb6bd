"""Entry point of `python -m voicelive_mockserver`."""

from __future__ import annotations

import sys

from voicelive_mockserver.cli import main

sys.exit(main(sys.argv[1:]))
