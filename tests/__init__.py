"""Tests of advisor; their folders mirror its rooms."""
