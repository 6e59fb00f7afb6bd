"""Entry point of `python -m voicelive`, the `voicelive` command."""

import sys

from voicelive.cli import main

sys.exit(main())
