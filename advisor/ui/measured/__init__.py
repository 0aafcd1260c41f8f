"""The page Measured runs."""
