"""The command line: the only room that prints, reads and writes for the user."""
