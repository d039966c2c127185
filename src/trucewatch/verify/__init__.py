"""A person decides: who may do what, the rule of two people, and what follows from what they decided. Pure."""

from trucewatch.verify.check import RULES
from trucewatch.verify.people import ROLES, Person
from trucewatch.verify.rules import rules_body
from trucewatch.verify.settings import VerifySettings
from trucewatch.verify.standing import Standing, admit

__all__ = ["ROLES", "RULES", "Person", "Standing", "VerifySettings", "admit", "rules_body"]
