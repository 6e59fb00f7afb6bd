"""Entry point of `python -m voicelive`, the `voicelive` command."""

from __future__ import annotations

import sys

from voicelive.cli import main

sys.exit(main())
