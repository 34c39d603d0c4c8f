# needs: test_zoo
"""Models that tuneit trained and wrote load in torchvision, strictly, and have the same logits.  usage: check_zoo.py DIR"""

import oracle  # before torch
import pathlib
import sys

import torch
import torchvision
from safetensors.torch import load_file

directory = pathlib.Path(sys.argv[1])
for name in ("mobilenet_v2", "vgg11"):
    model = getattr(torchvision.models, name)(num_classes=2)
    model.load_state_dict(load_file(directory / f"{name}-written.safetensors"), strict=True)
    model.eval()
    with torch.no_grad():
        ours = load_file(directory / f"{name}-logits.safetensors")["logits"]
        theirs = model(load_file(directory / f"{name}-start.safetensors")["x0"])
    difference = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    print(name, "largest relative difference of the logits:", difference)
    assert difference <= 1e-4
