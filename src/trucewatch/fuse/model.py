"""What is known of the sources, as numbers for the kernels and as table `source_model`.

The model. Events are a Poisson process; `events` of them happen in the span and area of the rows, spread as the rows are
(density g). Source s reports an event with probability p_s, names its act a as o with probability C_s[a, o], and adds clutter:
a share c_s of its rows, spread likewise. So n_s (1 − c_s) = events · p_s. The weight of one cluster of k rows,
one event seen by the sources S of its rows and by no other, is

    w(K) = events · g · Π_{s∈S} p_s · Π_{s∉S} (1 − p_s) · ∫ Π_{i∈K} N(z_i; x, Σ_i) dx · Σ_a π_a Π_{i∈K} C_s(i)[a, o_i],

and of a row alone it is that with k = 1 plus its clutter, c_s n_s g · share_s[o], and what the source keeps telling there and then
(`clutter`). A source that repeats events reports one a
further time with probability r_s. Sources: Fellegi & Sunter 1969; Steorts, Hall & Fienberg 2016; Sadinle 2017.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import polars as pl

from trucewatch import tables
from trucewatch.acts import is_kind_of
from trucewatch.errors import TableError
from trucewatch.fuse.clutter_map import ClutterMap, from_lines, to_lines
from trucewatch.fuse.company import Company
from trucewatch.fuse.density import Background, from_cells, to_cells
from trucewatch.fuse.originals import Echo, Echoes
from trucewatch.fuse.piles import DATE, POSITION, Piles
from trucewatch.fuse.rows import Ints, Rows
from trucewatch.fuse.tails import NO_TAILS, tail_lines, tails_in, widest_in_time
from trucewatch.manifest import Manifest
from trucewatch.place import Floats

NAMING_START: Final = (0.6, 0.2, 0.2)  # how often a source names the act itself, a kind or parent of it, another
REPEAT_START: Final = 0.5
PER_SOURCE: Final = {
    "detection_probability": np.nan, "clutter_share": 0.2, "repeat_probability": 0.0,
    "position_error_scale": 1.0, "time_error_scale": 1.0, "lasting_share": 0.0,
}  # fmt: skip
"""The numbers of a source in `source_model`, and what stands where an older table lacks one."""
ECHO: Final = ("echo_share", "echo_jitter_m", "echo_delay_s", "echo_spread_s")
LINK: Final = 0.4  # where a table does not tell it


@dataclass(frozen=True)
class Model:
    """Numbers of the model: S sources, A acts."""

    events: float
    detection: Floats  # (S,) p_s
    clutter: Floats  # (S,) c_s
    repeat: Floats  # (S,) r_s; 0 where a source reports an event once
    act_share: Floats  # (A,) π_a
    confusion: Floats  # (S, A, A) C_s[a, o]
    observed_share: Floats  # (S, A) share_s[o]
    counts: Floats  # (S,) n_s, or the shares of the rows
    space_scale: Floats  # (S,) true error in place, in stated ones
    time_scale: Floats  # (S,) likewise in time
    source_ids: tuple[str, ...]
    acts: tuple[str, ...]
    background: Background  # where and how thick rows lie
    link: float = LINK  # the mean probability that links must have, half of the expected F1 (see `decide`)
    company: Company = field(default_factory=Company)  # how events follow each other
    piles: Piles = field(default_factory=dict)  # what places of a list and bare dates add to stated errors
    echoes: Echoes = field(default_factory=dict)  # which source tells again what another, or it itself, has told
    told_share: Floats = field(default_factory=lambda: np.empty(0))  # (S,) of all rows, echoes among them
    clutter_map: ClutterMap = field(
        default_factory=ClutterMap
    )  # where and when a source keeps telling what is no event
    lasting: Floats = field(default_factory=lambda: np.zeros(1))  # (S,) which share of its rows that is, a part of c_s
    tails: Floats = field(default_factory=lambda: NO_TAILS)  # (S, K, K) or (1, 1, 1) for none, see `tails`

    @property
    def widest_s(self) -> Floats:
        """Return by how much errors in time are wider than stated at most, (S,)."""
        return np.asarray(self.time_scale * np.array(widest_in_time(self.tails) or 1.0))


def first_guess(
    rows: Rows, background: Background, manifests: Mapping[str, Manifest] | None, lasting: Floats | None = None
) -> Model:
    """Return where learning starts: p = .5, of what is not `lasting` clutter, (S,), a fifth clutter, and the prior confusion."""
    n_sources, n_acts = len(rows.source_ids), len(rows.acts)
    counts = np.bincount(rows.source, minlength=n_sources).astype(np.float64)
    observed = np.zeros((n_sources, n_acts))
    np.add.at(observed, (rows.source, rows.act), 1.0)
    observed /= np.maximum(observed.sum(axis=1, keepdims=True), 1)
    repeats = [bool(manifests and name in manifests and manifests[name].repeats_events) for name in rows.source_ids]
    lasting = np.zeros(n_sources) if lasting is None else lasting
    passing = counts * (1 - lasting)
    events = float(passing.max()) * 0.8 / 0.5
    repeat = np.where(repeats, REPEAT_START, 0.0)
    detection = np.clip(0.8 * passing * (1 - repeat) / events, 0.02, 0.9)
    return Model(
        events=events,
        detection=detection,
        clutter=lasting + 0.2 * (1 - lasting),
        repeat=repeat,
        act_share=observed.mean(axis=0),
        confusion=prior_confusion(observed, rows.acts, np.tile(NAMING_START, (n_sources, 1))),
        observed_share=observed,
        counts=counts,
        space_scale=np.ones(n_sources),
        time_scale=np.ones(n_sources),
        source_ids=rows.source_ids,
        acts=rows.acts,
        background=background,
        lasting=lasting,
    )


def kinds_of_naming(acts: tuple[str, ...]) -> Ints:
    """Return for each true and named act, shape (A, A): 0 the act itself, 1 a kind or parent of it, 2 another."""
    return np.array([[0 if a == o else 1 if is_kind_of(a, o) or is_kind_of(o, a) else 2 for o in acts] for a in acts])


def prior_confusion(observed: Floats, acts: tuple[str, ...], naming: Floats) -> Floats:
    """Return C_s[a, o] as far as three numbers of a source tell it, shape (S, A, A).

    `naming`, (S, 3): how often a source names the act itself, a kind or parent of it, or another; within each it names acts as
    it names them in general (`observed`, (S, A)). A source with one act only, such as a satellite's fires, names every act so.
    """
    kinds = kinds_of_naming(acts)
    confusion = np.zeros((len(observed), len(acts), len(acts)))
    for kind in range(3):
        share = np.where(kinds == kind, observed[:, None, :], 0.0)
        whole = share.sum(axis=2, keepdims=True)
        confusion += naming[:, kind, None, None] * np.divide(share, whole, out=np.zeros_like(share), where=whole > 0)
    return np.asarray(confusion / confusion.sum(axis=2, keepdims=True))


def to_table(model: Model) -> pl.DataFrame:
    """Return table `source_model`: one number a row."""
    whole = float(model.counts.sum())
    company = {"company": model.company.events, "company_m": model.company.sigma_m, "company_s": model.company.sigma_s}
    world = {"events_per_row": model.events / whole, "link_probability": model.link, **company}
    lines: list[tuple[str, str, str, str, str, float]] = [("", name, "", "", "", float(v)) for name, v in world.items()]
    lines += [("", "act_share", act, "", "", float(v)) for act, v in zip(model.acts, model.act_share, strict=True)]
    lines += [("", quantity, "", "", cell, value) for quantity, cell, value in to_cells(model.background)]
    for s, name in enumerate(model.source_ids):
        own = {
            "detection_probability": model.detection, "clutter_share": model.clutter, "repeat_probability": model.repeat,
            "position_error_scale": model.space_scale, "time_error_scale": model.time_scale, "row_share": model.counts / whole,
            "told_share": model.told_share, "lasting_share": model.lasting,
        }  # fmt: skip
        lines += [(name, quantity, "", "", "", float(numbers[s])) for quantity, numbers in own.items()]
        for a, act in enumerate(model.acts):
            lines.append((name, "observed_share", "", act, "", float(model.observed_share[s, a])))
            named = zip(model.acts, model.confusion[s, a], strict=True)
            lines += [(name, "confusion", act, seen, "", float(p)) for seen, p in named]
    lines += [(name, quantity, "", "", cell, value) for (name, quantity, cell), value in model.piles.items()]
    lines += [(name, quantity, "", "", cell, value) for name, quantity, cell, value in to_lines(model.clutter_map)]
    shares = tail_lines(model.tails, model.source_ids)
    lines += [(name, quantity, "", "", of, value) for name, quantity, of, value in shares]
    for (copying, copied), echo in model.echoes.items():
        numbers_ = (echo.share, echo.jitter_m, echo.delay_s, echo.spread_s)
        lines += [(copying, quantity, "", "", copied, value) for quantity, value in zip(ECHO, numbers_, strict=True)]
    frame = pl.DataFrame(lines, schema=tables.dtypes("source_model"), orient="row")
    return tables.conform(frame, "source_model")


def piles_in(table: pl.DataFrame) -> Piles:
    """Return what `table` says that places of a list and bare dates add to stated errors."""
    told = table.filter(pl.col("quantity").is_in([POSITION, DATE]))
    return {tuple(key): value for *key, value in told.select("source_id", "quantity", "of", "value").rows()}


def echoes_in(table: pl.DataFrame) -> Echoes:
    """Return what `table` says of sources that tell again what was told."""
    told = {
        (source, of, quantity): value for source, quantity, _, _, of, value in table.iter_rows() if quantity in ECHO
    }
    pairs = sorted({(source, of) for source, of, _ in told})
    return {pair: Echo(*(told[(*pair, quantity)] for quantity in ECHO)) for pair in pairs}


def sources_in(table: pl.DataFrame) -> frozenset[str]:
    """Return the sources that a `source_model` knows."""
    return frozenset(table.filter(pl.col("quantity") == "detection_probability")["source_id"])


def from_table(table: pl.DataFrame) -> Model:
    """Return the model of `table`; nothing in it depends on the rows that it is used for."""
    cells = table.filter((pl.col("source_id") == "") & (pl.col("of") != "")).select("quantity", "of", "value")
    value = {(s, q, a, o): v for s, q, a, o, _, v in table.filter(pl.col("of") == "").iter_rows()}
    source_ids = tuple(sorted(s for s, q, _, _ in value if q == "detection_probability"))
    acts = tuple(sorted(a for _, q, a, _ in value if q == "act_share"))
    if not source_ids or not acts:
        raise TableError("the model knows no source", where="source_model", to_do="learn it from observations")
    confusion = np.array([[[value[s, "confusion", a, o] for o in acts] for a in acts] for s in source_ids])
    detection, clutter, repeat, space, time, lasting = (
        np.array([value.get((name, quantity, "", ""), missing) for name in source_ids])
        for quantity, missing in PER_SOURCE.items()
    )
    return Model(
        events=value["", "events_per_row", "", ""],
        detection=detection,
        clutter=clutter,
        repeat=repeat,
        act_share=np.array([value["", "act_share", act, ""] for act in acts]),
        confusion=confusion,
        observed_share=np.array([[value[s, "observed_share", "", o] for o in acts] for s in source_ids]),
        counts=np.array([value[s, "row_share", "", ""] for s in source_ids]),
        space_scale=space,
        time_scale=time,
        source_ids=source_ids,
        acts=acts,
        background=from_cells(cells.rows()),
        link=value.get(("", "link_probability", "", ""), LINK),
        piles=piles_in(table),
        echoes=echoes_in(table),
        clutter_map=from_lines(table.select("source_id", "quantity", "of", "value").rows()),
        lasting=lasting,
        tails=tails_in(table.select("source_id", "quantity", "of", "value").rows(), source_ids),
        told_share=np.array([value[s, "told_share", "", ""] for s in source_ids]),
        company=Company(*(value.get(("", name, "", ""), 0.0) for name in ("company", "company_m", "company_s"))),
    )
