"""The terminal in which people decide: the queue on the left, what is known on the right, a reason below, all by keys.

It holds no rule: every word goes through the record, and what is refused is shown with the rule that refused it.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar, Final

import polars as pl
from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import DataTable, Footer, Input, Static

from trucewatch import verify
from trucewatch.errors import TrucewatchError
from trucewatch.mission.acts import Desk
from trucewatch.words import Words, plain

WORDS: Final = {
    "c": "confirmed", "r": "rejected", "o": "corrected", "t": "withdrawn", "u": "unsure", "s": "same", "d": "different",
    "w": "safety_warning", "a": "approved", "x": "refused",
}  # fmt: skip
"""What each key says. Of an act that waits, `a` and `x`; of a pair, `s`, `d`; of an incident, the others."""
FITS: Final = {
    "approval": ("approved", "refused"),
    "pair": ("same", "different"),
    "incident": ("confirmed", "rejected", "corrected", "withdrawn", "unsure", "safety_warning"),
}
MOST: Final = 500
COLUMNS: Final = ("", "what", "near", "harm", "clock", "held by")


class Terminal(App[None]):
    """The queue of one mission, for one person."""

    TITLE = "trucewatch verify"
    CSS = """
    DataTable { width: 58%; }
    #known { width: 42%; padding: 0 1; border-left: solid $primary; }
    #reason { display: none; }
    #reason.asked { display: block; }
    #said { height: auto; max-height: 4; padding: 0 1; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"say('{word}')", word.replace("_", " "), show=key in "craxsdu") for key, word in WORDS.items()),
        Binding("space", "claim", "claim"),
        Binding("j", "move(1)", "next", show=False),
        Binding("k", "move(-1)", "last", show=False),
        Binding("g", "reload", "reload", show=False),
        Binding("escape", "leave", "leave", show=False),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, desk: Desk, clock: Callable[[], dt.datetime]) -> None:
        super().__init__()
        self._desk, self._clock, self._words = desk, clock, Words()
        self._waiting: list[dict[str, Any]] = []
        self._word = ""
        self._incidents = {row["incident_id"]: row for row in desk.frames["incidents"].iter_rows(named=True)}

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        with Horizontal():
            yield DataTable(cursor_type="row", zebra_stripes=True)
            with VerticalScroll(id="known"):
                yield Static(id="told", markup=False)
        yield Input(placeholder="why, in at least ten characters; Enter signs, Esc leaves", id="reason")
        yield Static("", id="said", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Show the queue."""
        self.query_one(DataTable).add_columns(*COLUMNS)
        self.action_reload()
        self.query_one(DataTable).focus()

    @property
    def at(self) -> dict[str, Any] | None:
        """The task under the cursor."""
        row = self.query_one(DataTable).cursor_row
        return self._waiting[row] if 0 <= row < len(self._waiting) else None

    @property
    def desk(self) -> Desk:
        """The desk, now."""
        made = dataclasses.replace(self._desk, now=self._clock())
        made.__dict__["frames"] = self._desk.frames
        return made

    def action_reload(self) -> None:
        """Ask again what waits."""
        table = self.query_one(DataTable)
        row = table.cursor_row
        waiting = self.desk.queue()
        self._waiting = waiting.head(MOST).to_dicts()
        table.clear()
        for task in self._waiting:
            marks = (f"{task[name]:.2f}" if task[name] else "" for name in ("near", "harm", "clock"))
            cells = (task["kind"], self._short(task), *marks, task["claimed_by"] or "")
            table.add_row(*(Text(plain(cell)) for cell in cells))
        if self._waiting:
            table.move_cursor(row=min(max(row, 0), len(self._waiting) - 1))
        self.sub_title = f"{waiting.height:,} waiting"
        self._show()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        table = self.query_one(DataTable)
        table.move_cursor(row=max(0, min(table.cursor_row + by, len(self._waiting) - 1)))

    def action_claim(self) -> None:
        """Claim the task for a while, or give it back."""
        task = self.at
        if task:
            mine = self._desk.opened.record.standing.state.claims.get(task["task"])
            is_mine = mine is not None and mine.by == self._desk.me and mine.until_utc > self._clock()
            self._do(lambda: self.desk.claim(task["task"], 0) if is_mine else self.desk.claim(task["task"]))

    def action_say(self, word: str) -> None:
        """Begin to say a word: ask for the reason."""
        task = self.at
        if task is None:
            return
        kind = task["kind"] if task["kind"] != "contradiction" else task["task"].partition(":")[0]
        if word not in FITS[kind]:
            self._say(f"{word.replace('_', ' ')} is no word on this task: {', '.join(FITS[kind]).replace('_', ' ')}")
            return
        self._word = word
        reason = self.query_one("#reason", Input)
        reason.value = ""
        reason.border_title = word.replace("_", " ")
        reason.add_class("asked")
        reason.focus()

    def action_leave(self) -> None:
        """Leave the reason without signing."""
        self.query_one("#reason", Input).remove_class("asked")
        self.query_one(DataTable).focus()

    @on(Input.Submitted, "#reason")
    def sign(self, event: Input.Submitted) -> None:
        """Sign what was said, with its reason."""
        task, word = self.at, self._word
        if task is None:
            return
        if word in FITS["approval"]:
            done = self._do(lambda: self.desk.approve(task["subject"], event.value, refuse=word == "refused"))
        else:
            subjects = task["observations"] if word in FITS["pair"] else [task["subject"]]
            settle = task["kind"] == "contradiction"
            done = self._do(lambda: self.desk.decide(word, subjects, event.value, settle=settle))
        if done:
            self.action_leave()

    def _do(self, act: Callable[[], object]) -> bool:
        """Do something, and show what came of it or by which rule it was refused."""
        try:
            act()
        except TrucewatchError as error:
            self._say(str(error))
            return False
        self._say("signed and entered")
        self.action_reload()
        return True

    def _say(self, text: str) -> None:
        self.query_one("#said", Static).update(Text(plain(text)))

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self._show()

    def _show(self) -> None:
        """Show what is known of the task: the machine's result and people's, side by side."""
        task = self.at
        lines = self._known(task) if task else ["Nothing waits."]
        self.query_one("#told", Static).update(Text("\n".join(plain(line) for line in lines)))

    def _short(self, task: dict[str, Any]) -> str:
        if task["kind"] == "approval":
            act = self._desk.opened.record.standing.state.acts[task["subject"]]
            return f"{act.act.replace('_', ' ')} {act.names.get('subject', '')}".strip()
        if task["task"].startswith("pair:"):
            return " = ".join(task["observations"]) + " ?"
        row = self._incidents[task["subject"]]
        return f"{self._words.name('act', row['act'])} {row['start_utc']:%d.%m. %H:%M} {task['subject']}"

    def _known(self, task: dict[str, Any]) -> list[str]:
        lines = [task["task"], ""]
        if task["kind"] == "approval":
            lines += self._proposal(task["subject"])
        if task["subject"] in self._incidents:
            lines += self._machine(task["subject"])
        lines += ["", *self._people(task)]
        frames = self._desk.frames["observations"]
        seen = frames.filter(pl.col("observation_id").is_in(task["observations"])).sort("start_utc", "observation_id")
        lines += ["", f"{seen.height} observations"]
        for row in seen.iter_rows(named=True):
            at = f"{row['start_utc']:%d.%m. %H:%M:%S} ± {row['time_error_s']:.0f} s"
            lines.append(
                f"  {row['source_id']} · {self._words.name('act', row['act'])} · {at} · ± {row['error_major_m']:.0f} m"
            )
            lines += [f"    {row['text']}"] if row["text"] else []
        return lines

    def _machine(self, incident_id: str) -> list[str]:
        row = self._incidents[incident_id]
        found = self._desk.frames["findings"].filter(
            (pl.col("incident_id") == incident_id) & (pl.col("reading") == "text")
        )
        lines = [
            "MACHINE",
            f"  {self._words.name('act', row['act'])}, real with {row['real_probability']:.2f}",
            f"  {row['observations']} observations of {row['independent_sources']} independent sources",
            f"  {row['lat_deg']:.4f} N {row['lon_deg']:.4f} E ± {row['error_major_m']:.0f} m",
        ]
        for each in found.iter_rows(named=True):
            word = self._words.name("conformity", each["conformity"])
            chance = f" ({each['contrary_probability']:.2f})" if each["contrary_probability"] is not None else ""
            lines.append(f"  {each['clause_id']}: {word}{chance}")
        return lines

    def _people(self, task: dict[str, Any]) -> list[str]:
        """Return what people said of the incident, those who dissented too."""
        mine = {
            name: self._desk.frames[name].filter(pl.col("observation_id").is_in(task["observations"]))
            for name in ("members", "observations")
        }
        told = verify.verdicts(self._desk.opened.record.standing, **mine)
        lines = ["PEOPLE"]
        for each in told.filter(pl.col("incident_id") == task["subject"]).iter_rows(named=True):
            by = ", ".join((each["proposed_by"], *each["approved_by"]))
            lines.append(f"  {each['decision']} · {each['status'].replace('_', ' ')} · {by}: {each['reason']}")
            lines += [f"    dissent · {said}" for said in each["dissent"]]
        return lines if len(lines) > 1 else ["PEOPLE", "  nobody yet"]

    def _proposal(self, entry_id: str) -> list[str]:
        state = self._desk.opened.record.standing.state
        act = state.acts[entry_id]
        proposer = state.people[act.entry.author]
        lines = [
            f"PROPOSED by {proposer.name} ({proposer.state or '–'})",
            f"  {act.act.replace('_', ' ')} {act.entry.at_utc:%d.%m. %H:%M}",
        ]
        lines += [
            f"  {key}: {value}"
            for key, value in act.names.items()
            if key in ("subject", "of", "what", "audience", "day", "reason")
        ]
        lines += [f"  {state.people[word.by].name} {word.decision}: {word.reason}" for word in act.words]
        return [*lines, ""]
