"""Which tensors of a ResNet-18 have weight decay, and which scale on their rate, in three libraries.

usage: make_rates.py DIR

Writes DIR/decay.txt: a line for each parameter of torchvision's resnet18, its name and whether it decays (1 or 0) for
transformers' Trainer, for torchvision (norm_weight_decay=0: torchvision.ops._utils.split_normalization_params, which its
training scripts' set_weight_decay repeats) and for timm's param_groups_weight_decay. And DIR/layer_decay.txt: for each
parameter of timm's resnet18, which has the same names, the lr_scale of timm's param_groups_layer_decay with 0.75, and with
0.5 and min_scale 0.1.
"""

import oracle  # before torch
import pathlib
import sys

import timm
import torchvision
from timm.optim import param_groups_layer_decay, param_groups_weight_decay
from torchvision.ops._utils import split_normalization_params
from transformers import Trainer

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)

model = torchvision.models.resnet18(weights=None)
transformers = set(Trainer.get_decay_parameter_names(None, model))
norms, _ = split_normalization_params(model)
norms = {id(p) for p in norms}
by_timm = {id(p) for g in param_groups_weight_decay(model, 1e-2) if g["weight_decay"] > 0 for p in g["params"]}
with open(out / "decay.txt", "w") as file:
    for name, p in model.named_parameters():
        file.write(f"{name} {int(name in transformers)} {int(id(p) not in norms)} {int(id(p) in by_timm)}\n")

model = timm.create_model("resnet18", pretrained=False)


def scales(**options):
    return {id(p): g["lr_scale"] for g in param_groups_layer_decay(model, **options) for p in g["params"]}


plain, floored = scales(layer_decay=0.75), scales(layer_decay=0.5, min_scale=0.1)
with open(out / "layer_decay.txt", "w") as file:
    for name, p in model.named_parameters():
        file.write(f"{name} {plain[id(p)]!r} {floored[id(p)]!r}\n")
print(len(plain), "parameters")
