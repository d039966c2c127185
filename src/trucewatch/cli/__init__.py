"""One command per stage, the same word. Data on stdout, progress and errors on stderr, documented exit codes."""
