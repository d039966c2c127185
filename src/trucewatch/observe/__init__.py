"""Take in what was reported: original files become observations, and every row of them is accounted for."""

from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.mapping import Mapping, parse_mapping
from trucewatch.observe.revise import Change, change, current
from trucewatch.observe.scaffold import scaffold
from trucewatch.observe.sources import Source, names, source
from trucewatch.observe.take_in import TakenIn, take_in

__all__ = [
    "Change", "Delivery", "Given", "Mapping", "Source", "Taken", "TakenIn", "change", "current", "names", "parse_mapping",
    "scaffold", "source", "take_in",
]  # fmt: skip
