"""Fifty steps of each optimizer in PyTorch (Lion and LAMB: timm's), from the same tensors on the same gradients.

usage: make_optimizers.py DIR

start.safetensors: the tensors. gradients.safetensors: NAME.STEP. Each optimizer's file is where they end. The rate
changes from step to step, lr * (1 + step % 3), so that what must not depend on it shows.
"""

import oracle  # before torch
import pathlib
import sys

import timm.optim
import torch
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)
torch.manual_seed(21)
STEPS = 50
SHAPES = {"conv": (8, 5, 3, 3), "matrix": (16, 33), "vector": (11,), "single": (1,)}

start = {name: torch.randn(shape) for name, shape in SHAPES.items()}
# gradients of very different sizes, some of them always 0
scale = {"conv": 1.0, "matrix": 1e-3, "vector": 30.0, "single": 1.0}
gradients = [{name: torch.randn(shape) * scale[name] for name, shape in SHAPES.items()} for _ in range(STEPS)]
for step in gradients:
    step["matrix"][3] = 0
save_file(start, out / "start.safetensors")
save_file({f"{name}.{i}": g for i, step in enumerate(gradients) for name, g in step.items()}, out / "gradients.safetensors")

optim = torch.optim
CASES = {
    "sgd": lambda p: optim.SGD(p, lr=1e-2),
    "sgd_momentum": lambda p: optim.SGD(p, lr=1e-2, momentum=0.9, weight_decay=1e-2),
    "sgd_dampening": lambda p: optim.SGD(p, lr=1e-2, momentum=0.9, dampening=0.3),
    "sgd_nesterov": lambda p: optim.SGD(p, lr=1e-2, momentum=0.9, weight_decay=1e-2, nesterov=True),
    "adam": lambda p: optim.Adam(p, lr=1e-3),
    "adam_decay": lambda p: optim.Adam(p, lr=1e-3, betas=(0.8, 0.99), eps=1e-6, weight_decay=1e-2),
    "adam_amsgrad": lambda p: optim.Adam(p, lr=1e-3, betas=(0.9, 0.8), amsgrad=True),
    "adamw": lambda p: optim.AdamW(p, lr=1e-3),
    "adamw_amsgrad": lambda p: optim.AdamW(p, lr=1e-3, betas=(0.9, 0.8), weight_decay=0.1, amsgrad=True),
    "adagrad": lambda p: optim.Adagrad(p),
    "adagrad_all": lambda p: optim.Adagrad(
        p, lr=2e-2, lr_decay=0.1, weight_decay=1e-2, initial_accumulator_value=0.5, eps=1e-6
    ),
    "rmsprop": lambda p: optim.RMSprop(p, lr=1e-3),
    "rmsprop_momentum": lambda p: optim.RMSprop(p, lr=1e-3, alpha=0.9, momentum=0.9, weight_decay=1e-2),
    "rmsprop_centered": lambda p: optim.RMSprop(p, lr=1e-3, eps=1e-3, momentum=0.9, centered=True),
    "lion": lambda p: timm.optim.Lion(p),
    "lion_decay": lambda p: timm.optim.Lion(p, lr=1e-3, betas=(0.95, 0.98), weight_decay=0.1),
    "lamb": lambda p: timm.optim.Lamb(p, max_grad_norm=None),
    "lamb_all": lambda p: timm.optim.Lamb(p, lr=1e-2, betas=(0.8, 0.99), weight_decay=0.1, eps=1e-4, max_grad_norm=None),
    "adafactor": lambda p: optim.Adafactor(p),
    "adafactor_all": lambda p: optim.Adafactor(p, lr=0.1, weight_decay=1e-2, beta2_decay=-0.5, d=2.0, eps=(None, 0.1)),
}

for case, make in CASES.items():
    parameters = {name: torch.nn.Parameter(t.clone()) for name, t in start.items()}
    optimizer = make(list(parameters.values()))
    rate = optimizer.param_groups[0]["lr"]
    for i, step in enumerate(gradients):
        for name, p in parameters.items():
            p.grad = step[name].clone()
        optimizer.param_groups[0]["lr"] = rate * (1 + i % 3)
        optimizer.step()
    save_file({name: p.detach() for name, p in parameters.items()}, out / f"{case}.safetensors")
