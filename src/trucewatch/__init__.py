"""trucewatch tells you whether a ceasefire is holding: where it is not, against which clause, and how sure."""

from typing import Final

__version__: Final = "0.1.0"
