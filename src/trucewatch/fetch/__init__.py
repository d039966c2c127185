"""The network: live data from their publishers, as files that the readers read.

Only the hosts that a source's manifest names are asked. A file is there whole under its own name, or not at all.
"""

from trucewatch.fetch.download import Limits
from trucewatch.fetch.fetch import Fetched, fetch, summary
from trucewatch.fetch.plan import Request, parse_area, plan
from trucewatch.fetch.post import Answered, post
from trucewatch.fetch.secret import Secret, secret_of

__all__ = [
    "Answered", "Fetched", "Limits", "Request", "Secret", "fetch", "parse_area", "plan", "post", "secret_of", "summary",
]  # fmt: skip
