"""The user's key: it goes to the host of the address and nowhere else. No message, log, name or file may hold it."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from trucewatch.errors import MissingError, UsageError
from trucewatch.manifest import Fetch

SHOWN = "{key}"
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


@dataclass(frozen=True)
class Secret:
    """A key, or "" where the source needs none. It shows itself to nobody."""

    key: str = field(default="", repr=False)

    def hide(self, text: str) -> str:
        """Return `text` with the key taken out, as it is and as an address quotes it."""
        if not self.key:
            return text
        for shape in (self.key, quote(self.key, safe=""), quote(self.key)):
            text = re.sub(re.escape(shape), SHOWN, text, flags=re.IGNORECASE)  # a host is told in lower case
        return text

    def fill(self, address: str) -> str:
        """Return an address with the key in its place, for the wire."""
        return address.replace(SHOWN, quote(self.key, safe=""))

    @contextmanager
    def out_of_logs(self) -> Iterator[None]:
        """Keep the key out of what the network libraries log, whoever listens."""

        def hidden(record: logging.LogRecord) -> bool:
            record.msg, record.args = self.hide(record.getMessage()), ()
            return True

        loggers = [logging.getLogger(name) for name in _LOGGERS]
        for logger in loggers:
            logger.addFilter(hidden)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeFilter(hidden)


def secret_of(offer: Fetch, environment: Mapping[str, str], *, key_env: str | None = None) -> Secret:
    """Return the key from the environment variable that the manifest names, or from `key_env`.

    Raises MissingError when it is not set, UsageError when it can be no key.
    """
    name = key_env or offer.key_env
    if offer.key_env is None:
        if key_env:
            raise UsageError("this source needs no key", where=f"--key-env {key_env}", to_do="leave it out")
        return Secret()
    key = environment.get(name or "", "").strip()
    if not key:
        to_do = f"export it there{f'; ask for one: {offer.key_from}' if offer.key_from else ''}"
        raise MissingError("the key of this source is not set", where=f"environment variable {name}", to_do=to_do)
    if len(key) < 8 or not key.isascii() or not key.isprintable() or " " in key:
        raise UsageError("this is no key", where=f"environment variable {name}", to_do="set the key as it was given")
    return Secret(key)
