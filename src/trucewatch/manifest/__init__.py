"""What a source is: publisher, licence, error model, whose acts and whose side it can see.

`source.toml` beside each reader is parsed into a frozen `Manifest`. Nothing about a source is said anywhere else.
"""

from trucewatch.manifest.fetch import Fetch
from trucewatch.manifest.model import Accuracy, Licence, Manifest, Sees, parse_manifest

__all__ = ["Accuracy", "Fetch", "Licence", "Manifest", "Sees", "parse_manifest"]
