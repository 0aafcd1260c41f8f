"""Paths: option x host pair, resolved once into the facts that physics and rules share."""

from __future__ import annotations

from advisor.paths.path import Case, Member, Path
from advisor.paths.resolve import resolve_case, resolve_path
from advisor.paths.smb import cluster_cap_bytes_s, cluster_caps_smb, has_rss, why_no_rdma

__all__ = [
    "Case",
    "Member",
    "Path",
    "cluster_cap_bytes_s",
    "cluster_caps_smb",
    "has_rss",
    "resolve_case",
    "resolve_path",
    "why_no_rdma",
]
