"""Counties made, decided row by row, and read a second time."""
