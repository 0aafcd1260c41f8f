"""Platforms: one file per hypervisor, found by name."""

from __future__ import annotations

from advisor.errors import UnknownNameError
from advisor.platforms import hyperv, qemu
from advisor.platforms.constants import Constants, Range, constant_names
from advisor.platforms.platform import Generation, Offer, Platform, Way, Words

__all__ = [
    "Constants",
    "Generation",
    "Offer",
    "Platform",
    "Range",
    "Way",
    "Words",
    "constant_names",
    "get_platform",
    "platforms",
    "register",
]

_PLATFORMS: dict[str, Platform] = {}


def register(platform: Platform) -> Platform:
    """Make a platform known by its name; the same name again replaces it."""
    _PLATFORMS[platform.name] = platform
    return platform


def platforms() -> tuple[Platform, ...]:
    """Every known platform."""
    return tuple(_PLATFORMS.values())


def get_platform(name: str) -> Platform:
    """A platform by its name.

    Raises
    ------
    UnknownNameError
        When no platform has that name.

    Examples
    --------
    >>> get_platform("hyperv").title
    'Hyper-V'
    """
    try:
        return _PLATFORMS[name]
    except KeyError:
        raise UnknownNameError("platform", name, sorted(_PLATFORMS)) from None


register(hyperv.PLATFORM)
register(qemu.PLATFORM)
