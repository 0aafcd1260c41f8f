"""Calibration: fit a card to measured runs, say how good a card is. Only here are scikit-learn and SciPy imported."""
