"""The disk: documents and what lies beside them, original bytes in the locker, tables as Parquet.

Nothing below this room reads or writes files. Writing is atomic: a reader sees the old file or the new one, never half.
"""

from trucewatch.store.beside import beside
from trucewatch.store.files import forget, read_bytes, read_table, write_bytes, write_files, write_tables
from trucewatch.store.shelf import Shelf

__all__ = ["Shelf", "beside", "forget", "read_bytes", "read_table", "write_bytes", "write_files", "write_tables"]
