"""What was agreed, executable: standing, parties, lines, zones, clauses, readings."""

from trucewatch.agreement.agreement import OPEN_END, Agreement, AgreementDocument, Line
from trucewatch.agreement.geojson import Feature, read_features
from trucewatch.agreement.model import TEXT_READING, Clause, Party, Standing
from trucewatch.agreement.parse import json_schema, parse_agreement, problems_of

__all__ = [
    "OPEN_END", "TEXT_READING", "Agreement", "AgreementDocument", "Clause", "Feature", "Line", "Party", "Standing",
    "json_schema", "parse_agreement", "problems_of", "read_features",
]  # fmt: skip
