"""Colours of charts and pages by what they mean, for light and dark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they mean; each reaches a contrast of 4.5 to the page behind it."""

    page: str
    ink: str
    muted: str
    accent: str
    second: str
    allowed: str
    forbidden: str
    grid: str


PALETTE = Palette("#ffffff", "#1b1f24", "#57606a", "#0b5cad", "#9a4f00", "#2f6f5e", "#6b737c", "#d8dee4")
DARK_PALETTE = Palette("#12161c", "#e6edf3", "#a0a9b4", "#6cb6ff", "#f0a35e", "#6fcfb4", "#8f98a3", "#333b45")
