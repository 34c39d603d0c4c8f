"""What the Python programs of the benchmark have in common: the cases, their data and models, the optimizer, and the
conversation with bench/run.py. bench/worker.hpp is the same in C++."""

import math
import os
import sys
import time

import torch
import torchvision
from torch import nn

CLASSES, BATCH, SIDE, DIFFERENT_BATCHES = 10, 32, 224, 4


class Case:
    """What is run: the words of a case's name."""

    def __init__(self, name):
        words = name.replace("/", "-").split("-")
        self.name = name
        self.kind = words[0]  # train freeze probe inference mlp efficientnet first
        self.bf16 = words[-1] == "bf16"
        self.one_thread = name.endswith("/one-thread")
        self.threads = 1 if self.kind == "mlp" or self.one_thread else 2
        self.warmup = {"mlp": 200, "inference": 3, "data": 4}.get(self.kind, 2)
        self.frozen = {"freeze": 3, "probe": 5}.get(self.kind, 0)  # so many blocks: stem, layer1, ...

    def data(self, channels_last):
        torch.manual_seed(0)
        count, shape = DIFFERENT_BATCHES, (BATCH, 3, SIDE, SIDE)
        if self.kind == "mlp":
            shape = (8, 16)
        if self.kind == "first":
            count, shape = 1, (8, 3, SIDE, SIDE)
        batches = []
        for _ in range(count):
            images = torch.randn(shape)
            if channels_last and images.dim() == 4:
                images = images.contiguous(memory_format=torch.channels_last)
            batches.append((images, torch.randint(CLASSES, (shape[0],))))
        return batches

    def model(self, weights=""):
        torch.manual_seed(0)
        if self.kind == "mlp":
            layers = [nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, CLASSES)]
            return nn.Sequential(*layers)
        if self.kind == "efficientnet":
            import timm

            return timm.create_model("tf_efficientnet_lite0", num_classes=CLASSES, drop_rate=0.2, drop_path_rate=0.2)
        model = torchvision.models.resnet18()
        if weights:
            model.load_state_dict(torch.load(weights, weights_only=True))
        model.fc = nn.Linear(model.fc.in_features, CLASSES)
        return model

    def freeze(self, model, evaluate):
        """Frozen parameters need no gradient; `evaluate`: and their batch norms use their running statistics."""
        stages = [[model.conv1, model.bn1], [model.layer1], [model.layer2], [model.layer3], [model.layer4]]
        for stage in stages[: self.frozen]:
            for module in stage:
                module.requires_grad_(False)
                if evaluate:
                    module.eval()


def pictures(case, transform, read=None):
    """What data-* cases run."""
    return (waiting if case.name == "data-wait" else loading)(case, transform, read)


def epochs(kind, transform, read, workers):
    """A function that begins an epoch of so many batches, made from files of a kind."""
    folder = os.path.join(os.environ["TUNEIT_BENCH_PICTURES"], kind)
    files = torchvision.datasets.ImageFolder(folder, transform, **({"loader": read} if read else {}))

    def epoch(steps):
        chosen = torch.utils.data.Subset(files, torch.randperm(len(files))[: steps * BATCH].tolist())
        return torch.utils.data.DataLoader(chosen, BATCH, num_workers=workers)

    return epoch


def loading(case, transform, read):
    """Epochs of so many batches from a folder of pictures: each from its start to its end, workers and all. Two workers,
    or none where there is one thread."""
    epoch = epochs(case.name.split("/")[0].split("-")[1], transform, read, 0 if case.one_thread else 2)

    def run(steps):
        last = math.nan
        for images, labels in epoch(steps):
            last = images[0, 0, 0, 0].item()
        return last

    return run


def waiting(case, transform, read):
    """The training of scripts/demo as tuned.py would have it, in its first epoch: how long does it wait for pictures?"""
    epoch = epochs("png", transform, read, 2)
    model = Case("efficientnet").model().to(memory_format=torch.channels_last).train()
    for module in (model.conv_stem, model.bn1, model.blocks[:3]):
        module.requires_grad_(False).eval()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-4, fused=True)
    criterion = nn.CrossEntropyLoss()

    def run(steps):
        global waited
        waited, last, ready = 0.0, math.nan, time.perf_counter()
        for images, labels in epoch(steps):
            waited += time.perf_counter() - ready
            with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16()):
                loss = criterion(model(images.contiguous(memory_format=torch.channels_last)), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            last, ready = loss.item(), time.perf_counter()
        return last

    return run


def computes_bfloat16():
    with open("/proc/cpuinfo") as text:
        flags = text.read()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def sgd(model, fused):
    parameters = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.SGD(parameters, lr=1e-2, momentum=0.9, weight_decay=1e-4, fused=fused or None)


# --- memory ----------------------------------------------------------------------------------------------------------
resident_before_model = 0
last_loss = math.nan
waited = 0.0  # seconds that the last run waited for its data


def status_bytes(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key))


def before_model():
    """Called when libraries are loaded and data is made, before the model is built: memory is counted from here."""
    global resident_before_model
    resident_before_model = status_bytes("VmRSS")


# --- the command line ------------------------------------------------------------------------------------------------
def say(*words):
    print(*words, flush=True)


def commands():
    """The numbers of steps that bench/run.py asks for."""
    for line in sys.stdin:
        words = line.split()
        if not words or words[0] != "run":
            return
        yield int(words[1])


def command_line():
    _, name, mode, argument = (sys.argv + ["serve", ""])[:4]
    return Case(name), mode, argument


def main(prepare):
    """prepare(case, weights) makes data and model, and returns a function that runs a number of steps and returns the
    last loss. Modes as in bench/worker.hpp."""
    case, mode, argument = command_line()
    torch.set_num_threads(case.threads)
    run = prepare(case, argument if mode == "first" else "")
    if mode == "serve":
        run(case.warmup)
        say("ready")
        for steps in commands():
            begin = time.perf_counter()
            run(steps)
            say(f"{time.perf_counter() - begin:.9f}")
    elif mode == "steps":
        say(f"loss {run(int(argument)):.6f}")
    elif mode == "memory":
        run(int(argument))
        say(status_bytes("VmHWM") - resident_before_model)
    elif mode == "wait":
        run(case.warmup)
        begin = time.perf_counter()
        run(int(argument))
        say(f"{waited / (time.perf_counter() - begin):.9f}")
    elif mode == "first":
        run(1)
        say("done")
    os._exit(0)  # tearing the interpreter down is not what is measured
