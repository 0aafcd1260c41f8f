"""The command line: reads, calls the library once, writes. Nothing is computed here."""
