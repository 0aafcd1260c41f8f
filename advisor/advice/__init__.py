"""Advice: prepare, predict, choose, explain."""

from __future__ import annotations

from advisor.advice.recommend import estimate, recommend

__all__ = ["estimate", "recommend"]
