"""Time-stamps of checkpoints by a time-stamping authority (RFC 3161): when at the latest the log had signed them.

The rules:

- What is stamped is SHA-256 of the checkpoint's text, which log and witnesses sign: cosignatures that come later change nothing.
- A response holds when its signer's certificate, which is for time-stamping alone, leads to one of the given roots, and its
  imprint is that of the text (RFC 3161, 2.4.2). Nobody but the given roots is asked: no network, no list of a system.
- A witness already tells a time with its cosignature. A time-stamp is one that courts know. It is optional: the package
  `rfc3161-client` is the extra `timestamps`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from cryptography import x509

from trucewatch.errors import JournalError, MissingError, Problem
from trucewatch.journal.checkpoint import Checkpoint
from trucewatch.journal.copy import TIMESTAMPS, timestamp_name


def timestamp_request(checkpoint: Checkpoint) -> bytes:
    """Return the request (DER, `application/timestamp-query`) for a time-stamp of a checkpoint. Raises MissingError."""
    _needed()
    from rfc3161_client import TimestampRequestBuilder
    from rfc3161_client.base import HashAlgorithm

    asked = TimestampRequestBuilder(nonce=False).data(checkpoint.text.encode()).hash_algorithm(HashAlgorithm.SHA256)
    return asked.build().as_bytes()


def timestamped_at(
    response: bytes, checkpoint: Checkpoint, roots: bytes, *, where: str = "a time-stamp"
) -> dt.datetime:
    """Return the time in UTC that an authority under one of the `roots` (PEM) says of a checkpoint.

    `response` is DER, `application/timestamp-reply`. Raises JournalError when it does not hold, MissingError without the package.
    """
    _needed()
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        certificates = x509.load_pem_x509_certificates(roots)
    except ValueError as error:
        raise JournalError("no certificates", where="the roots", to_do="give certificates in PEM") from error
    try:
        told = decode_timestamp_response(response)
        VerifierBuilder(roots=certificates).build().verify_message(told, checkpoint.text.encode())
    except (VerificationError, ValueError) as error:
        to_do = "ask for another, or give the root of its authority"
        raise JournalError(f"the time-stamp does not hold: {error}", where=where, to_do=to_do) from error
    return told.tst_info.gen_time.astimezone(dt.UTC)


def check_timestamps(
    stamps: Mapping[str, bytes], checkpoints: Sequence[Checkpoint], roots: bytes
) -> tuple[dict[int, dt.datetime], list[Problem]]:
    """Return when the checkpoints of a copy were stamped, by their size, and which time-stamps do not hold."""
    signed = {timestamp_name(checkpoint.size): checkpoint for checkpoint in checkpoints}
    times: dict[int, dt.datetime] = {}
    problems: list[Problem] = []
    for name, response in stamps.items():
        where = TIMESTAMPS + name
        if name not in signed:
            problems.append(Problem(where, "a time-stamp of no checkpoint of the copy", "take it out"))
            continue
        try:
            times[signed[name].size] = timestamped_at(response, signed[name], roots, where=where)
        except JournalError as error:
            problems += error.problems
    return times, problems


def _needed() -> None:
    """Raise MissingError where the package is not installed."""
    try:
        import rfc3161_client  # noqa: F401
    except ImportError as error:
        to_do = "pip install 'trucewatch[timestamps]'"
        raise MissingError("time-stamps need a package", where="rfc3161-client", to_do=to_do) from error
