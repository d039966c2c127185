"""VIINA: violent incidents in news articles, located and classed by a machine."""
