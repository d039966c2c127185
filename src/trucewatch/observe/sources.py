"""The sources that can be read: each a folder with `source.toml` and `read.py`, here or in an outside package.

Outside packages join through the entry-point group "trucewatch.sources": each entry names a package of the same shape.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata, resources
from typing import Final
from zoneinfo import ZoneInfo

from trucewatch.errors import MissingError
from trucewatch.manifest import Manifest, parse_manifest
from trucewatch.observe.delivery import Box, Given
from trucewatch.observe.take_in import Reader

READERS: Final = "trucewatch.observe.readers"
GROUP: Final = "trucewatch.sources"


@dataclass(frozen=True)
class Source:
    """A source that can be read: its name, its manifest, its reader.

    `manifest_of` is there for a source whose manifest comes with the mission, such as `table`.
    """

    name: str
    manifest: Manifest
    read: Reader
    manifest_of: Callable[[Given], Manifest] | None = None

    def given(
        self,
        time_zone: ZoneInfo,
        *,
        options: Mapping[str, str],
        beside: Callable[[str], bytes] | None = None,
        box: Box | None = None,
    ) -> Given:
        """Return what a mission gives this reader."""
        first = Given(self.manifest, time_zone, options, box=box)
        if beside:
            first = replace(first, beside=beside)
        return first if self.manifest_of is None else replace(first, manifest=self.manifest_of(first))


def names() -> tuple[str, ...]:
    """Return the names of all sources, sorted."""
    return tuple(sorted(_packages()))


def source(name: str) -> Source:
    """Return the source `name`; its reader is loaded only now. Raises MissingError that lists what there is."""
    packages = _packages()
    if name not in packages:
        raise MissingError(f"no such source: {name!r}", where="sources", to_do=f"take one of {sorted(packages)}")
    package = packages[name]
    data = resources.files(package).joinpath("source.toml").read_bytes()
    reader = importlib.import_module(f"{package}.read")
    return Source(
        name, parse_manifest(data, name=f"{name}/source.toml"), reader.read, getattr(reader, "manifest_of", None)
    )


def _packages() -> dict[str, str]:
    """Return the package of every source by name."""
    here = {
        folder.name: f"{READERS}.{folder.name}"
        for folder in resources.files(READERS).iterdir()
        if folder.is_dir() and folder.joinpath("source.toml").is_file()
    }
    return here | {entry.name: entry.value for entry in metadata.entry_points(group=GROUP)}
