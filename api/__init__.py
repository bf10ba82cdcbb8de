"""HTTP: the same decisions and the same questions as the command line, and the console that people look at."""
