"""The main job: a mission document and original files in, the daily report out."""

from trucewatch.mission.load import Loaded, load
from trucewatch.mission.rebuild import Rebuilt, rebuild
from trucewatch.mission.replay import Replayed, replay
from trucewatch.mission.run import Outcome, report_again, run

__all__ = ["Loaded", "Outcome", "Rebuilt", "Replayed", "load", "rebuild", "replay", "report_again", "run"]
