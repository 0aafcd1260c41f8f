"""The links between the two ends: shaped veth pairs between two network namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from advisor.domain.plan import LabLinks
from advisor.lab.workplace import Workplace, run

# A small bucket under-delivers where two links are busy; this is 1 MiB at most line speeds used here.
_BURST: Final = "1mb"
_LATENCY: Final = "20ms"
_USED_SHARE: Final = 0.05
# What veth counts with each packet: Ethernet; what of its MTU is no data: IP and TCP with time stamps.
_FRAME_BYTES, _HEADER_BYTES = 14, 52


@dataclass(frozen=True, slots=True)
class Network:
    """Two ends, each a namespace held by a process.

    Attributes
    ----------
    ends : process that holds each end.
    links : what was asked for.
    """

    ends: tuple[int, int]
    links: LabLinks

    def address(self, end: int) -> str:
        """Where the VM of an end is reached from the other."""
        return f"10.78.0.{end + 1}" if self.links.teaming == "address_hash" else _address(0, end)

    def link_address(self, link: int, end: int) -> str:
        """The address of one link's end."""
        return _address(link, end)

    @property
    def multipath(self) -> bool:
        """Streams are to be opened with multipath TCP."""
        return self.links.teaming == "multipath"

    def sent_bytes(self, end: int) -> tuple[int, ...]:
        """Bytes that left an end so far, link by link, headers included."""
        table = Path(f"/proc/{self.ends[end]}/net/dev").read_text(encoding="ascii")
        sent = {}
        for line in table.splitlines()[2:]:
            name, _, numbers = line.partition(":")
            sent[name.strip()] = int(numbers.split()[8])
        return tuple(sent[f"lab{link}"] for link in range(self.links.count))


async def build_network(place: Workplace, links: LabLinks) -> Network:
    """Set up the namespaces, the links and their shapes; they end with the place.

    Raises
    ------
    LabError
        When the system refuses; the message quotes it.
    """
    holders = [await place.start(["unshare", "--net", "sleep", "infinity"]) for _ in range(2)]
    ends = (holders[0].pid, holders[1].pid)
    await _wait_for_namespaces(ends)
    for link in range(links.count):
        one, other = (f"lab{link} netns {end}" for end in ends)
        await run(["ip", "link", "add", *one.split(), "type", "veth", "peer", *other.split()])
    for end in (0, 1):
        await _set_up_end(ends[end], links, end)
    return Network(ends, links)


async def _wait_for_namespaces(ends: tuple[int, int]) -> None:
    """Until both holders have left this program's namespace."""
    own = Path("/proc/self/ns/net").readlink()
    script = (
        'for i in $(seq 200); do n=$(readlink "/proc/$1/ns/net") || exit 1; '
        'c=$(cat "/proc/$1/comm"); [ "$n" != "$2" ] && [ "$c" = sleep ] && exit 0; sleep 0.02; done; exit 1'
    )
    for end in ends:
        await run(["/bin/sh", "-c", script, "sh", str(end), str(own)])


async def _set_up_end(holder: int, links: LabLinks, end: int) -> None:
    lines = ["link set lo up"]
    for link in range(links.count):
        lines += [
            f"addr add {_address(link, end)}/24 dev lab{link}",
            f"link set lab{link} mtu {links.mtu_bytes} up",
        ]
    await run(["ip", "-batch", "-"], inside=holder, text="\n".join(lines))
    shape = f"rate {links.gbps * 1e3:g}mbit burst {_BURST} latency {_LATENCY}"
    shapes = [f"qdisc add dev lab{link} root tbf {shape}" for link in range(links.count)]
    await run(["tc", "-batch", "-"], inside=holder, text="\n".join(shapes))
    if links.teaming == "address_hash":
        hops = " ".join(f"nexthop via {_address(link, 1 - end)} dev lab{link}" for link in range(links.count))
        team = [f"addr add 10.78.0.{end + 1}/32 dev lo", f"route add 10.78.0.{2 - end} src 10.78.0.{end + 1} {hops}"]
        await run(["ip", "-batch", "-"], inside=holder, text="\n".join(team))
        policy = "echo 1 > /proc/sys/net/ipv4/fib_multipath_hash_policy"  # addresses and ports
        await run(["/bin/sh", "-c", policy], inside=holder)
    if links.teaming == "multipath":
        await run(["ip", "mptcp", "limits", "set", "subflows", "8", "add_addr_accepted", "8"], inside=holder)
        for link in range(1, links.count):
            # At both ends: whichever connects opens a subflow over each further link.
            far = ["ip", "mptcp", "endpoint", "add", _address(link, end), "dev", f"lab{link}", "subflow"]
            await run(far, inside=holder)


def _address(link: int, end: int) -> str:
    return f"10.77.{link}.{end + 1}"


def beside_bytes(carried: float, sent: float, mtu_bytes: int) -> float:
    """Bytes that links carried beside what guests sent and its headers.

    Examples
    --------
    >>> beside_bytes(2_000_000, 1_448_000, 1500), beside_bytes(1_514_000, 1_448_000, 1500)
    (486000.0, 0.0)
    """
    own = sent * (mtu_bytes + _FRAME_BYTES) / (mtu_bytes - _HEADER_BYTES)
    return max(carried - own, 0.0)


def links_used(sent: Sequence[float], background_bytes: float = 0.0) -> int:
    """Links that carried more than a twentieth of what was sent.

    Parameters
    ----------
    sent : bytes that left each link [bytes].
    background_bytes : other traffic among them, the same on each link [bytes].

    Examples
    --------
    >>> links_used((1000, 20)), links_used((1500, 520), background_bytes=500)
    (1, 1)
    """
    own = [max(one - background_bytes, 0.0) for one in sent]
    return max(sum(one > _USED_SHARE * sum(own) for one in own), 1)
