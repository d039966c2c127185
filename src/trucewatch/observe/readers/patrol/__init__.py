"""Patrols, cameras and flights of the mission's own monitors."""
