"""Statements: exact words of a party or a body, and what they do under a clause."""
