"""`python -m voicelive_mockserver`."""

import sys

from voicelive_mockserver.cli import main

sys.exit(main(sys.argv[1:]))
