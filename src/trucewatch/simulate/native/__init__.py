"""The sources' own files: each module writes what one kind of source publishes."""
