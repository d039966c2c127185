"""The disk and the database: documents and what lies beside them, original bytes, the record, tables as Parquet.

Nothing below this room reads or writes files. Writing is atomic: a reader sees the old or the new, never half.
"""

from trucewatch.store.backup import Copied, backup, restore
from trucewatch.store.beside import beside
from trucewatch.store.files import (
    Syscalls,
    forget,
    read_bytes,
    read_table,
    write_bytes,
    write_files,
    write_tables,
)
from trucewatch.store.index import Kept, Reading
from trucewatch.store.locker import Redacted
from trucewatch.store.objects import Objects
from trucewatch.store.open import Store, open_store
from trucewatch.store.parts import written_by_parts
from trucewatch.store.record import Record
from trucewatch.store.runs import runs_of
from trucewatch.store.shelf import shelf_in
from trucewatch.store.witnessed import Witnessed

__all__ = [
    "Copied", "Kept", "Objects", "Reading", "Record", "Redacted", "Store", "Syscalls", "Witnessed", "backup",
    "beside", "forget", "open_store", "read_bytes", "read_table", "restore", "runs_of", "shelf_in", "write_bytes", "write_files",
    "write_tables", "written_by_parts",
]  # fmt: skip
