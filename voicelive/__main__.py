"""`python -m voicelive` is the `voicelive` command."""

import sys

from voicelive.cli import main

sys.exit(main())
