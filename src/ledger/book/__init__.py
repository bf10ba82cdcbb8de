"""The only door that writes: the log on PostgreSQL, and the book that decides and appends through it."""
