#!/usr/bin/env python3
"""peer.py STEPS BATCH: the step of ranks.cpp by PyTorch's DistributedDataParallel over Gloo; milliseconds of each.

BATCH 0: the sum of as many numbers as ResNet-18 has gradients, and nothing else.
"""

import os
import sys
import time

import torch
import torchvision

steps, batch = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
torch.manual_seed(0)
if batch == 0:
    torch.distributed.init_process_group("gloo")
    numbers = torch.zeros(11_181_642)
    for _ in range(steps):
        begin = time.perf_counter()
        torch.distributed.all_reduce(numbers)
        if os.environ["RANK"] == "0":
            print(f"{1000 * (time.perf_counter() - begin):.3f}", flush=True)
    sys.exit()
model = torchvision.models.resnet18(num_classes=10).to(memory_format=torch.channels_last)
if int(os.environ.get("WORLD_SIZE", "1")) > 1:
    torch.distributed.init_process_group("gloo")
    model = torch.nn.parallel.DistributedDataParallel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, foreach=True)
x = torch.full((batch, 3, 128, 128), 0.5).contiguous(memory_format=torch.channels_last)
y = torch.zeros(batch, dtype=torch.long)
for _ in range(steps):
    begin = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    if os.environ.get("RANK", "0") == "0":
        print(f"{1000 * (time.perf_counter() - begin):.3f}", flush=True)
