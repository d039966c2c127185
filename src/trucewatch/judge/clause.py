"""One clause under one reading: the chances that each incident is what it speaks of."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from trucewatch.acts import DOMAINS
from trucewatch.agreement import Agreement, Clause, Exercise
from trucewatch.judge.chance import in_area, in_spans, of_acts
from trucewatch.judge.reasons import UNTOLD, Chances
from trucewatch.place import Floats
from trucewatch.when import Span

Flags = npt.NDArray[np.bool_]
PRESENCE: Final = ("heavy_weapon", "military_presence", "mine_presence", "mine_laying", "advance_of_positions")
"""Acts whose place tells whose they are, where a zone lies on one side."""
ALL_DOMAINS: Final = {"land", "sea", "air"}


def chances_of(
    incidents: pl.DataFrame, agreement: Agreement, clause: Clause, reading: str, supposed: Span | None
) -> Chances:
    """Return the chances of one clause under one reading."""
    held = agreement.held(reading)
    text = held or ([supposed] if supposed else [])
    spans = _while_it_holds(agreement.clause_spans(clause, reading, supposed=supposed), text)
    everywhere = np.ones(incidents.height)
    act, act_open = _of_aspects(incidents["aspect"], clause.aspects, *of_acts(incidents, clause.acts))
    windows = agreement.windows(clause.only_within) if clause.only_within else None
    return Chances(
        force=in_spans(incidents, held) if held else everywhere * 0.0,
        span=in_spans(incidents, spans) if windows is None else in_windows(incidents, windows, spans),
        zone=in_area(incidents, agreement.zone_geometry(clause.zone, reading)) if clause.zone else everywhere,
        act=act,
        act_open=act_open,
        object=_object_fits(incidents["object"], clause.objects),
        weapon=weapon_fits(incidents["weapon"], clause.weapons, agreement),
        domain=_domain_fits(incidents["act"], clause.domains),
        authorised=in_windows(incidents, agreement.windows(clause.unless)) if clause.unless else everywhere * 0.0,
        freed=_freed(incidents, agreement, clause, reading),
        bearer_told=_bearer_told(agreement, clause),
    )


def in_windows(rows: pl.DataFrame, windows: Iterable[Exercise], spans: Sequence[Span] | None = None) -> Floats:
    """Return for each row the chance that it lies in one of `windows`, and in `spans` where they are given.

    A window without a place is everywhere. Where windows overlap, the likeliest counts.
    """
    chance = np.zeros(rows.height)
    for window in windows:
        time = in_spans(rows, [window.span] if spans is None else _while_it_holds([window.span], spans))
        area = window.area
        chance = np.maximum(chance, time if area is None else time * in_area(rows, area))
    return chance


def _while_it_holds(spans: Iterable[Span], text: Sequence[Span]) -> list[Span]:
    """Return what of a clause's spans lies in those of the text: dates of its own do not outlast it."""
    cut = [(max(span.start_utc, whole.start_utc), min(span.end_utc, whole.end_utc)) for span in spans for whole in text]
    return [Span(first, last) for first, last in sorted(cut) if first < last]


def _bearer_told(agreement: Agreement, clause: Clause) -> bool:
    """Say whether an incident whose actor is unknown can be of the clause's bearers.

    It can where the clause binds every party, or where the place of the act tells whose it is.
    """
    everybody = not clause.bearers or set(agreement.party_ids) <= set(clause.bearers)
    return everybody or (clause.zone is not None and set(clause.acts) <= set(PRESENCE))


def _freed(incidents: pl.DataFrame, agreement: Agreement, clause: Clause, reading: str) -> Floats:
    """Return the chance that an incident lies after some bearer was released from the clause."""
    since = min(agreement.released(clause).values(), default=None)
    force = agreement.in_force(reading)
    if since is None or force is None or since >= force.end_utc:
        return np.zeros(incidents.height)
    return in_spans(incidents, [Span(since, force.end_utc)])


def _object_fits(told: pl.Series, named: tuple[str, ...]) -> Floats:
    """Return 1 where the object is of a class that the clause names (or it names none), 0 where not, .5 where not told."""
    if not named:
        return np.ones(len(told))
    return told.is_in(list(named)).cast(pl.Float64).fill_null(UNTOLD).to_numpy()


def _of_aspects(told: pl.Series, named: tuple[str, ...], act: Floats, act_open: Floats) -> tuple[Floats, Floats]:
    """Return the two chances of the act where a clause speaks of some aspects only: one that nobody told leaves it open."""
    if not named:
        return act, act_open
    mine = told.is_in(list(named)).fill_null(value=False).to_numpy()
    untold = (told.is_null() | (told == "undetermined")).to_numpy() & ~mine
    return np.where(mine, act, 0.0), np.select([mine, untold], [act_open, np.minimum(act + act_open, 1.0)], 0.0)


def _domain_fits(acts: pl.Series, named: tuple[str, ...]) -> Floats:
    """Return 1 where the act is done in a domain of the clause, 0 where in another, .5 where it may be either."""
    if not named or set(named) == ALL_DOMAINS:
        return np.ones(len(acts))
    fits = {act: UNTOLD if not domain else float(domain in named) for act, domain in DOMAINS.items()}
    return acts.replace_strict(fits, return_dtype=pl.Float64).to_numpy()


def weapon_fits(told: pl.Series, named: tuple[str, ...], agreement: Agreement) -> Floats:
    """Return 1 where the word names a weapon of the classes `named`, 0 where of another class, .5 where untold."""
    if not named:
        return np.ones(len(told))
    known = {code: _any_word(told, each.words) for code, each in agreement.weapon_classes.items()}
    mine = np.logical_or.reduce([known[code] for code in named])
    another = np.logical_or.reduce(list(known.values())) & ~mine
    return np.select([mine, another], [1.0, 0.0], UNTOLD)


def _any_word(told: pl.Series, words: tuple[str, ...]) -> Flags:
    """Return where a text holds one of `words`, whatever the case."""
    return told.str.to_lowercase().str.contains_any([word.lower() for word in words]).fill_null(value=False).to_numpy()
