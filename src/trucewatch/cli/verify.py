"""`verify`: the terminal in which a person decides."""

import datetime as dt
from pathlib import Path

from trucewatch.cli.desk import desk
from trucewatch.cli.store import StoreFolder
from trucewatch.errors import MissingError


def verify(*, mission: Path, store: StoreFolder, key: Path, database: str | None = None) -> None:
    """Decide in the terminal: the queue, what the machine found and what people said side by side, a word by one key.

    j and k move, space claims a task or gives it back; c confirms, r rejects, o corrects, t withdraws, u is unsure, w warns; of a
    pair s says the same, d different; of what another proposed a approves, x refuses. Then the reason; Enter signs, Esc leaves.

    Parameters
    ----------
    mission
        The mission document.
    store
        The folder of the store.
    key
        Your Ed25519 private key, a PEM file.
    database
        The address of the PostgreSQL database that holds the record, postgresql://…; SQLite in the store when absent.
    """
    try:
        from trucewatch.cli.terminal import Terminal
    except ImportError as error:
        raise MissingError(
            "the terminal needs textual", where="verify", to_do="pip install 'trucewatch[terminal]'"
        ) from error
    with desk(mission, store, key, database) as at:
        Terminal(at, _now).run()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
