"""`source new`: the files of a reader of your own."""

from pathlib import Path

from trucewatch.cli.options import Json
from trucewatch.cli.output import result
from trucewatch.errors import UsageError
from trucewatch.observe import scaffold
from trucewatch.store import write_files
from trucewatch.words import plain

READERS = Path("src/trucewatch/observe/readers")


def new(name: str, *, folder: Path | None = None, json_: Json = False) -> None:
    """Write the files of a new source: a reader that passes the conformance test on its sample, to be changed into yours.

    In the project's own folder it joins the readers there. With --folder it becomes a package of its own, which
    `pip install --editable FOLDER` makes known to trucewatch.

    Parameters
    ----------
    name
        The name of the source: small letters, digits and "_".
    folder
        A new folder for a package of its own.
    json_
        Print one JSON object instead of lines.
    """
    if folder is None and not READERS.is_dir():
        to_do = "call it in the project's own folder, or say --folder PATH for a package of its own"
        raise UsageError("the readers of the project are not here", where=str(READERS), to_do=to_do)
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("the folder is not empty", where=str(folder), to_do="name a new one")
    files = scaffold(name, outside=folder is not None)
    root = folder or Path()
    if there := [path for path in files if (root / path).exists()]:
        raise UsageError("these files are there already", where=", ".join(there), to_do="take another name")
    write_files(root, files)
    written, steps = [str(root / path) for path in files], _next(name, folder)
    if json_:
        result({"written": written, "next": steps}, as_json=True)
        return
    print(plain("\n".join([*written, "", "Next:", *(f"  {step}" for step in steps)])))


def _next(name: str, folder: Path | None) -> list[str]:
    """Return the commands that come next."""
    if folder is None:
        return [f"python -m pytest tests/observe -k {name}", "python docs/reference/generate.py"]
    return [f"python -m pip install --editable {folder}", "trucewatch sources", f"python -m pytest {folder}/tests"]
