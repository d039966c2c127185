"""The log book that nobody can rewrite: entries, their tree, and what proves them. Bytes in, bytes out."""

from trucewatch.journal.entry import (
    KINDS,
    Entry,
    Json,
    canonical,
    key_id,
    origin_of,
    parse_entry,
    sign_entry,
    verify_signature,
)
from trucewatch.journal.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion

__all__ = [
    "EMPTY_ROOT", "KINDS", "Entry", "Json", "Tree", "canonical", "key_id", "leaf_hash", "node_hash", "origin_of", "parse_entry",
    "sign_entry", "verify_consistency", "verify_inclusion", "verify_signature",
]  # fmt: skip
