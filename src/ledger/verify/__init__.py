"""Verification: whether a book, an archive or a bundle is, byte for byte, what was recorded and sealed."""
