"""What SMB encryption, signing and compression do to live migration (R14 to R17)."""

from __future__ import annotations

from typing import Final

from advisor.domain.hosts import Os
from advisor.domain.options import Transport
from advisor.paths.path import Case
from advisor.rules import sources
from advisor.rules.facts import asks_rdma, end_names, ends_running, named
from advisor.rules.logic import Known, any_of, judge
from advisor.rules.registry import DOES_NOT, Answer, rule
from advisor.rules.sources import cite
from advisor.rules.versions import since, span

ENCRYPTION_STOPS_PLACEMENT: Final = span(Os.WS2012, Os.WS2019)
ENCRYPTION_KEEPS_PLACEMENT: Final = since(Os.WS2022)
WITH_SMB_COMPRESSION: Final = since(Os.WS2022)
_VERIFY_ENCRYPTION: Final = "Verify SMB encryption (Get-SmbServerConfiguration: EncryptData)."


def _encrypts(case: Case) -> Known:
    return any_of(host.smb.encryption for host in case.pair.ends)


@rule(
    "R14",
    "warn",
    ENCRYPTION_STOPS_PLACEMENT,
    remedy="Switch SMB encryption off for migration on an isolated network, or move to 2022.",
    source=cite(official=sources.SMB_DIRECT),
)
def encryption_stops_direct_placement(case: Case) -> Answer:
    """Before Windows Server 2022 SMB encryption takes RDMA's advantage away."""
    old = ends_running(case, ENCRYPTION_STOPS_PLACEMENT)
    return judge(
        _encrypts(case) if asks_rdma(case) else False,
        f"SMB encryption is on, with Windows before 2022 on {named(old)}: RDMA is as slow as TCP.",
        _VERIFY_ENCRYPTION,
    )


@rule(
    "R15",
    "advise",
    ENCRYPTION_KEEPS_PLACEMENT,
    remedy="Keep encryption where policy asks for it; measure one move with and without.",
    source=cite(official=sources.SMB_DIRECT),
)
def encryption_costs_little_with_rdma(case: Case) -> Answer:
    """From Windows Server 2022 on SMB Direct encrypts at little cost."""
    if not asks_rdma(case) or ends_running(case, ENCRYPTION_STOPS_PLACEMENT):
        return DOES_NOT
    return judge(
        _encrypts(case),
        "SMB encryption is on; SMB Direct encrypts with AES-128 or AES-256 at a relatively small cost.",
        _VERIFY_ENCRYPTION,
    )


@rule(
    "R16",
    "warn",
    {Os.WS2025},
    remedy="Leave CPU for signing, or review RequireSecuritySignature (Get-SmbClientConfiguration).",
    source=cite(official=(sources.NEW_IN_2025, sources.SMB2_SIGNING, sources.FILE_SERVER_TUNING)),
)
def smb_signing_is_default(case: Case) -> Answer:
    """Windows Server 2025 signs outbound SMB unless told otherwise."""
    source, (sender, _) = case.pair.source, end_names(case)
    if not case.option.transport.is_smb or source.os is not Os.WS2025:
        return DOES_NOT  # the sender is the SMB client; signing is required of outbound connections
    cost = "with RDMA by a transform of its own" if case.path.effective is Transport.RDMA else "at a cost in CPU"
    return judge(
        source.smb.signing,
        f"Outbound SMB of {sender} is signed, {cost}.",
        f"Verify SMB signing on {sender}: Windows Server 2025 requires it by default, {cost}.",
    )


@rule(
    "R17",
    "forbid",
    WITH_SMB_COMPRESSION,
    remedy="Drop SMB compression from the plan, or plan with Multichannel.",
    source=cite(official=sources.SMB_COMPRESSION),
)
def smb_compression_excludes_rdma(case: Case) -> Answer:
    """SMB compression is never attempted over RDMA."""
    if case.path.effective is not Transport.RDMA:
        return DOES_NOT
    wanting = [host for host in ends_running(case, WITH_SMB_COMPRESSION) if host.smb.compression is not False]
    return judge(
        any_of(host.smb.compression for host in wanting),
        f"SMB compression is requested on {named(host for host in wanting if host.smb.compression)}; "
        "SMB Direct never compresses. It is not the live migration option.",
        f"Verify whether SMB compression is requested on {named(wanting)}; SMB Direct never compresses.",
    )
