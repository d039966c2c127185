"""The main job: a mission document and original files in, the daily report out."""

from trucewatch.mission.load import Loaded, load
from trucewatch.mission.run import Outcome, report_again, run

__all__ = ["Loaded", "Outcome", "load", "report_again", "run"]
