"""Incidents against the agreement: findings clause by clause and reading by reading, and where incidents lie."""

from trucewatch.judge.findings import Judged, judge
from trucewatch.judge.places import locate
from trucewatch.judge.reasons import REASONS
from trucewatch.judge.scope import scope
from trucewatch.judge.settings import JudgeSettings

__all__ = ["REASONS", "JudgeSettings", "Judged", "judge", "locate", "scope"]
