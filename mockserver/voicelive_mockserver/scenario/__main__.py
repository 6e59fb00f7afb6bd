"""`python -m voicelive_mockserver.scenario FILE...`: validation of scenario files."""

from __future__ import annotations

import sys

from voicelive_mockserver.scenario.cli import check_scenarios

sys.exit(check_scenarios(sys.argv[1:]))
