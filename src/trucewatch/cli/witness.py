"""`witness`: cosign checkpoints of a journal, from files or over HTTP (C2SP tlog-witness)."""

import datetime as dt
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from trucewatch.cli.options import Json, Out
from trucewatch.cli.output import result
from trucewatch.errors import JournalError, MissingError, UsageError
from trucewatch.journal import (
    COSIGNATURE,
    Answer,
    Checkpoint,
    VerifierKey,
    answer,
    parse_checkpoint,
    parse_vkey,
)
from trucewatch.mission.record import private_key
from trucewatch.store import Witnessed, read_bytes, write_bytes
from trucewatch.words import plain

LONGEST_REQUEST: Final = 1_000_000  # bytes
PATIENCE_S: Final = 10.0


def witness(
    *requests: Path,
    state: Path,
    key: Path,
    name: str,
    log: Annotated[list[str], Parameter(negative="")],
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    listen: str | None = None,
    json_: Json = False,
) -> int:
    """Cosign the checkpoints of logs that follow from all that this witness saw before, and refuse any other, saying why.

    A request is a file as `trucewatch journal request` writes it; the cosignature is written beside it, for
    `trucewatch journal cosign`. With `--listen` the same is answered over HTTP, as POST to `/add-checkpoint`. What a log signed
    against itself is kept: `trucewatch journal evidence`. Exit code 9 when a request is refused.

    Parameters
    ----------
    requests
        Files of requests, or folders with `*.request` in them.
    state
        The file in which the witness keeps what it cosigned; never lose it, never use it for two witnesses.
    key
        The witness' Ed25519 private key, a PEM file without password: `openssl genpkey -algorithm ed25519`.
    name
        The witness' name, such as `witness.example.org`; no space, no plus.
    log
        The verifier key of a log to witness; again for each further one.
    out
        The folder for cosignatures; beside each request when absent.
    listen
        Address and port to answer at over HTTP, such as `127.0.0.1:8080`; put TLS before it.
    json_
        Print one JSON object instead of lines.
    """
    if bool(requests) == bool(listen):
        raise UsageError("nothing to answer", where="witness", to_do="give files of requests, or --listen")
    ask = _witness(Witnessed(state), name, key, log)
    if listen:
        _serve(listen, ask, as_json=json_)
        return 0
    told, refused = {}, False
    for path in _files(requests):
        given = ask(read_bytes(path))
        if given.status == 200:
            write_bytes((out or path.parent) / f"{path.stem}.cosignature", given.body.encode())
        told[str(path)] = given.why if given.status == 200 else f"REFUSED ({given.status}): {given.why}"
        refused |= given.status != 200
    result(told, as_json=json_)
    return JournalError.exit_code if refused else 0


def evidence(state: Path, *, out: Out, json_: Json = False) -> None:
    """Write what a witness keeps as files: the last checkpoint it cosigned of each log, and evidence.

    Evidence are checkpoints that a log signed and that contradict each other. Two roots of one size prove two faces to anyone who
    has the log's key. Of two sizes, one was not shown to follow from the other: hold them against a copy, with
    `trucewatch journal verify --against`, or ask the log for the proof from one to the other, which one that was rewritten cannot
    give.

    Parameters
    ----------
    state
        The file of the witness.
    out
        The folder to write to.
    json_
        Print one JSON object instead of lines.
    """
    if not state.is_file():
        raise MissingError("no such file", where=str(state), to_do="give the --state of `trucewatch witness`")
    with Witnessed(state).turn() as turn:
        kept = {"last": turn.every_last(), "evidence": turn.evidence()}
    for word, notes in kept.items():
        for number, note in enumerate(notes, 1):
            write_bytes(out / f"{word}-{number}.checkpoint", note)
    result({"folder": str(out), **{word: len(notes) for word, notes in kept.items()}}, as_json=json_)


def _files(requests: tuple[Path, ...]) -> list[Path]:
    return [found for path in requests for found in (sorted(path.glob("*.request")) if path.is_dir() else [path])]


def _witness(state: Witnessed, name: str, key: Path, log: list[str]) -> Callable[[bytes], Answer]:
    """Return what answers a request: what it cosigns is kept before the answer is returned."""
    secret = private_key(key)
    VerifierKey(name, COSIGNATURE, secret.public_key().public_bytes_raw())  # refuses a name that no note can carry
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for told in log:
        each = parse_vkey(told, where="--log")
        logs[each.name] = (*logs.get(each.name, ()), each)

    def ask(data: bytes) -> Answer:
        with state.turn() as turn:

            def seen(origin: str) -> Checkpoint | None:
                last = turn.last(origin)
                return None if last is None else parse_checkpoint(last, where="the last checkpoint cosigned")

            given = answer(data, logs=logs, seen=seen, name=name, key=secret, at_utc=dt.datetime.now(dt.UTC))
            if given.keep:
                turn.keep(given.keep.origin, given.keep.data)
            for each in given.evidence:
                turn.keep_evidence(each.data)
        return given

    return ask


def _serve(listen: str, ask: Callable[[bytes], Answer], *, as_json: bool) -> None:
    """Answer requests over HTTP until interrupted."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError("not an address and a port", where=f"--listen {listen}", to_do="write 127.0.0.1:8080")

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not self.path.endswith("/add-checkpoint"):
                given = Answer(404, "only add-checkpoint is answered here\n", f"asked for {self.path}")
            elif not length.isdecimal() or int(length) > LONGEST_REQUEST:
                given = Answer(413, "a request tells its length, and is not so long\n", "a length that cannot be")
            else:
                given = ask(self.rfile.read(int(length)))
            body = given.body.encode()
            self.send_response(given.status)
            self.send_header("Content-Type", given.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            print(plain(f"{given.status} {given.why}"), file=sys.stderr, flush=True)

        def log_message(self, *_: object) -> None:
            """Say nothing: what was answered is told once."""

    try:
        server = HTTPServer((host, int(port)), Handler)
    except OSError as error:
        raise UsageError(f"cannot listen there: {error.strerror}", where=listen, to_do="choose another port") from error
    with server:
        result({"listening": f"{host}:{server.server_port}"}, as_json=as_json)
        sys.stdout.flush()
        server.serve_forever()
