"""Incidents against the agreement, clause by clause and reading by reading; duties; where incidents lie; raw tallies."""

from trucewatch.judge.duties import DUTY_REASONS, duties, duty_acts
from trucewatch.judge.findings import Judged, judge
from trucewatch.judge.places import locate
from trucewatch.judge.raw import raw_tallies
from trucewatch.judge.reasons import REASONS
from trucewatch.judge.scope import scope
from trucewatch.judge.settings import JudgeSettings

__all__ = [
    "DUTY_REASONS", "REASONS", "JudgeSettings", "Judged", "duties", "duty_acts", "judge", "locate", "raw_tallies", "scope",
]  # fmt: skip
