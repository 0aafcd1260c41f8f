"""An inventory's hosts and clusters as the words that options, rules and physics read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from advisor.domain.estate import EstateCluster, EstateHost
from advisor.domain.hosts import Balancing, Cluster, Host, Network, Nic, Os, Power, Rdma, Smb, Team, Vnic
from advisor.domain.scenario import HostPair
from advisor.fleet.assumed import Assumed

PLATFORM: Final = "hyperv"
"""Clusters of an inventory are Hyper-V's, or are to be."""

# Columns of a host that bear on its moves; completeness is the share of them that is known.
TELLING: Final = (
    "os", "cores", "cpu_busy", "nic_gbps", "nic_count", "mtu_bytes", "rdma", "team", "power_plan",
    "performance_option", "simultaneous",
)  # fmt: skip
# Of those, what makes hosts different for options, rules and links: all but how busy and how large they are.
_OWN: Final = frozenset({"host", "cluster", "state", "cpu_busy", "memory_gib", "storage_mib_s", "storage_simultaneous"})
_KIND: Final = tuple(name for name in EstateHost.model_fields if name not in _OWN)


def completed(host: EstateHost, assumed: Assumed) -> tuple[EstateHost, tuple[str, ...]]:
    """The host with defaults where the inventory does not say, and the columns they were taken for.

    CPU use that nobody gave stays open, as far as its default has a range: that is a factor of every prediction.
    """
    taken = {
        name: assumed.middle(f"host.{name}")
        for name in EstateHost.model_fields
        if getattr(host, name) is None and assumed.middle(f"host.{name}") is not None
    }
    # The load balancing of a team that is not there, and RDMA of NICs that have none, are nobody's business.
    if taken.get("balancing") and (taken.get("team") or host.team or "none") == "none":
        del taken["balancing"]
    columns = tuple(taken)
    if assumed.ends("host.cpu_busy"):
        taken.pop("cpu_busy", None)
    return host.model_copy(update=taken), columns


def completeness(host: EstateHost) -> float:
    """Share of what bears on a host's moves that the inventory says, 0 to 1.

    Examples
    --------
    >>> round(completeness(EstateHost(host="hv1", os="2022", cores=32, nic_gbps=25)), 2)
    0.27
    """
    return sum(getattr(host, name) is not None for name in TELLING) / len(TELLING)


def kind_of(host: EstateHost) -> tuple[Any, ...]:
    """What makes hosts one kind: equal kinds have the same options, rules and links.

    Examples
    --------
    >>> kind_of(EstateHost(host="a", os="2022", cpu_busy=0.1)) == kind_of(EstateHost(host="b", os="2022", cpu_busy=0.2))
    True
    """
    return tuple(getattr(host, name) for name in _KIND)


def host_of(host: EstateHost, name: str | None = None, *, cpu_busy: float | None = None) -> Host:
    """A completed host of an inventory as options, rules and physics read it.

    Parameters
    ----------
    name : what to call it; not given, its own name.
    cpu_busy : share of its CPU in use; not given, its own, and where that is not known it stays open.

    Examples
    --------
    >>> host_of(EstateHost(host="hv1", os="2022", nic_gbps=25, nic_count=2)).migration_nics[1].speed_gbps
    25.0
    """
    busy = host.cpu_busy if cpu_busy is None else cpu_busy
    given: dict[str, Any] = {
        "updated": host.updated,
        "cores": host.cores,
        "cpu_busy": busy,
        "cpu_vendor": host.cpu_vendor,
        "cpu_features": host.cpu_features,
        "team": _team(host),
        "vnic": None if host.vnics is None else Vnic(count=host.vnics, rdma_enabled=host.rdma_enabled),
        "power": None if host.power_plan is None else Power(plan=host.power_plan),
        "performance_option": host.performance_option,
        "simultaneous": host.simultaneous,
        "smb": None if host.smb_limit_mib_s is None else Smb(limit_mib_s=host.smb_limit_mib_s),
    }
    return Host(
        name=name or host.host[:128],
        os=host.os or Os.WS2022,
        nics=(_nic(host),),
        **{key: value for key, value in given.items() if value is not None},
    )


def _nic(host: EstateHost) -> Nic:
    given: dict[str, Any] = {
        "mtu_bytes": host.mtu_bytes,
        "rdma_enabled": None if host.rdma in {None, Rdma.NONE} else host.rdma_enabled,
    }
    return Nic(
        speed_gbps=host.nic_gbps or 10.0,
        count=host.nic_count or 1,
        rdma=host.rdma or Rdma.NONE,
        **{key: value for key, value in given.items() if value is not None},
    )


def _team(host: EstateHost) -> Team | None:
    if host.team is None or host.team == "none":
        return None
    fallback = Balancing.HYPERV_PORT if host.team == "set" else Balancing.DYNAMIC
    return Team(kind=host.team, balancing=host.balancing or fallback)


def with_column(host: Host, column: str, value: Any) -> Host:
    """The host with another value of one column of the inventory, such as ``nic_gbps``.

    Raises
    ------
    KeyError
        For a column that no host is varied in.

    Examples
    --------
    >>> host = host_of(EstateHost(host="hv1", os="2022", nic_gbps=10))
    >>> with_column(host, "nic_gbps", 25.0).nics[0].speed_gbps
    25.0
    """
    nic_fields = {"nic_gbps": "speed_gbps", "nic_count": "count", "mtu_bytes": "mtu_bytes"}
    if column in nic_fields:
        nics = tuple(nic.model_copy(update={nic_fields[column]: value}) for nic in host.nics)
        return host.model_copy(update={"nics": nics})
    if column == "power_plan":
        return host.model_copy(update={"power": host.power.model_copy(update={"plan": value})})
    if column == "smb_limit_mib_s":
        return host.model_copy(update={"smb": Smb(limit_mib_s=value)})
    return host.model_copy(update={{"os": "os", "cores": "cores"}[column]: value})


VARIED: Final = ("nic_gbps", "nic_count", "mtu_bytes", "power_plan", "os", "cores", "smb_limit_mib_s")
"""Columns of a host whose low and high defaults widen the interval by what its links and processors carry."""
VARIED_OF_CLUSTER: Final = ("background_gbps", "migration_share", "smb_limit_factor")
"""Columns of a cluster whose low and high defaults do so."""
_OF_CLUSTER: Final = "cluster."


def pair_with(pair: HostPair, column: str, value: Any) -> HostPair:
    """Two hosts with another value of a column: of both hosts, or of their cluster.

    Examples
    --------
    >>> host = host_of(EstateHost(host="hv1", os="2022", nic_gbps=10))
    >>> pair_with(HostPair(source=host, destination=host), "cluster.background_gbps", 2.0).network.background_gbps
    2.0
    """
    if not column.startswith(_OF_CLUSTER):
        source, destination = (with_column(host, column, value) for host in pair.ends)
        return pair.model_copy(update={"source": source, "destination": destination})
    name = column.removeprefix(_OF_CLUSTER)
    where = "network" if name in Network.model_fields else "cluster"
    word = getattr(pair, where)
    return pair if word is None else pair.model_copy(update={where: word.model_copy(update={name: value})})


def limits_of(
    cluster: EstateCluster | None, host: EstateHost, pairs: Iterable[HostPair], in_force: int, assumed: Assumed
) -> tuple[float, float, float]:
    """Moves at once that a host is allowed as things are: low, middle, high.

    Parameters
    ----------
    host : as the inventory has it.
    pairs : its kind's; `in_force` is the limit of those.
    """
    of_cluster = cluster is not None and all(pair.cluster_limits_moves for pair in pairs)
    said = cluster.max_parallel_migrations if of_cluster and cluster is not None else host.simultaneous
    column = "cluster.max_parallel_migrations" if of_cluster else "host.simultaneous"
    low, _, high = assumed.values.get(column, (in_force, in_force, in_force))
    return (in_force, in_force, in_force) if said is not None else (min(low, in_force), in_force, max(high, in_force))


_OF_NETWORK: Final = ("background_gbps", "migration_share")
_OF_NODES: Final = ("kind", "max_parallel_migrations", "smb_limit_enabled", "smb_limit_factor", "network_atc")


def cluster_of(cluster: EstateCluster | None, assumed: Assumed) -> tuple[Cluster, Network]:
    """A failover cluster's settings and the network between its nodes, defaults where nothing is said."""
    return Cluster(**_settings(cluster, _OF_NODES, assumed)), network_of(cluster, assumed)


def network_of(cluster: EstateCluster | None, assumed: Assumed) -> Network:
    """The network between the nodes of a cluster, or beside a host that stands alone."""
    return Network(**_settings(cluster, _OF_NETWORK, assumed))


def _settings(cluster: EstateCluster | None, columns: tuple[str, ...], assumed: Assumed) -> dict[str, Any]:
    said = {name: getattr(cluster, name, None) for name in columns}
    found = {name: assumed.middle(f"cluster.{name}") if value is None else value for name, value in said.items()}
    return {name: value for name, value in found.items() if value is not None}


def taken_of_cluster(cluster: EstateCluster | None, pairs: Iterable[HostPair], assumed: Assumed) -> tuple[str, ...]:
    """Columns of a cluster, or of the network beside a host that stands alone, that were taken from defaults.

    Where nobody set it MaximumParallelMigrations is in force nonetheless, on Windows Server 2022 and later.

    Examples
    --------
    >>> from advisor.fleet.assumed import assumed_from
    >>> host = host_of(EstateHost(host="hv1", os="2022"))
    >>> pair = HostPair(source=host, destination=host, cluster=Cluster())
    >>> cluster = EstateCluster(cluster="c1", kind="domain", network_atc=False, background_gbps=0)
    >>> taken_of_cluster(cluster, [pair], assumed_from(()))
    ('cluster.max_parallel_migrations',)
    """
    columns = _OF_NETWORK if cluster is None else (*_OF_NODES, *_OF_NETWORK)
    taken = [
        name
        for name in columns
        if getattr(cluster, name, None) is None and assumed.middle(f"cluster.{name}") is not None
    ]
    if cluster is not None:
        capped = cluster.smb_limit_enabled or assumed.middle("cluster.smb_limit_enabled")
        taken = [name for name in taken if name != "smb_limit_factor" or capped]
        limit = "max_parallel_migrations"
        in_force = cluster.max_parallel_migrations is None and all(pair.cluster_limits_moves for pair in pairs)
        if in_force and limit not in taken:
            taken.append(limit)
    return tuple(f"{_OF_CLUSTER}{name}" for name in taken)
