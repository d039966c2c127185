"""What people decided (`decisions`, `verdicts`, `replies`, `corrections`), and the `queue` of what waits for them."""

import dataframely as dy
import polars as pl

from trucewatch.tables import columns as c

STATUSES = ("in_force", "contradicted", "waiting", "noted", "edited", "overruled")


class Decisions(dy.Schema):
    """People's "same" and "different" in force, as fusion obeys them. Both on one pair: they contradict, and none is obeyed."""

    observation_a = dy.String(primary_key=True, description="the smaller of the two ids")
    observation_b = dy.String(primary_key=True, description="the greater of the two ids")
    decision = c.code("what was decided", ("same", "different"), primary_key=True)


class Verdicts(dy.Schema):
    """One person's decision on an incident, what became of it, and who agreed or dissented; beside the machine's result."""

    verdict_id = dy.String(primary_key=True, min_length=1, description="the journal's entry")
    incident_id = dy.String(
        nullable=True, description="the incident that holds its observations now; null where none or several do"
    )
    subject = dy.String(description="the incident that it named when it was made")
    decision = c.code("the word", ("confirmed", "rejected", "unsure", "corrected", "withdrawn", "safety_warning"))
    status = c.code("what became of it; contradicted: another in force on the same incident says otherwise", STATUSES)
    at_utc = c.instant("when it was signed")
    in_force_utc = c.instant("when the second person signed; null while nobody has", nullable=True)
    proposed_by = dy.String(min_length=1, description="the name of whoever signed it")
    approved_by = dy.List(dy.String(), description="the names of those who agreed")
    states = dy.List(dy.String(), description="the states that sent them, the proposer's first")
    reason = dy.String(min_length=1, description="the reason that was given")
    changes = dy.List(dy.String(), description="of corrected, what is otherwise, each as `what=value`")
    dissent = dy.List(dy.String(), description="who refused it and why, as `name: reason`")
    alone = dy.Bool(description="whether one person did it alone, as the rules of the mission then allowed")
    rests_on_all = dy.Bool(
        description="whether it names every delivery of its observations; where not, it is shown and does not count"
    )


class Replies(dy.Schema):
    """A party's reply to a preliminary finding, printed beside it."""

    reply_id = dy.String(
        primary_key=True, min_length=1, description="the journal's entry; of a notice unanswered, the notice"
    )
    notice_id = dy.String(nullable=True, description="the entry of the notice that it answers")
    finding = dy.String(min_length=1, description="what it is about: incident_id, a bar, clause_id")
    incident_id = dy.String(description="the incident of the finding")
    clause_id = dy.String(nullable=True, description="the clause of the finding")
    party = dy.String(min_length=1, description="the party that replies")
    text = dy.String(description="its exact words; empty where it was asked and has not replied")
    sent_utc = c.instant("when the preliminary finding went to all parties", nullable=True)
    hours = c.number("the hours that each party had", nullable=True)
    at_utc = c.instant("when the reply was entered; null where there is none", nullable=True)
    is_late = dy.Bool(description="whether it came after those hours; it is printed all the same")


class Corrections(dy.Schema):
    """A correction of what was published or entered, in force by two people. It leads the next report."""

    correction_id = dy.String(primary_key=True, min_length=1, description="the journal's entry")
    of = dy.String(min_length=1, description="the entry, or the report, that it corrects")
    what = dy.String(min_length=1, description="what is otherwise")
    reason = dy.String(min_length=1, description="why")
    in_force_utc = c.instant("when the second person signed")
    proposed_by = dy.String(min_length=1, description="the name of whoever signed it")
    approved_by = dy.List(dy.String(), description="the names of those who agreed")
    audience = c.code("the widest audience that may see it; without one, internal", c.AUDIENCES, nullable=True)


class Queue(dy.Schema):
    """What waits for a person, what matters most first."""

    task = dy.String(primary_key=True, min_length=1, description="incident:, pair: or act: and the ids")
    kind = c.code("what is asked", ("incident", "pair", "approval", "contradiction"))
    subject = dy.String(description="the incident, or the entry to approve")
    observations = dy.List(dy.String(), description="the observations that it is about")
    near = c.probability("how near the agreement's threshold, or even odds, it lies: 1 on it")
    harm = c.probability("how grave the harm to civilians: 0 for none, 1 from thirty people on")
    clock = c.probability("how soon a clock runs out: 1 now, 0 where none runs")
    priority = dy.Float64(min=0, description="the sum of the three, with one more where another person waits")
    due_utc = c.instant("when the first clock runs out; null where none runs", nullable=True)
    claimed_by = dy.String(nullable=True, description="who works on it")
    claimed_until_utc = c.instant("until when", nullable=True)

    @dy.rule()
    def a_claim_ends(cls) -> pl.Expr:  # noqa: D102, N805
        return pl.col("claimed_by").is_null() == pl.col("claimed_until_utc").is_null()
