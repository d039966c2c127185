"""One folder a source: source.toml says what it is, read.py reads it."""
