"""The app: pages that arrange what the library answers. Nothing is computed here."""
