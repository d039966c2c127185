"""NASA FIRMS: fires seen from space."""
