from dataclasses import replace
from datetime import datetime

import pytest

from medmeta_core.reporting import Report, Verdict


def test_a_time_without_a_zone_is_refused(report: Report):
    with pytest.raises(ValueError, match="Report.created: expected a time with zone"):
        replace(report, created=datetime(2026, 3, 14))
    with pytest.raises(ValueError, match="Verdict.at: expected a time with zone"):
        Verdict("accept", None, "", "Dr Lind", datetime(2026, 3, 14))
