"""Reads the flags that name several things at once, or one in words: --vms 6x9, --team bond:hash, --power high."""

from __future__ import annotations

from typing import Final

from advisor.domain.describe import allowed, choices
from advisor.domain.hosts import Balancing, Host, Nic, Os, Power, PowerPlan, Team
from advisor.domain.vms import Vm
from advisor.errors import Problem
from advisor.intake.validation import canonical, closest, shown
from advisor.units import parse_duration_s, seconds_to_ms

# What counts as jumbo frames (`Nic.has_jumbo`) and what Windows sets them to.
_JUMBO_MTU_BYTES: Final = "9000"
_PLAIN_MTU_BYTES: Final = str(Nic.model_fields["mtu_bytes"].default)

# A longer count is no count; Python refuses to read one of thousands of digits at all.
_MOST_DIGITS: Final = 12

# Load balancing where --team names none: Dynamic is what Windows takes for LBFO from 2012 R2 on and for SET;
# 2012 knows only hashes and Hyper-V Port, and Azure Local recommends Hyper-V Port. A Linux bond hashes MAC addresses
# (xmit_hash_policy layer2) until told otherwise.
_BALANCING: Final = Balancing.DYNAMIC
_BALANCING_BY_OS: Final = {Os.WS2012: Balancing.TRANSPORT_PORTS, Os.AZURE_LOCAL: Balancing.HYPERV_PORT}


def flag(name: str) -> str:
    """A field of `Flags` as it is typed.

    Examples
    --------
    >>> flag("max_blackout")
    '--max-blackout'
    """
    return "--" + name.replace("_", "-")


def flag_problem(
    name: str, message: str, value: str | None, rule: str | None = None, mend: str | None = None
) -> Problem:
    """A problem with the value of a flag."""
    return Problem(message, column=flag(name), value=None if value is None else shown(value), allowed=rule, mend=mend)


def _pieces(texts: tuple[str, ...]) -> list[str]:
    return [piece.strip() for text in texts for piece in text.split(",") if piece.strip()]


def _counted(
    name: str, texts: tuple[str, ...], rule: str, example: str, problems: list[Problem]
) -> list[tuple[str, str]]:
    """(count, size) of every group, such as 6x9."""
    groups = []
    pieces = _pieces(texts)
    if not pieces:
        problems.append(
            flag_problem(name, "is missing" if not texts else "is empty", None, rule, f"write {flag(name)} {example}")
        )
    for piece in pieces:
        count, cross, size = piece.lower().replace("×", "x").partition("x")
        count, size = (count.strip(), size.strip()) if cross else ("1", count.strip())
        if _is_count(count) and _is_number(size):
            groups.append((count, size))
        else:
            problems.append(
                flag_problem(name, "is not COUNTxSIZE", piece, rule, f"write {flag(name)} {example}, without a unit")
            )
    return groups


def _is_count(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def vm_groups(texts: tuple[str, ...], problems: list[Problem]) -> list[dict[str, str]]:
    """The groups of VMs that --vms names, with names of their own where there are several."""
    rule = f"COUNTxGIB, memory {allowed(Vm.model_fields['memory_gib'])}"
    groups = _counted("vms", texts, rule, "1x55", problems)
    named = [{"name": f"vm-{number}"} if len(groups) > 1 else {} for number in range(1, len(groups) + 1)]
    return [{**name, "count": count, "memory_gib": size} for name, (count, size) in zip(named, groups, strict=True)]


def nic_groups(texts: tuple[str, ...], jumbo_frames: str | None, problems: list[Problem]) -> list[dict[str, str]]:
    """The groups of NICs that --nics names, parted into those with jumbo frames and those without."""
    rule = f"COUNTxGBPS, speed {allowed(Nic.model_fields['speed_gbps'])}"
    groups = _counted("nics", texts, rule, "2x10", problems)
    jumbo = _jumbo(jumbo_frames, sum(int(count) for count, _ in groups), problems) if groups else None
    nics: list[dict[str, str]] = []
    for count, speed in groups:
        whole = {"count": count, "speed_gbps": speed}
        if jumbo is None:
            nics.append(whole)
            continue
        with_jumbo = min(jumbo, int(count))
        jumbo -= with_jumbo
        for number, mtu in ((with_jumbo, _JUMBO_MTU_BYTES), (int(count) - with_jumbo, _PLAIN_MTU_BYTES)):
            if number:
                nics.append({**whole, "count": str(number), "mtu_bytes": mtu})
    return nics


def _jumbo(text: str | None, nics: int, problems: list[Problem]) -> int | None:
    if text is None:
        return None
    word = text.strip().lower()
    if word in {"none", "all"}:
        return nics if word == "all" else 0
    rule = f"none, all or a number from 0 to {nics}"
    if not _is_count(word):
        problems.append(flag_problem("jumbo", "is not a value it can take", text, rule))
    elif int(word) > nics:
        problems.append(
            flag_problem(
                "jumbo", "is more than the NICs there are", text, rule, f"raise --nics or write --jumbo {nics}"
            )
        )
    else:
        return int(word)
    return None


def power(plan_text: str | None, c_states_text: str | None, problems: list[Problem]) -> dict[str, str | None]:
    """The power settings that --power and --c-states stand for."""
    plan: str | None = None
    if plan_text is not None:
        plan = str(canonical({"plan": plan_text}, Power)["plan"])
        if plan not in set(PowerPlan):
            problems.append(flag_problem("power", "is not a value it can take", plan_text, "balanced or high"))
            plan = None
    c_states = switch("c_states", c_states_text, problems)
    if c_states_text is None and plan == PowerPlan.HIGH_PERFORMANCE:
        # A user who says "high" means a host tuned for speed; the plan alone leaves C1E to the BIOS.
        c_states = "false"
    return {"plan": plan, "c_states": c_states}


def team(text: str | None, os: str | None, problems: list[Problem]) -> dict[str, str] | None:
    """The team that --team stands for; load balancing is the version's default where none is named."""
    if text is None or text.strip().lower() == "none":
        return None
    kind, *parts = (part.strip() for part in text.split(":"))
    parts_read = canonical({"kind": kind}, Team)
    known = {name: choices(Team.model_fields[name]) for name in ("kind", "mode", "balancing")}
    rule = "none, or " + ":".join("|".join(values) for values in known.values())
    if parts_read["kind"] not in known["kind"]:
        near = closest(kind, known["kind"])
        problems.append(
            flag_problem("team", "is not a kind of team", kind, rule, f"did you mean {near}?" if near else None)
        )
        return None
    for part in filter(None, parts):
        found = next(
            (name for name in ("mode", "balancing") if canonical({name: part}, Team)[name] in known[name]), None
        )
        if found is None or found in parts_read:
            near = closest(part, [*known["mode"], *known["balancing"], "address_hash"])
            message = "names two of one thing" if found else "is neither a mode nor a load balancing"
            problems.append(
                flag_problem("team", message, part, rule, f"did you mean {near}?" if near and not found else None)
            )
            return None
        parts_read |= canonical({found: part}, Team)
    if "balancing" not in parts_read:
        parts_read["balancing"] = Balancing.MAC_ADDRESSES if parts_read["kind"] == "bond" else _balancing(os)
    return parts_read


def duration_ms(name: str, text: str | None, problems: list[Problem]) -> str | None:
    """A flag's time such as 300ms, in milliseconds."""
    if text is None:
        return None
    try:
        return repr(seconds_to_ms(parse_duration_s(text)))
    except ValueError:
        mend = f"say in what: {text.strip()}ms or {text.strip()}s" if _is_number(text) else None
        problems.append(flag_problem(name, "is not a time", text, "a time such as 300ms or 1s", mend))
        return None


def switch(name: str, text: str | None, problems: list[Problem]) -> str | None:
    """A flag that is on or off."""
    if text is None:
        return None
    value = {"on": "true", "off": "false"}.get(text.strip().lower())
    if value is None:
        problems.append(flag_problem(name, "is not a value it can take", text, "on or off"))
    return value


def _balancing(os: str | None) -> str:
    version = canonical({"os": os}, Host).get("os")
    return str(next((value for known, value in _BALANCING_BY_OS.items() if known == version), _BALANCING))
