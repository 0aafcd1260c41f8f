"""Every format of a table that is known."""

from __future__ import annotations

from typing import Final

from advisor.intake.inventory.formats_hyperv import HYPERV
from advisor.intake.inventory.formats_vmware import VMWARE
from advisor.intake.inventory.layouts import OWN

LAYOUTS: Final = (*OWN, *HYPERV, *VMWARE)
"""Formats, the first of two that fit equally well is taken."""
