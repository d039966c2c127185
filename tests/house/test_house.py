"""The house holds: layers, no IO in the core, no registry address, tests where their sources are."""

import importlib
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "trucewatch"
BIN = pathlib.Path(sys.executable).parent
CORE = (
    "observe",
    "fuse",
    "judge",
    "report",
    "simulate",
    "release",
    "journal",
    "verify",
    "agreement",
    "manifest",
    "tables",
    "words",
)


def ruff(code: str, room: str) -> str:
    """Lint `code` as if it were a module of `room`."""
    done = subprocess.run(
        [BIN / "ruff", "check", "--stdin-filename", f"src/trucewatch/{room}/planted.py", "-"],
        input=code, text=True, capture_output=True, cwd=ROOT, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("room", CORE)
@pytest.mark.parametrize(
    "planted",
    [
        "import os\n\nprint(os.getcwd())\n",
        "import pathlib\n\nprint(pathlib.Path('x').read_text())\n",
        "import socket\n\nprint(socket.gethostname())\n",
        "import datetime as dt\n\nprint(dt.datetime.now(dt.UTC))\n",
        "import time\n\nprint(time.time())\n",
        "print(open('x').read())\n",
        "import polars as pl\n\nprint(pl.scan_parquet('x'))\n",
        "import random\n\nprint(random.random())\n",
    ],
)
def test_io_in_the_core_is_a_lint_error(planted, room):
    assert re.search("TID251|PTH123", ruff(planted, room))


@pytest.mark.parametrize("room", ["store", "cli", "mission", "fetch"])
def test_io_is_allowed_where_it_belongs(room):
    assert "TID251" not in ruff("import os\n\nprint(os.getcwd())\n", room)


def test_no_file_names_a_registry():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True, capture_output=True, check=True).stdout.split()
    address = re.compile(r"index-url|registry\s*=|\"resolved\":|file:///|pypi\.org/simple")
    suffixes = {".toml", ".lock", ".cfg", ".txt", ".json", ".sh", ""}
    named = [
        name
        for name in files
        if pathlib.Path(name).suffix in suffixes and address.search((ROOT / name).read_text(errors="replace"))
    ]
    assert not named


def test_every_dependency_is_pinned():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += [name for name in extra if not name.startswith("trucewatch[")]
    assert [name for name in wanted if not re.fullmatch(r"[a-z0-9.-]+(\[[a-z]+\])?==[0-9.]+", name)] == []


def test_the_path_of_a_test_follows_from_its_source():
    """Each test module of a room mirrors a module of that room, or is named for what all of the room does."""
    free = {
        "conformance",
        "bad_input",
        "real",
        "round_trip",
        "house",
        "docs",
        "command",
        "tables",
        "fuzz",
        "bombs",
        "faults",
    }
    astray = []
    for test in (ROOT / "tests").rglob("test_*.py"):
        room = test.relative_to(ROOT / "tests").parent
        if str(room) in (
            "missions",
            "agreements",
            "docs",
        ):  # documents beside the code: tests are named for what they hold
            continue
        subject = test.stem.removeprefix("test_")
        source = SOURCE / room / subject
        if subject not in free and not source.with_suffix(".py").exists() and not source.is_dir():
            astray.append(str(test.relative_to(ROOT)))
    assert not astray


PUBLIC = {
    "agreement": "Agreement AgreementDocument Clause DutyOf Exercise Feature KINDS Kind Line OPEN_END Party StageOf Standing"
    " TEXT_READING json_schema parse_agreement problems_of read_features table_of",
    "fetch": "Answered Fetched Limits Request Secret fetch parse_area plan post secret_of summary",
    "fuse": "Block FuseSettings Fused Model NEEDED NOWHERE Run Runs Standing TABLES TOLD Told aliases_of blocks_of explain"
    " from_table fuse learn of_acts onto read_again renamed run_of sources_in written",
    "journal": "Answer COSIGNATURE Checkpoint Compared Copy ED25519 EMPTY_ROOT Entry JournalSettings Json KINDS Keyring"
    " Known KnownKey Promise Proof Receipt Request Sealed Seen Tree Trust Verified VerifierKey Witness"
    " WitnessSettings answer canonical compare copy_of cosign cosigned_at export key_id leaf_hash line_of"
    " node_hash origin_of parse_checkpoint parse_entry parse_proof parse_receipt parse_request parse_vkey promised"
    " prove sign_checkpoint sign_entry sign_receipt timestamp_request timestamped_at tree_of verify_checkpoint"
    " verify_consistency verify_copy verify_inclusion verify_proof verify_signature witnessed",
    "judge": "DUTY_REASONS JudgeSettings Judged REASONS duties duty_acts judge locate raw_tallies scope",
    "manifest": "Accuracy Fetch Licence Manifest Sees parse_manifest",
    "mission": "Loaded Outcome Rebuilt Replayed load rebuild replay report_again run",
    "observe": "Change Delivery Given Mapping Source Taken TakenIn change current names parse_mapping scaffold source take_in",
    "release": "AUDIENCES OUTSIDE ReleaseSettings Released WITHHELD masking prepare",
    "report": "Basemap Region ReportFacts as_text changes explain page parse_remark render sign_remark",
    "verify": "Act Merged Person ROLES RULES Standing VerifySettings admit bundle_of check_signature corrections decisions merge"
    " parse_bundle queue replies rules_body verdicts",
    "simulate": "Scenario ScenarioDocument World parse_scenario score simulate",
}


@pytest.mark.parametrize("room", sorted(PUBLIC))
def test_the_public_names_of_a_room_are_these(room):
    """What a library user may rely on; a change here is a change for them."""
    module = importlib.import_module(f"trucewatch.{room}")
    assert sorted(module.__all__) == PUBLIC[room].split()
    assert all(hasattr(module, name) for name in module.__all__)
