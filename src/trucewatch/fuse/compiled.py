"""How the hot loops are compiled."""

from typing import Any, Final

BARE: Final[dict[str, Any]] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""For functions that are given all arrays and make none: numba then does not count references to them, which cost more than
half of a sweep's time (an atomic step for each array, in each call). In such a function an array cannot be made or cut."""
