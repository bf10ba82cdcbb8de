"""The book derived again in DuckDB from an archive: at any moment, or under another rule."""
