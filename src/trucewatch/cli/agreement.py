"""`agreement explain`: a text in plain words, with a map."""

from pathlib import Path

from trucewatch.agreement import TEXT_READING, Agreement, parse_agreement
from trucewatch.errors import UsageError
from trucewatch.report import as_text, page
from trucewatch.report import explain as explained
from trucewatch.store import beside, read_bytes, write_files
from trucewatch.words import Words


def explain(
    file: Path, *, reading: str = TEXT_READING, diff: bool = False, out: Path | None = None, language: str = "en"
) -> None:
    """Tell an agreement in plain words: what it says, where readings differ, which clauses a machine can judge.

    Parameters
    ----------
    file
        The agreement, as TOML; its geometry stands beside it.
    reading
        A party whose reading is told; without it the text as it stands.
    diff
        Only in what the readings differ.
    out
        A folder for the page with the map, `agreement.html`.
    language
        The language of the words.
    """
    agreement = parse_agreement(read_bytes(file), name=str(file), beside=beside(file.resolve().parent))
    _check_reading(agreement, reading)
    told = explained(agreement, Words(language), reading=reading, only_differences=diff)
    print(as_text(told), end="")
    if out:
        write_files(out, {"agreement.html": page(told)})
        print(f"\n{out / 'agreement.html'}")


def _check_reading(agreement: Agreement, reading: str) -> None:
    """Raise UsageError, with the readings that there are, for one that there is not."""
    if reading not in agreement.reading_ids:
        raise UsageError(
            f"no such reading: {reading!r}",
            where=f"{agreement.agreement_id}: --reading",
            to_do=f"take one of {list(agreement.reading_ids)}",
        )
