"""What was agreed, executable: standing, parties, lines, zones, clauses, readings."""

from trucewatch.agreement.agreement import Agreement, Line
from trucewatch.agreement.geojson import Feature, read_features
from trucewatch.agreement.kinds import KINDS, Kind
from trucewatch.agreement.model import TEXT_READING, AgreementDocument, Clause, Party, Standing
from trucewatch.agreement.parse import json_schema, parse_agreement, problems_of
from trucewatch.agreement.powers import OPEN_END, Exercise, table_of
from trucewatch.agreement.terms import DutyOf, StageOf

__all__ = [
    "KINDS", "OPEN_END", "TEXT_READING", "Agreement", "AgreementDocument", "Clause", "DutyOf", "Exercise", "Feature", "Kind",
    "Line", "Party", "StageOf", "Standing", "json_schema", "parse_agreement", "problems_of", "read_features", "table_of",
]  # fmt: skip
