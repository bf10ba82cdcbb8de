"""How fast the book is, beside what it could be and what else there is (docs/benchmarks.md)."""
