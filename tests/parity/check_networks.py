# needs: test_networks
"""A model that tuneit wrote loads in torchvision, strictly, and has the same logits.  usage: check_networks.py DIR"""

import oracle  # before torch
import pathlib
import sys

import torch
import torchvision
from safetensors.torch import load_file

directory = pathlib.Path(sys.argv[1])
model = torchvision.models.resnet18(num_classes=3)
model.load_state_dict(load_file(directory / "written.safetensors"), strict=True)
model.eval()
with torch.no_grad():
    ours = load_file(directory / "written_logits.safetensors")["logits"]
    theirs = model(load_file(directory / "resnet18.safetensors")["x"])
difference = ((ours - theirs).abs().max() / theirs.abs().max()).item()
print("largest relative difference of the logits:", difference)
assert difference <= 1e-4
