"""What lies beside a document: a reference never leaves the folders it may look in."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from trucewatch.errors import MissingError, UsageError
from trucewatch.store.files import read_bytes


def beside(*folders: Path) -> Callable[[str], bytes]:
    """Return a function from a reference to the bytes of the file, looked for in `folders` in turn.

    A reference is a relative path with forward slashes. It raises UsageError for one that would leave the folders
    (absolute, "..", a drive, a backslash, a link that leads out) and MissingError when no folder has it.
    """
    roots = [folder.resolve() for folder in folders]

    def get(name: str) -> bytes:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name or not name:
            raise UsageError(
                "a reference must stay beside its document", where=repr(name), to_do="use a relative path without '..'"
            )
        for root in roots:
            found = (root / path).resolve()
            if not found.is_file():
                continue
            if not found.is_relative_to(root):
                raise UsageError("a link leads out of the folder", where=str(root / path), to_do="copy the file there")
            return read_bytes(found)
        where = " or ".join(map(str, roots))
        raise MissingError("no such file beside the document", where=f"{name} in {where}", to_do="put it there")

    return get
