"""A world with known truth, written as the sources' own native files, and how well the truth was recovered."""

from trucewatch.simulate.document import ScenarioDocument
from trucewatch.simulate.scenario import Scenario, parse_scenario
from trucewatch.simulate.score import score
from trucewatch.simulate.world import World, simulate

__all__ = ["Scenario", "ScenarioDocument", "World", "parse_scenario", "score", "simulate"]
