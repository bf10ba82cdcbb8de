"""The log taken away as files, and brought back."""
