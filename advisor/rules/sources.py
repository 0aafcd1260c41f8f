"""Where rules come from: each page or file once, and the words that say how far to trust it.

``official`` is the vendor's documentation, ``official (schema)`` read from Windows builds,
``official (blog)`` the product team's own, ``community`` someone's experience, ``measured``
a test with numbers, ``inferred`` this project's own conclusion.
"""

from __future__ import annotations

from typing import Final

_SERVER: Final = "MicrosoftDocs/windowsserverdocs WindowsServerDocs/"
_POWERSHELL: Final = "MicrosoftDocs/windows-powershell-docs@f113d6bd docset/winserver2025-ps/"
_AZURE: Final = "MicrosoftDocs/azure-stack-docs azure-local/"

# Windows Server documentation
SET_UP_HOSTS: Final = (
    _SERVER + "virtualization/hyper-v/deploy/Set-up-hosts-for-live-migration-without-Failover-Clustering.md"
)
SMB_DIRECT: Final = _SERVER + "storage/file-server/smb-direct.md@01c32484"
SMB_COMPRESSION: Final = _SERVER + "storage/file-server/smb-compression.md@a5ab1eac"
RDMA_AND_SET: Final = _SERVER + "virtualization/hyper-v-virtual-switch/RDMA-and-Switch-Embedded-Teaming.md"
NIC_TEAMING: Final = _SERVER + "networking/technologies/nic-teaming/NIC-Teaming.md"
TEAMING_SETTINGS: Final = _SERVER + "networking/technologies/nic-teaming/nic-teaming-settings.md"
FILE_SERVER_TUNING: Final = _SERVER + "administration/performance-tuning/role/file-server/index.md"
SMB_LIMIT: Final = _SERVER + "failover-clustering/configure-live-migration-smb-bandwidth.md"
NEW_IN_2025: Final = _SERVER + "get-started/whats-new-windows-server-2025.md"
REMOVED_FEATURES: Final = _SERVER + "get-started/removed-deprecated-features-windows-server.md"
WORKGROUP_CLUSTER: Final = _SERVER + "virtualization/hyper-v/manage/live-migration-workgroup-cluster.md"
CPU_COMPATIBILITY: Final = _SERVER + "virtualization/hyper-v/manage/dynamic-processor-compatibility-mode.md"
LINK_SPEED_CHECK: Final = (
    _SERVER + "virtualization/hyper-v/best-practices-analyzer/"
    "At-least-one-network-for-live-migration-traffic-should-have-a-link-speed-at-least.md"
)

# Cmdlet help
SET_VMHOST: Final = _POWERSHELL + "Hyper-V/Set-VMHost.md"
SET_VMSWITCHTEAM: Final = _POWERSHELL + "Hyper-V/Set-VMSwitchTeam.md"
NEW_LBFO_TEAM: Final = _POWERSHELL + "NetLbfo/New-NetLbfoTeam.md"
GET_SMB_CLIENT: Final = _POWERSHELL + "SmbShare/Get-SmbClientConfiguration.md"
SET_SMB_LIMIT: Final = _POWERSHELL + "SmbShare/Set-SmbBandwidthLimit.md"
SMB_CONSTRAINT: Final = _POWERSHELL + "SmbShare/New-SmbMultichannelConstraint.md"
GET_CLUSTER: Final = _POWERSHELL + "FailoverClusters/Get-Cluster.md"

# Azure Local documentation
HOST_NETWORK: Final = _AZURE + "concepts/host-network-requirements.md@10c8b971"
NETWORK_ATC: Final = _AZURE + "deploy/network-atc.md@174c21e4"
MANAGE_ATC: Final = _AZURE + "manage/manage-network-atc.md@174c21e4"

# Blogs and other repositories
RSS_BLOG: Final = (
    "blogs.technet.microsoft.com/josebda/2012/11/10/"
    "windows-server-2012-file-server-tip-make-sure-your-network-interfaces-are-rss-capable"
)
MULTICHANNEL_MIRROR: Final = "blogs.technet.microsoft.com/krdcvteam, copy of Microsoft's Multichannel page"
CLUSTERING_BLOG: Final = (
    "techcommunity.microsoft.com/blog/failoverclustering/"
    "optimizing-hyper-v-live-migrations-on-an-hyperconverged-infrastructure/396609"
)
PARALLEL_BLOG: Final = (
    "techcommunity.microsoft.com/t5/failover-clustering/"
    "new-cluster-wide-control-for-virtual-machine-live-migrations-in/ba-p/3709680"
)
TEAMING_BLOG: Final = "techcommunity.microsoft.com/t5/networking-blog/teaming-in-azure-stack-hci/ba-p/1070642"
SMB2_SIGNING: Final = "learn.microsoft.com/openspecs/windows_protocols/ms-smb2/dd590f6e-14a4-4f62-bc66-2a177005df7c"
CONVERT_TO_SET: Final = "microsoft/Convert-LBFO2SET@7a89dc6f README.md"
WMI_SCHEMA: Final = "Justsenger/HyperV-WMI-Documentation@3295d207 data/db/canonical.json"
WMI_DEFAULT_HOST: Final = "Justsenger/HyperV-WMI-Documentation@3295d207 verify/recipes/live_migration_config.json"
JUMBO_SAMPLE: Final = "NetworkingDsc 7.3.0 Examples/NetAdapterAdvancedProperty_JumboPacket_Config"
WINOF_KEYS: Final = "docs.nvidia.com/networking/display/WINOFv55053000/Basic+Registry+Keys"
HARDINIT_COMPRESSION: Final = "blog.workinghardinit.work/tag/compression"
HARDINIT_MIGRATION: Final = "blog.workinghardinit.work/category/live-migration/page/4"
HARDINIT_MULTICHANNEL: Final = "blog.workinghardinit.work/tag/multichannel"
HARDINIT_TEAMS: Final = (
    "blog.workinghardinit.work/2013/06/30/teamed-live-migrations-in-windows-server-2012-does-use-all-members"
)
FINN_COMPRESSION: Final = "aidanfinn.com/?p=14907"
FINN_TEAMING: Final = "aidanfinn.com/?p=14032"
VAN_EIJK: Final = "marcvaneijk.com/2013/01/14/nic4.html"
PETRI: Final = "petri.com/controlling-smb-multichannel"
ALTARO: Final = "altaro.com/hyper-v/quick-tip-live-migration-performance"
SAVILL: Final = "windowsitpro.com/print/windows-server-2012/understand-bandwidth-usage-10gbps-network-adapters"
TECHGENIX: Final = "techgenix.com/hyper-v-optimization-tips-part5"


# QEMU: code and documentation at the commit that was read
_QEMU: Final = "qemu/qemu@"
QEMU_SCHEMA: Final = _QEMU + "01bed0ff qapi/migration.json"
QEMU_SOCKETS: Final = "docs.qemu.org QMP reference, InetSocketAddress (qapi/sockets.json)"
QEMU_OPTIONS: Final = _QEMU + "58deb358 migration/options.c, migrate_caps_check"
QEMU_OPTIONS_NOW: Final = "QEMU 10.2 migration/options.c, migrate_caps_check and migrate_rdma_caps_check"
QEMU_MIGRATION: Final = _QEMU + "99694362 migration/migration.c"
QEMU_THROTTLE: Final = "QEMU migration/ram.c, migration_trigger_throttle and mig_throttle_guest_down"
QEMU_RDMA_CODE: Final = "QEMU migration/rdma.c, rdma_start_outgoing_migration"
QEMU_RDMA: Final = _QEMU + "0a516707 docs/rdma.txt"
QEMU_POSTCOPY: Final = _QEMU + "52af7981 docs/devel/migration/postcopy.rst"
QEMU_DIRTY_LIMIT: Final = _QEMU + "9da8dfe4 docs/devel/migration/dirty-limit.rst"
QEMU_COMPATIBILITY: Final = _QEMU + "6cc6a7b9 docs/devel/migration/compatibility.rst"
QEMU_VFIO: Final = _QEMU + "3228d311 docs/devel/migration/vfio.rst"
QEMU_QPL: Final = _QEMU + "0d40b3d7 docs/devel/migration/qpl-compression.rst"
QEMU_CPU_MODELS: Final = _QEMU + "15dbbeaf docs/system/cpu-models-x86.rst.inc"
QEMU_REMOVED: Final = _QEMU + "5e0242e9 docs/about/removed-features.rst"
QEMU_BANDWIDTH: Final = "qemu/qemu@7590a2ae, migration: increase max-bandwidth to 128 MiB/s"
QEMU_RDMA_REMOVAL: Final = (
    "patchwork.ozlabs.org qemu-devel 20240328130255.52257, Remove RDMA protocol handling (not merged)"
)
QEMU_RDMA_UPKEEP: Final = "qemu-devel, Peter Xu to Li Zhijian, September 2023: RDMA Migration, S: Odd Fixes"
QEMU_ZSTD: Final = "kubevirt/enhancements@7ee388aa VEP 246 (claim 120): zstd, about 500 MB/s a core"
LIBVIRT_BANDWIDTH: Final = "libvirt src/qemu/qemu_domain.c, migMaxBandwidth = QEMU_DOMAIN_MIG_BANDWIDTH_MAX"
LIBVIRT_RDMA: Final = "libvirt src/qemu/qemu_migration.c, cannot start RDMA migration with no memory hard limit set"
LINUX_BONDING: Final = "ibm.com/docs/en/linuxonibm, Option xmit_hash_policy"
LINUX_MPTCP: Final = "man7.org ip-mptcp(8)"
LINUX_MPTCP_FALLBACK: Final = "torvalds/linux@8ab183de, mptcp: cope with later TCP fallback"

_KINDS: Final = {
    "official_schema": "official (schema)",
    "official_blog": "official (blog)",
    "official_quoted": "official (quoted in community)",
    "measured_contradicts": "measured (contradicts)",
}


def cite(**evidence: str | tuple[str, ...]) -> str:
    """Write pages with the word that says what kind of evidence they are, one keyword a kind.

    Examples
    --------
    >>> cite(official=("a.md", "b.md"), community="blog")
    'official: a.md; b.md; community: blog'
    >>> cite(official_schema="build.json")
    'official (schema): build.json'
    """
    return "; ".join(
        f"{_KINDS.get(kind, kind)}: {pages if isinstance(pages, str) else '; '.join(pages)}"
        for kind, pages in evidence.items()
    )
