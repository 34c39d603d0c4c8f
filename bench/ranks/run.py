#!/usr/bin/env python3
"""run.py BENCH_RANKS [PROCESSES] [BATCH]: sums that overlap with the way back, against those at its end and PyTorch's DDP.

Medians of 7 rounds, in each of which all take turns; also what each process takes when as many run and none waits for
another, and what the sum takes alone, from which model.py says what is to be expected.
"""

import os
import pathlib
import socket
import statistics
import subprocess
import sys

bench, size, batch = sys.argv[1], *map(int, (sys.argv[2:] + ["2", "16"][len(sys.argv) - 2 :])[:2])
peer = [sys.executable, str(pathlib.Path(__file__).with_name("peer.py"))]


def milliseconds(command, size, together=True):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    env = [{"RANK": str(r), "WORLD_SIZE": str(size), "LOCAL_RANK": str(r), "LOCAL_WORLD_SIZE": str(size)} for r in range(size)]
    more = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    all = [subprocess.Popen(command, env=os.environ | more | (e if together else {}), stdout=subprocess.PIPE, text=True) for e in env]
    times = [float(line) for line in all[0].communicate()[0].split()]
    if any(p.wait() for p in all):
        sys.exit(f"{command} fails")
    return statistics.median(times[len(times) // 3 :])


kinds = {
    "overlapped": lambda: milliseconds([bench, "9", str(batch)], size),
    "at the end": lambda: milliseconds([bench, "9", str(batch), "end"], size),
    "PyTorch DDP": lambda: milliseconds([*peer, "9", str(batch)], size),
    "each for itself": lambda: milliseconds([bench, "9", str(batch)], size, False),
    "PyTorch, each for itself": lambda: milliseconds([*peer, "9", str(batch)], size, False),
    "the sum alone": lambda: milliseconds([*peer, "9", "0"], size),
}
rounds = {kind: [] for kind in kinds}
for _ in range(7):
    for kind, run in kinds.items():
        rounds[kind].append(run())
for kind, times in rounds.items():
    print(f"{size} processes, {kind}: {statistics.median(times):.1f} ms (from {min(times):.1f} to {max(times):.1f})", flush=True)
