"""Everything read from outside: scenarios, flags, measured runs."""
