"""How fast drains are planned, and how near the bound: `python -m tests.bench.bench_drain [SEEDS]`.

Drawn clusters of 8 to 64 hosts with up to 4,096 VMs; of each the first host is drained, and of the largest every host
in a patch night. It measures; it does not judge: the slow tests do.
"""

from __future__ import annotations

import sys
import time

from advisor.fleet.drain import drain
from advisor.fleet.in_force import Asked
from advisor.fleet.patch import patch
from tests.fleet.drawn_clusters import draw_cluster

SIZES = ((8, 256), (8, 4096), (16, 1024), (16, 4096), (32, 2048), (32, 4096), (64, 1024), (64, 4096))
NIGHTS = ((8, 4096), (64, 4096))
SEEDS = 3


def main(seeds: int) -> None:
    """A line for each cluster."""
    sys.stdout.write(
        f"{'hosts':>5} {'VMs':>5} {'moves':>5} {'seconds':>8} {'end':>9} {'end/bound':>9}  bound by; setting\n"
    )
    for hosts, vms in SIZES:
        for seed in range(seeds):
            inventory = draw_cluster(seed, hosts, vms).inventory
            began = time.perf_counter()
            answer = drain(inventory, "hv01", asked=Asked(reserve=0))
            seconds = time.perf_counter() - began
            if answer.end_s is None or answer.bound_s is None:
                sys.stdout.write(f"{hosts:5} {vms:5} no plan: {answer.constraint}\n")
                continue
            ratio = answer.end_s.p50 / answer.bound_s
            sys.stdout.write(
                f"{hosts:5} {vms:5} {len(answer.moves):5} {seconds:8.2f} {answer.end_s.p50:8.0f}s {ratio:9.3f}  "
                f"{answer.bound_by}; {answer.setting}\n"
            )
    sys.stdout.write(f"\n{'nodes':>5} {'VMs':>5} {'seconds':>8} {'night':>9}\n")
    for hosts, vms in NIGHTS:
        inventory = draw_cluster(1, hosts, vms).inventory
        began = time.perf_counter()
        night = patch(inventory, "c1", asked=Asked(reserve=0)).total_s
        seconds = time.perf_counter() - began
        told = "no plan" if night is None else f"{night.p50:8.0f}s"
        sys.stdout.write(f"{hosts:5} {vms:5} {seconds:8.2f} {told:>9}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
