"""Pure rules: what must be known, what may happen, what is refused and in which law's words.

One decision a file. Nothing here reads a clock, a database or the environment.
"""
