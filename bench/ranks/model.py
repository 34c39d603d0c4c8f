#!/usr/bin/env python3
"""How long is a step of many processes? A model: bandwidth, latency, overlap.

usage: model.py            ResNet-50 and a network of 350 million weights on 8 to 1,024 GPUs
       model.py COMPUTE_MS SUM_MS    of run.py: what overlapped and at the end should take (ResNet-18)

A ring sums n bytes over N processes in 2 (N - 1) / N * n / B + 2 (N - 1) a seconds, B the bandwidth of the slowest link
and a its latency (Patarasu, Yuan 2009, Bandwidth optimal all-reduce algorithms). NCCL takes trees where there are many
(double binary trees, 2 log2 N latencies): the smaller of both. Pieces are sent one after the other, each when its
gradients are there; the way back is two thirds of the computing, and weights come late in it, as they do in ResNets.
"""

import math
import sys


def sum_seconds(size, processes, bandwidth, latency):
    if processes == 1:
        return 0
    ring = 2 * (processes - 1) * latency
    tree = 2 * math.log2(processes) * latency
    return 2 * (processes - 1) / processes * size / bandwidth + min(ring, tree)


def step_seconds(compute, pieces, one):
    """pieces: share of the way back when it is there, and its bytes. one(bytes): seconds."""
    back, sent = compute * 2 / 3, 0.0
    for share, size in pieces:
        sent = max(sent, share * back) + one(size)
    return compute - back + max(back, sent)


# ResNet's blocks from the last one on: half of the way back is through after layer3, with nine tenths of the weights
resnet18 = [(0.02, 20e3), (0.25, 33.6e6), (0.50, 8.4e6), (1.0, 2.7e6)]
resnet50 = [(0.01, 8.2e6), (0.25, 59.9e6), (0.55, 28.4e6), (1.0, 5.7e6)]
large = [((i + 1) / 24, 1.4e9 / 24) for i in range(24)]

if len(sys.argv) == 3:
    compute, alone = float(sys.argv[1]) / 1e3, float(sys.argv[2]) / 1e3
    total = sum(size for _, size in resnet18)
    print(f"at the end {1e3 * (compute + alone):.0f} ms, overlapped {1e3 * step_seconds(compute, resnet18, lambda n: alone * n / total):.0f} ms")
    print(f"with all cores busy, overlapped as at the end: nothing is idle while a sum is on its way")
    sys.exit()
print("| GPUs | machines of 8 | ResNet-50, 32 each, 40 ms | at the end | 350 M weights, 250 ms | at the end |")
print("|---|---|---|---|---|---|")
for gpus in (8, 16, 64, 256, 1024):
    # NVLink within a machine; between machines 8 links of 400 Gb/s, one for each GPU
    bandwidth, latency = (300e9, 5e-6) if gpus <= 8 else (45e9, 15e-6)
    one = lambda n: sum_seconds(n, gpus, bandwidth, latency) + 20e-6
    cells = []
    for compute, pieces in (0.040, resnet50), (0.250, large):
        cells.append(f"{100 * compute / step_seconds(compute, pieces, one):.1f} %")
        cells.append(f"{100 * compute / (compute + one(sum(n for _, n in pieces))):.1f} %")
    print(f"| {gpus} | {gpus // 8} | " + " | ".join(cells) + " |")
