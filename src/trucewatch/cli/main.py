"""The command `trucewatch`: its commands, and what becomes of errors.

Commands are named as import paths, so that `--help` loads none of them.
"""

import gc
import sys
import traceback
from typing import Final

from cyclopts import App, CycloptsError

from trucewatch.errors import TrucewatchError
from trucewatch.words import plain

INTERNAL_FAULT: Final = 70
INTERRUPTED: Final = 130

app = App(
    name="trucewatch",
    suppress_keyboard_interrupt=False,  # main says what an interrupt left behind
    help="Tells you whether a ceasefire is holding: where it is not, against which clause, and how sure.",
    help_epilogue="Exit codes: 0 done · 2 wrong call · 3 document · 4 delivery · 5 table · 6 release refused"
    " · 7 missing · 8 network · 9 journal · 10 store · 11 act refused"
    " · 70 a fault of trucewatch · 130 interrupted. --verbose shows the traceback of an error.",
)
COMMANDS: Final = {
    "run": ("trucewatch.cli.run:run", "Original files in, the daily report out: the main job."),
    "fetch": ("trucewatch.cli.fetch:fetch", "Bring live data of a source from its publisher."),
    "observe": ("trucewatch.cli.stages:observe", "Take in original files of one source."),
    "fuse": ("trucewatch.cli.fuse:fuse", "Fuse observations into incidents."),
    "fuse learn": ("trucewatch.cli.fuse:learn", "Learn the sources of observations, without labels."),
    "fuse explain": ("trucewatch.cli.explain:explain", "Why some observations are one incident: terms that add up."),
    "judge": ("trucewatch.cli.stages:judge", "Set incidents against an agreement."),
    "report": ("trucewatch.cli.run:report", "Render the report of a day from tables."),
    "rebuild": ("trucewatch.cli.store:rebuild", "Derive all tables again from the original bytes, and compare."),
    "backup": ("trucewatch.cli.store:backup", "Copy the store, its journal and its tables into a folder."),
    "restore": ("trucewatch.cli.store:restore", "Make a store from a backup, every byte checked."),
    "prune": ("trucewatch.cli.store:prune", "List, or take away, objects that nothing needs any more."),
    "remark": ("trucewatch.cli.remark:remark", "Sign an officer’s remark on the report of a day."),
    "verify": ("trucewatch.cli.verify:verify", "Decide in the terminal: the queue, side by side, by keys."),
    "queue": ("trucewatch.cli.decide:queue", "List what waits for a person, what matters most first."),
    "claim": ("trucewatch.cli.decide:claim", "Claim a task of the queue for a while, or give it back."),
    "decide": ("trucewatch.cli.decide:decide", "Decide on an incident, or whether two observations are the same."),
    "approve": ("trucewatch.cli.decide:approve", "Approve another person’s act, or refuse it."),
    "notice": ("trucewatch.cli.decide:notice", "Propose to send preliminary findings to all parties at once."),
    "reply": ("trucewatch.cli.decide:reply", "Enter a party’s reply to a preliminary finding."),
    "correct": ("trucewatch.cli.decide:correct", "Propose a correction, which leads the next report."),
    "redact": ("trucewatch.cli.decide:redact", "Propose to make what belongs to a subject unreadable for good."),
    "identity seal": ("trucewatch.cli.identity:seal", "Seal who a witness is, apart from what the witness said."),
    "identity split": ("trucewatch.cli.identity:split", "Take who a person is out of a table of reports."),
    "identity show": ("trucewatch.cli.identity:show", "Read who a witness is: the safeguard, and on the record."),
    "release propose": ("trucewatch.cli.release:propose", "Propose to release a report for an audience."),
    "release publish": ("trucewatch.cli.release:publish", "Write a report whose release is in force."),
    "key new": ("trucewatch.cli.people:new", "Make a key of your own."),
    "key add": ("trucewatch.cli.people:add", "Add a person: key, name, roles, state."),
    "key revoke": ("trucewatch.cli.people:revoke", "Revoke a key; what it signed before stands."),
    "key rules": ("trucewatch.cli.people:rules", "Enter the mission’s rules into the journal."),
    "key list": ("trucewatch.cli.people:people", "List the people of the mission."),
    "bundle export": ("trucewatch.cli.bundle:export", "Write entries into a bundle, for a stick."),
    "bundle import": ("trucewatch.cli.bundle:import_", "Merge a bundle: each entry through the rules."),
    "witness": ("trucewatch.cli.witness:witness", "Cosign checkpoints of a journal, or refuse them: be a witness."),
    "journal verify": ("trucewatch.cli.journal:verify", "Verify a copy of the journal, trusting nobody who keeps it."),
    "journal compare": ("trucewatch.cli.journal:compare", "Compare two copies: does the log show two faces?"),
    "journal prove": ("trucewatch.cli.journal:prove", "Prove that an entry is in the journal."),
    "journal checkpoint": ("trucewatch.cli.log:checkpoint", "Sign a checkpoint over all entries."),
    "journal request": ("trucewatch.cli.log:request", "Write the request to a witness."),
    "journal ask": ("trucewatch.cli.log:ask", "Ask witnesses over HTTP to cosign the last checkpoint."),
    "journal cosign": ("trucewatch.cli.log:cosign", "Take in the cosignatures of witnesses."),
    "journal export": ("trucewatch.cli.log:export", "Write a copy of the journal for others."),
    "journal receipt": ("trucewatch.cli.receipt:receipt", "Sign a receipt for what was handed in."),
    "journal check-receipt": (
        "trucewatch.cli.receipt:check_receipt",
        "Was what a receipt promises entered, and in time?",
    ),
    "journal timestamp": ("trucewatch.cli.timestamp:timestamp", "Have the last checkpoint of a copy time-stamped."),
    "journal evidence": (
        "trucewatch.cli.witness:evidence",
        "Write what a witness keeps: last checkpoints, and evidence.",
    ),
    "journal vkey": ("trucewatch.cli.journal:vkey", "Print the verifier key of a log or of a witness."),
    "check": ("trucewatch.cli.documents:check", "Check documents: every error at once."),
    "agreement explain": ("trucewatch.cli.agreement:explain", "Tell an agreement in plain words, with a map."),
    "schema": ("trucewatch.cli.documents:schema", "Print the JSON Schema of a kind of document."),
    "source new": ("trucewatch.cli.source:new", "Write the files of a reader of your own."),
    "sources": ("trucewatch.cli.documents:sources", "List the sources that can be read."),
    "simulate": ("trucewatch.cli.simulate:simulate", "Write a mission with known truth as native files."),
    "demo": (
        "trucewatch.cli.simulate:demo",
        "Thirty days of a ceasefire, the main job on it, and how well the truth came out.",
    ),
}
GROUPS: Final = {
    "agreement": "Agreements: told in plain words.",
    "journal": "The journal: verify a copy, prove what is in it, ask witnesses.",
    "identity": "Witnesses: who they are, apart from what they said.",
    "release": "Release: nothing leaves without two people.",
    "key": "People and their keys: who may do what.",
    "bundle": "Decisions made off line, on a stick.",
    "source": "Sources: the beginning of a reader of your own.",
}
"""Commands of two words: the first names the group."""
for _name, _help in GROUPS.items():
    app.command(App(name=_name, help=_help))
for _name, (_path, _help) in COMMANDS.items():
    *_group, _word = _name.split()
    if _group and _group[0] in COMMANDS:  # a word of a command that is a command itself: `main` joins the two
        app.command(
            _path, name="-".join(_name.split()), help=_help, usage=f"Usage: trucewatch {_name} [OPTIONS] [ARGS]"
        )
        continue
    (app[_group[0]] if _group else app).command(_path, name=_word, help=_help)


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code; the entry point of the package."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    verbose = "--verbose" in tokens
    tokens = [token for token in tokens if token != "--verbose"]
    if tokens and tokens[0] in COMMANDS and " ".join(tokens[:2]) in COMMANDS:
        tokens = ["-".join(tokens[:2]), *tokens[2:]]
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else 0
    except TrucewatchError as error:
        _tell(error, [str(problem) for problem in error.problems] if len(error.problems) > 1 else [str(error)], verbose)
        return error.exit_code
    except CycloptsError as error:
        _tell(error, [str(error), "→ trucewatch --help shows how to call it"], verbose)
        return 2
    except KeyboardInterrupt:
        _tell(None, ["interrupted; nothing half-written was kept"], verbose)
        return INTERRUPTED
    except BrokenPipeError:
        return 0
    except Exception as error:
        _tell(
            error,
            [f"a fault of trucewatch itself: {type(error).__name__}: {error}", "→ run again with --verbose"],
            verbose,
        )
        return INTERNAL_FAULT


def _tell(error: BaseException | None, lines: list[str], verbose: bool) -> None:
    """Write an error to stderr: what, where, what to do; the traceback only where asked."""
    if verbose and error is not None:
        traceback.print_exception(error)
    for line in lines:
        print(f"trucewatch: {plain(line)}", file=sys.stderr)


def run_and_exit() -> None:
    """Run the command line and exit with its code."""
    code = main()
    gc.freeze()  # all that is left ends with the process: to look through it for what refers to itself takes .4 s
    sys.exit(code)
