"""Calibration: fit a card to measured runs, and say how good a card is. The only room that imports SciPy."""
