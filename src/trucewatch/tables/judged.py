"""What judge makes: `findings` (incident x clause x reading), `tallies`, `scope` and `places`."""

import dataframely as dy

from trucewatch.tables import columns as c

CONFORMITIES = ("contrary", "would_be_contrary", "compatible", "outside_scope", "not_in_force", "undetermined")
EXCEPTIONS = ("none_claimed", "claimed", "accepted", "rejected")


class Findings(dy.Schema):
    """One incident against one clause under one reading. Outside-scope findings are in `tallies` only."""

    incident_id = dy.String(primary_key=True, description="the incident")
    clause_id = dy.String(primary_key=True, description="the clause of the agreement")
    reading = dy.String(primary_key=True, description="'text', or the party whose reading it is")
    conformity = c.code("the assessment", CONFORMITIES)
    probability = c.probability(
        "that the incident is as the conformity says; null when it cannot be told", nullable=True
    )
    contrary_probability = c.probability(
        "that it happened, is an act of the clause, in its zone and in its span; null when it cannot be told",
        nullable=True,
    )
    actor = dy.String(min_length=1, description="the party held to be the actor; 'unknown' by default")
    actor_probability = c.probability("of that actor")
    actor_basis = c.code("on what the actor rests", ("none", "reported", "decision"))
    exception = c.code("whether an exception is claimed", EXCEPTIONS)
    reasons = dy.List(dy.String(), description="codes of the reasons, the weightiest first")


class Tallies(dy.Schema):
    """How many incidents had which conformity, by clause and reading; outside scope included."""

    clause_id = dy.String(primary_key=True, description="the clause of the agreement")
    reading = dy.String(primary_key=True, description="'text', or the party whose reading it is")
    conformity = c.code("the assessment", CONFORMITIES, primary_key=True)
    incidents = c.number("number of incidents")


class Scope(dy.Schema):
    """Who judges a clause here: the machine, people, or nobody for want of a source that could see it."""

    clause_id = dy.String(primary_key=True, description="the clause of the agreement")
    reading = dy.String(primary_key=True, description="'text', or the party whose reading it is")
    judged_by = c.code("who judges it", ("machine", "people", "nobody"))
    reason = dy.String(nullable=True, description="code of the reason; null when the machine judges it")


class Places(dy.Schema):
    """In which region of the mission an incident lies, and how sure that is."""

    incident_id = dy.String(primary_key=True, description="the incident")
    region_id = dy.String(primary_key=True, description="the region of the mission; '' for outside all of them")
    probability = c.probability("that the incident lies there; at least .05")


class Sides(dy.Schema):
    """On which side of the line of contact an incident lies, and how sure that is."""

    incident_id = dy.String(primary_key=True, description="the incident")
    side = dy.String(
        primary_key=True, description="the party whose side it is; '' for neither, or too far from the line"
    )
    probability = c.probability("that the incident lies there; at least .05")
