"""The console: pages made on the server, Chinese first, that work without scripts and without the internet."""
