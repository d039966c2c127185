"""The log book that nobody can rewrite: entries, their tree, and what proves them. Bytes in, bytes out."""

from trucewatch.journal.checkpoint import (
    Checkpoint,
    cosign,
    cosigned_at,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
)
from trucewatch.journal.comparison import Compared, compare
from trucewatch.journal.copy import Copy, copy_of, export, line_of, tree_of
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
from trucewatch.journal.keyring import Keyring, KnownKey
from trucewatch.journal.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion
from trucewatch.journal.note import COSIGNATURE, ED25519, VerifierKey, parse_vkey
from trucewatch.journal.proof import Proof, parse_proof, prove, verify_proof
from trucewatch.journal.receipt import Promise, Receipt, parse_receipt, promised, sign_receipt
from trucewatch.journal.timestamps import timestamp_request, timestamped_at
from trucewatch.journal.trust import JournalSettings, Seen, Trust, Witness, WitnessSettings, witnessed
from trucewatch.journal.verification import Known, Sealed, Verified, verify_copy
from trucewatch.journal.witness import Answer, Request, answer, parse_request

__all__ = [
    "COSIGNATURE", "ED25519", "EMPTY_ROOT", "KINDS", "Answer", "Checkpoint", "Compared", "Copy", "Entry", "JournalSettings",
    "Json", "Keyring", "Known", "KnownKey", "Promise", "Proof", "Receipt", "Request", "Sealed", "Seen", "Tree", "Trust",
    "Verified", "VerifierKey", "Witness", "WitnessSettings", "answer", "canonical", "compare", "copy_of", "cosign", "cosigned_at",
    "export", "key_id", "leaf_hash", "line_of", "node_hash", "origin_of", "parse_checkpoint", "parse_entry", "parse_proof",
    "parse_receipt", "parse_request", "parse_vkey", "promised", "prove", "sign_checkpoint", "sign_entry", "sign_receipt",
    "timestamp_request", "timestamped_at", "tree_of", "verify_checkpoint", "verify_consistency", "verify_copy",
    "verify_inclusion", "verify_proof", "verify_signature", "witnessed",
]  # fmt: skip
