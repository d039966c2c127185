"""Access: the mission's own log of where its monitors were let through, and where not."""
