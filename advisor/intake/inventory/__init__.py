"""Reads inventories of hosts and VMs: exports of Hyper-V, VMware and planning tools, and our own tables."""

from advisor.intake.inventory.corrections import Correction, heads_of, read_corrections
from advisor.intake.inventory.overlay import read_defaults
from advisor.intake.inventory.reading import Defaults, read_inventory
from advisor.intake.inventory.surveying import survey_inventory

__all__ = [
    "Correction",
    "Defaults",
    "heads_of",
    "read_corrections",
    "read_defaults",
    "read_inventory",
    "survey_inventory",
]
