"""Sealing the log: an RFC 6962 tree over its leaves, signed checkpoints, proofs, and witnesses who remember."""
