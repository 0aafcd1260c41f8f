"""Whole estates: one setting for each cluster, what it means for every VM, drains and patch nights."""
