"""A person decides: who may do what, the rule of two people, and what follows from what they decided. Pure."""

from trucewatch.verify.bundle import Merged, bundle_of, merge, parse_bundle
from trucewatch.verify.check import RULES
from trucewatch.verify.decided import corrections, decisions, replies, verdicts
from trucewatch.verify.people import ROLES, Person
from trucewatch.verify.queue import queue
from trucewatch.verify.rules import rules_body
from trucewatch.verify.settings import VerifySettings
from trucewatch.verify.standing import Standing, admit, check_signature
from trucewatch.verify.state import Act

__all__ = [
    "ROLES", "RULES", "Act", "Merged", "Person", "Standing", "VerifySettings", "admit", "bundle_of", "check_signature",
    "corrections", "decisions", "merge", "parse_bundle", "queue", "replies", "rules_body", "verdicts",
]  # fmt: skip
