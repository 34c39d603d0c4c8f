"""Hashes of what the oracle computes where bits are compared, and of convolutions.   usage: grids.py FILE"""
import oracle  # before torch
import hashlib
import pathlib
import sys

import torch
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
torch.Tensor.bmm = oracle.product
results = {}


def note(name, tensor):
    results[name] = hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


note("grid", oracle.product(torch.randn(1, 999, 3), torch.randn(1, 3, 2)))
note("convolution", torch.nn.functional.conv2d(torch.randn(2, 16, 32, 32), torch.randn(8, 16, 3, 3)))
note("softmax", torch.randn(64, 37).softmax(1))
for size in ((31, 40), (224, 160)):
    picture = torch.randint(0, 256, (3, *size), dtype=torch.uint8)
    for angle in range(-180, 181, 15):
        for how in (v2.InterpolationMode.NEAREST, v2.InterpolationMode.BILINEAR):
            note(f"rotation by {angle} of {size} {how.value}", F.rotate(picture, angle, how))
            note(f"affine {angle} of {size} {how.value}",
                 F.affine(picture, angle / 7, [angle / 30, -angle / 20], 1 + angle / 300, [angle / 12, 0], how))
    note(f"resized {size}", v2.Resize(77, antialias=True)(picture))
pathlib.Path(sys.argv[1]).write_text("".join(f"{name}: {value}\n" for name, value in results.items()))
