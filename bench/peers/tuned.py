"""What those who read the performance guide write: channels-last, autocast for bfloat16, the fused optimizer, frozen
batch norms in evaluation. bench/peers/compiled.py is the same with torch.compile."""

import contextlib
import itertools
import logging

import torch
from torch import nn
from torch._inductor import config as inductor

import common

logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # that there is no GPU


def make(compiled):
    def prepare(case, weights):
        batches = itertools.cycle(case.data(channels_last=True))
        common.before_model()
        model = case.model(weights).to(memory_format=torch.channels_last)
        if case.kind == "inference":
            return infer(case, model, batches, compiled)
        model.train()
        if case.frozen:
            case.freeze(model, evaluate=True)
        criterion = nn.CrossEntropyLoss()
        optimizer = common.sgd(model, fused=True)
        if compiled:
            model = torch.compile(model)

        def run(steps):
            for _ in range(steps):
                images, labels = next(batches)
                with precision(case):
                    loss = criterion(model(images), labels)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                last = loss.item()
            return last

        return run

    return prepare


def precision(case):
    return torch.autocast("cpu", torch.bfloat16) if case.bf16 else contextlib.nullcontext()


def infer(case, model, batches, compiled):
    model.eval()
    if compiled:
        inductor.freezing = True
        model = torch.compile(model)

    def run(steps):
        # torch.compile with freezing wants no_grad
        with torch.no_grad() if compiled else torch.inference_mode(), precision(case):
            for _ in range(steps):
                model(next(batches)[0])
        return 0.0

    return run


if __name__ == "__main__":
    common.main(make(compiled=False))
