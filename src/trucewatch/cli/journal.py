"""`journal`: verifier keys."""

from pathlib import Path

from trucewatch.cli.output import result
from trucewatch.cli.stages import Json
from trucewatch.errors import UsageError
from trucewatch.journal import COSIGNATURE, ED25519, VerifierKey, origin_of
from trucewatch.mission.record import private_key


def vkey(key: Path, *, mission_id: str | None = None, witness: str | None = None, json_: Json = False) -> None:
    """Print the verifier key (C2SP vkey) of a log or of a witness, by which others check what it signs.

    Parameters
    ----------
    key
        The Ed25519 private key, a PEM file without password: `openssl genpkey -algorithm ed25519`.
    mission_id
        For the key of a log: the `mission_id` of its mission.
    witness
        For the key of a witness: its name, such as `witness.example.org`.
    json_
        Print one JSON object instead of lines.
    """
    public = private_key(key).public_key().public_bytes_raw()
    if (mission_id is None) == (witness is None):
        raise UsageError("whose key is it?", where=str(key), to_do="give either --mission-id or --witness")
    if mission_id is not None:
        told = VerifierKey(origin_of(mission_id, public), ED25519, public)
    else:
        told = VerifierKey(str(witness), COSIGNATURE, public)
    result({"vkey": str(told)}, as_json=json_)
