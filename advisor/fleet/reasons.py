"""Reason codes of a batch, and what they mean: codes stay codes until a report is read."""

from __future__ import annotations

from typing import Final

REASON_WORDS: Final = {
    "forbidden": "rules forbid every setting for its cluster",
    "passthrough_disk": "a physical disk of the host is attached: it cannot move while it runs",
    "device_assigned": "a device of the host is assigned to it: it cannot move while it runs",
    "local_iso": "an image on a disk of the host is in its DVD drive: eject it first",
    "storage_not_known": "its storage moves too, and the inventory says neither how much of it there is to copy "
    "(disk_used_gib or disk_gib) nor how fast it is written to (disk_write_mib_s)",
    "disk_size_not_known": "its storage moves too, and the inventory does not say how much of it there is to copy "
    "(disk_used_gib or disk_gib)",
    "disk_writes_not_known": "its storage moves too, and the inventory does not say how fast it is written to "
    "(disk_write_mib_s)",
    "storage_endless": "it writes to its disks as fast as they can be copied",
    "blackout_over": "its blackout may exceed the limit",
    "blackout_not_known": "the blackout limit cannot be promised before you have measured",
    "not_converging": "the pass limit forces its switchover: a long blackout",
    "window": "its host misses the window",
    "no_rdma": "RDMA was asked for and cannot be used",
    "rules": "conditions of the setting: see what to verify of its cluster",
}
"""Codes, gravest first, and what they mean."""

HOST_WORDS: Final = {
    "missed": "a VM that may well run there could not be read: see the rows set aside",
    "host_down": "the host is down: nothing can be moved off it",
    "nowhere": "no other node of its cluster is up",
    "no_room": "the other nodes of its cluster lack memory for its VMs",
    "no_reserve": "the other nodes of its cluster take its VMs only with no node kept in reserve",
    "alone": "it stands alone: there is nowhere to go in a cluster, and times are to a host of its kind",
}
"""Codes of hosts beside those of their VMs, and what they mean."""

BLOCKING: Final = ("passthrough_disk", "device_assigned", "local_iso")
"""Columns of a VM that keep it from moving while it runs."""

NOT_RECOMMENDED: Final = frozenset({"forbidden", *BLOCKING, "storage_endless", "blackout_over"})
UNKNOWN: Final = frozenset({"storage_not_known", "disk_size_not_known", "disk_writes_not_known", "blackout_not_known"})
"""What makes a verdict; other codes are conditions."""
