"""Clipping in torch; moving averages, mixup and CutMix in timm with draws that are given; initialisers of torch.nn.init;
FGM, FreeLB, R-Drop and mixout as they are written in PyTorch.

usage: make_regularizers.py DIR
"""

import oracle  # before torch
import pathlib
import sys

import numpy as np
import timm.data.mixup
import torch
from safetensors.torch import save_file
from timm.utils import ModelEmaV3

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(23)

# --- clipping
data = {}
gradients = [torch.randn(8, 3, 3, 3), torch.randn(40) * 10, torch.randn(7, 5)]
for i, g in enumerate(gradients):
    data[f"gradient{i}"] = g
for name, clip in {
    "norm": lambda p: torch.nn.utils.clip_grad_norm_(p, 2.5),
    "loose": lambda p: torch.nn.utils.clip_grad_norm_(p, 1e4),
    "value": lambda p: torch.nn.utils.clip_grad_value_(p, 0.7),
}.items():
    parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    norm = clip(parameters)
    for i, p in enumerate(parameters):
        data[f"{name}.{i}"] = p.grad
    if norm is not None:
        data[f"{name}.norm"] = norm
save_file(data, out / "clip.safetensors")

# --- moving averages: the network's tensors after each step, and the averages after each
data = {}
net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 5))
data.update({f"start.{k}": v.clone() for k, v in net.state_dict().items()})
averages = {
    "warm": ModelEmaV3(net, decay=0.6, use_warmup=True),
    "warm_slow": ModelEmaV3(net, decay=0.9, use_warmup=True, warmup_gamma=5.0, warmup_power=0.75),
    "plain": ModelEmaV3(net, decay=0.9),
}
for step in range(1, 11):
    with torch.no_grad():
        for v in net.state_dict().values():
            v.add_(1) if v.dtype == torch.int64 else v.add_(torch.randn_like(v))
    data.update({f"{step}.{k}": v.clone() for k, v in net.state_dict().items()})
    for name, average in averages.items():
        average.update(net, step=None if name == "plain" else step)  # timm's training counts from 1
        data.update({f"{name}.{step}.{k}": v.clone() for k, v in average.module.state_dict().items()})
save_file(data, out / "ema.safetensors")

# --- CutMix: rectangle and corrected lambda for given draws. Rows: height, width, lambda, centre (y, x), then timm's
# yl, yh, xl, xh, lambda.
rng = np.random.default_rng(5)
table = []
real = np.random.randint
for height, width in ((8, 8), (7, 13), (224, 224), (31, 64)):
    for lam in (0.0, 1e-6, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, *rng.random(20)):
        centre = [int(rng.integers(0, height)), int(rng.integers(0, width))]
        draws = iter(centre)
        np.random.randint = lambda low, high, size=None: next(draws)
        box, left = timm.data.mixup.cutmix_bbox_and_lam((2, 3, height, width), lam)
        table.append([height, width, lam, *centre, *(int(b) for b in box), float(left)])
np.random.randint = real
data = {"boxes": torch.tensor(table, dtype=torch.float64)}

# --- whole batches
images = torch.randn(6, 3, 12, 20).contiguous(memory_format=torch.channels_last)
labels = torch.randint(0, 4, (6,))
data.update(images=images.contiguous(), labels=labels)
for name, lam, cut in (("mixup", 0.37, False), ("cutmix", 0.42, True)):
    mix = timm.data.mixup.Mixup(
        mixup_alpha=0.0 if cut else 1.0, cutmix_alpha=1.0 if cut else 0.0, label_smoothing=0.1, num_classes=4
    )
    draws = iter((3, 17))
    beta, np.random.beta = np.random.beta, lambda a, b: lam
    np.random.randint = lambda low, high, size=None: next(draws)
    mixed, target = mix(images.clone(memory_format=torch.preserve_format), labels)
    np.random.beta, np.random.randint = beta, real
    data[name], data[name + ".target"] = mixed.contiguous(), target
save_file(data, out / "mix.safetensors")

# --- initialisers, from seeded generators
data = {}
for rows, columns in ((5, 64), (64, 5), (32, 32)):
    w = torch.empty(rows, columns)
    torch.nn.init.orthogonal_(w, generator=torch.Generator().manual_seed(9))
    data[f"orthogonal.{rows}.{columns}"] = w
    w = torch.empty(rows, columns)
    torch.nn.init.trunc_normal_(w, std=0.02, a=-0.04, b=0.04, generator=torch.Generator().manual_seed(9))
    data[f"truncated.{rows}.{columns}"] = w
save_file(data, out / "init.safetensors")

# --- words that are moved uphill: five steps of FGM and of FreeLB
torch.manual_seed(24)
F = torch.nn.functional


class Words(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = torch.nn.Embedding(11, 6)
        self.fc1, self.fc2 = torch.nn.Linear(6, 6), torch.nn.Linear(6, 3)

    def forward(self, ids, mask, delta=0):
        x = F.gelu(self.fc1(self.word_embeddings(ids) + delta))
        m = mask.double().unsqueeze(-1)
        return self.fc2((x * m).sum(1) / m.sum(1))


net = Words().double()
data = {f"start.{k}": v.clone() for k, v in net.state_dict().items()}
start = {k: v.clone() for k, v in net.state_dict().items()}
ids, labels, mask = torch.randint(0, 11, (5, 4, 7)), torch.randint(0, 3, (5, 4)), torch.ones(4, 7, dtype=torch.bool)
mask[1, 4:] = mask[3, 2:] = False
data.update(ids=ids, labels=labels, mask=mask)


def fgm(x, y):
    F.cross_entropy(net(x, mask), y).backward()
    table = net.word_embeddings.weight
    before = table.detach().clone()
    with torch.no_grad():
        table.add_(0.7 * table.grad / table.grad.norm())
    F.cross_entropy(net(x, mask), y).backward()
    with torch.no_grad():
        table.copy_(before)


def free_lb(x, y, steps=3, rate=0.1, most=0.15):
    delta = torch.zeros(*x.shape, 6, dtype=torch.float64)
    for k in range(steps):
        delta.requires_grad_()
        (F.cross_entropy(net(x, mask, delta), y) / steps).backward()
        if k + 1 == steps:
            break
        g = delta.grad
        norm = g.reshape(len(x), -1).norm(dim=1).clamp(min=1e-8).view(-1, 1, 1)
        delta = (delta + rate * g / norm).detach()
        length = delta.reshape(len(x), -1).norm(dim=1).view(-1, 1, 1)
        delta = torch.where(length > most, delta / length * most, delta).detach()


for name, gradients in ("fgm", fgm), ("free_lb", free_lb):
    net.load_state_dict(start)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    for x, y in zip(ids, labels):
        optimizer.zero_grad()
        gradients(x, y)
        optimizer.step()
    data.update({f"{name}.{k}": v.clone() for k, v in net.state_dict().items()})

# --- R-Drop: the loss of two passes of 4 samples, and of 2 texts of 3 tokens of which some have a label
def r_drop(logits, labels, alpha):
    half = len(logits) // 2
    loss = F.cross_entropy(logits.flatten(0, -2), labels.flatten())
    there = labels[:half].flatten() >= 0
    p, q = logits[:half].flatten(0, -2)[there].log_softmax(-1), logits[half:].flatten(0, -2)[there].log_softmax(-1)
    kl = F.kl_div(p, q.exp(), reduction="batchmean") + F.kl_div(q, p.exp(), reduction="batchmean")
    return loss + alpha * kl / 2


for name, logits, target in (
    ("samples", torch.randn(8, 5), torch.randint(0, 5, (4,)).repeat(2)),
    ("tokens", torch.randn(4, 3, 5), torch.tensor([[1, -100, 3], [0, 2, -100]]).repeat(2, 1)),
):
    logits = logits.double().requires_grad_()
    loss = r_drop(logits, target, 1.3)
    loss.backward()
    data.update({f"{name}.logits": logits.detach(), f"{name}.labels": target, f"{name}.loss": loss.detach(), f"{name}.gradient": logits.grad})

# --- mixout: the author's formula for a given mask
w, w0, p = torch.randn(5, 4).double(), torch.randn(5, 4).double(), 0.7
m = (torch.rand(5, 4) < p).double()
data.update({"mixout.w": w, "mixout.w0": w0, "mixout.m": m, "mixout": (m * w0 + (1 - m) * w - p * w0) / (1 - p)})
save_file({k: v.contiguous() for k, v in data.items()}, out / "words.safetensors")
