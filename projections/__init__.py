"""Everything that anyone reads, derived from the log and derivable again."""
