"""`verify`: the terminal in which a person decides."""

import datetime as dt

from trucewatch.cli.desk import OwnSeat, desk
from trucewatch.errors import MissingError


def verify(*, seat: OwnSeat) -> None:
    """Decide in the terminal: the queue, what the machine found and what people said side by side, a word by one key.

    j and k move, space claims a task or gives it back; c confirms, r rejects, o corrects, t withdraws, u is unsure, w warns; of a
    pair s says the same, d different; of what another proposed a approves, x refuses. Then the reason; Enter signs, Esc leaves.
    """
    try:
        from trucewatch.cli.terminal import Terminal
    except ImportError as error:
        raise MissingError(
            "the terminal needs textual", where="verify", to_do="pip install 'trucewatch[terminal]'"
        ) from error
    with desk(seat) as at:
        Terminal(at, _now).run()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
