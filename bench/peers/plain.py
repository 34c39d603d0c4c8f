"""The loop as people write it: NCHW, single precision, the optimizer's defaults. The small network gets the fused
optimizer."""

import itertools

import torch
from torch import nn

import common


def prepare(case, weights):
    batches = itertools.cycle(case.data(channels_last=False))
    common.before_model()
    model = case.model(weights)
    if case.kind == "inference":
        return infer(model, batches)
    model.train()
    if case.frozen:
        case.freeze(model, evaluate=False)
    criterion = nn.CrossEntropyLoss()
    optimizer = common.sgd(model, fused=case.kind == "mlp")

    def run(steps):
        for _ in range(steps):
            images, labels = next(batches)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            last = loss.item()
        return last

    return run


def infer(model, batches):
    model.eval()

    def run(steps):
        with torch.no_grad():
            for _ in range(steps):
                model(next(batches)[0])
        return 0.0

    return run


common.main(prepare)
