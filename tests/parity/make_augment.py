#!/usr/bin/env python3
"""References for tests/parity/test_augment.cpp: torchvision's random transforms, with every number that they draw.

Usage: .venv/bin/python tests/parity/make_augment.py OUTDIR
Writes OUTDIR/pixels.bin (bytes, HWC), OUTDIR/floats.bin (float32, HWC) and OUTDIR/manifest.txt, one record a line:
  bytes TRANSFORM WIDTH HEIGHT IN OUT N draws...    offsets into pixels.bin; the C++ side knows TRANSFORM by name
  floats TRANSFORM WIDTH HEIGHT IN OUT N draws...   offsets into floats.bin, in numbers
torchvision makes the grids of rotations and affine maps by a matrix product, whose rounding is the BLAS library's (MKL's with
AVX-512 moves single pixels). Here the product is oracle.product, rounded as it is written.
"""
import oracle  # before torch
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(11)
manifest = [f"# torch {torch.__version__} torchvision {torchvision.__version__} {torch.backends.cpu.get_cpu_capability()}"]

# Everything that a transform draws passes through these functions of torch.
drawn = []
uniform, rand, randint, randperm = torch.Tensor.uniform_, torch.rand, torch.randint, torch.randperm
normal = torch.Tensor.normal_


def spy(function):
    def spying(*args, **kwargs):
        result = function(*args, **kwargs)
        drawn.extend(result.flatten().tolist())
        return result
    return spying


def spy_randperm(n, *args, **kwargs):
    """A permutation, told as the swaps that make it: each position takes one of what is left."""
    result = randperm(n, *args, **kwargs)
    left = list(range(n))
    for i in range(n - 1):
        at = left.index(int(result[i]))
        drawn.append(float(at - i))
        left[i], left[at] = left[at], left[i]
    return result


products = 0


def product(points, matrix):
    global products
    products += 1
    return oracle.product(points, matrix)


torch.Tensor.bmm = product


def run(transform, tensor, seed):
    torch.manual_seed(seed)
    drawn.clear()
    torch.Tensor.uniform_, torch.rand, torch.randint, torch.randperm = spy(uniform), spy(rand), spy(randint), spy_randperm
    torch.Tensor.normal_ = spy(normal)
    try:
        return transform(tensor)
    finally:
        torch.Tensor.uniform_, torch.rand, torch.randint, torch.randperm = uniform, rand, randint, randperm
        torch.Tensor.normal_ = normal


def scene(width, height):
    """Smooth shapes, an edge and some noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [127 + 90 * np.sin(x / (5 + 3 * c) + c) * np.cos(y / (9 - 2 * c)) + rng.normal(0, 12, (height, width))
              for c in range(3)]
    image = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    image[height // 3: height // 2, width // 4: width // 2] = (250, 10, 60)
    return image


two = np.where(rng.random((40, 31, 1)) < 0.4, (10, 200, 30), (240, 201, 30)).astype(np.uint8)  # blue: one value only
pictures = [scene(317, 241), scene(224, 224), scene(64, 48), scene(33, 17), scene(224, 160), scene(5, 5), scene(2, 7),
            scene(1, 3), rng.integers(0, 256, (96, 96, 3), dtype=np.uint8), two,
            np.full((20, 24, 3), (0, 255, 77), np.uint8)]
bilinear = InterpolationMode.BILINEAR
transforms = {  # name: (transform, draws of each picture)
    "horizontal-flip": (v2.RandomHorizontalFlip(), 3),
    "vertical-flip": (v2.RandomVerticalFlip(0.3), 3),
    "rotation": (v2.RandomRotation(180), 6),
    "rotation-bilinear": (v2.RandomRotation(30, bilinear), 6),
    "rotation-bilinear-colour": (v2.RandomRotation((20, 70), bilinear, fill=(255, 100, 3)), 4),
    "rotation-no-fill": (v2.RandomRotation(45, bilinear, fill=None), 4),
    "rotation-90": (v2.RandomRotation((90, 90)), 1),
    "rotation-180": (v2.RandomRotation((180, 180)), 1),
    "rotation-270": (v2.RandomRotation((270, 270)), 1),
    "affine": (v2.RandomAffine(25, (0.1, 0.2), (0.7, 1.4), (-15, 15, -10, 20)), 8),
    "affine-bilinear": (v2.RandomAffine(25, (0.1, 0.2), (0.7, 1.4), (-15, 15, -10, 20), bilinear, fill=(9, 8, 7)), 8),
    "affine-moves": (v2.RandomAffine(0, (0.3, 0.3)), 4),
    "affine-shears": (v2.RandomAffine(0, shear=20), 4),
    "affine-grows": (v2.RandomAffine(0, scale=(0.01, 3.0)), 4),
    "jitter": (v2.ColorJitter(0.4, 0.4, 0.4, 0.1), 8),
    "jitter-strong": (v2.ColorJitter(1.5, 1.5, 1.5, 0.5), 8),
    "brightness": (v2.ColorJitter(brightness=0.9), 4),
    "contrast": (v2.ColorJitter(contrast=0.9), 4),
    "saturation": (v2.ColorJitter(saturation=0.9), 4),
    "hue": (v2.ColorJitter(hue=0.5), 8),
    "grayscale": (v2.RandomGrayscale(0.5), 3),
    "invert": (v2.RandomInvert(0.5), 3),
    "autocontrast": (v2.RandomAutocontrast(0.7), 3),
    "equalize": (v2.RandomEqualize(0.7), 3),
    **{f"posterize-{bits}": (v2.RandomPosterize(bits, 0.8), 1) for bits in (0, 1, 3, 7, 8)},
    "solarize": (v2.RandomSolarize(130.5, 0.8), 3),
    "sharpness-0": (v2.RandomAdjustSharpness(0, 1.0), 1),
    "sharpness-2": (v2.RandomAdjustSharpness(2, 0.8), 2),
    "sharpness-half": (v2.RandomAdjustSharpness(0.57, 1.0), 1),
    "trivial": (v2.TrivialAugmentWide(), 90),
    "trivial-bilinear": (v2.TrivialAugmentWide(17, bilinear, fill=(120, 130, 140)), 30),
    "rand": (v2.RandAugment(), 40),
    "rand-strong": (v2.RandAugment(3, 17), 20),
    "rand-bilinear": (v2.RandAugment(2, 5, 11, bilinear), 15),
}
pixels = bytearray()
for at, picture in enumerate(pictures):
    height, width = picture.shape[:2]
    start = len(pixels)
    pixels += picture.tobytes()
    for name, (transform, count) in transforms.items():
        for seed in range(count):
            tensor = torch.from_numpy(picture.copy()).permute(2, 0, 1)  # channels last, as decoders give it
            if seed % 2 == 1:
                tensor = tensor.contiguous()
            result = run(transform, tensor, 1000 * at + seed)
            assert result.shape == tensor.shape and result.dtype == torch.uint8
            manifest.append(" ".join(["bytes", name, str(width), str(height), str(start), str(len(pixels)),
                                      str(len(drawn))] + [repr(x) for x in drawn]))
            pixels += result.permute(1, 2, 0).contiguous().numpy().tobytes()
assert products > 100, "torchvision makes its grids in another way: see oracle.product"
(out / "pixels.bin").write_bytes(pixels)

floats, offset = [], 0
erasing = {
    "erasing": (v2.RandomErasing(1.0), 40),
    "erasing-half": (v2.RandomErasing(0.5, value=(0.5, -1.25, 2.0)), 12),
    "erasing-large": (v2.RandomErasing(1.0, scale=(0.6, 1.0), ratio=(0.2, 5.0)), 12),
    "erasing-noise": (v2.RandomErasing(1.0, value="random"), 12),
    "erasing-noise-half": (v2.RandomErasing(0.5, scale=(0.3, 1.0), value="random"), 12),
}
for side in (224, 33, 3):
    picture = rng.normal(0, 1, (side, side, 3)).astype(np.float32)
    start, offset = offset, offset + picture.size
    floats.append(picture)
    for name, (transform, count) in erasing.items():
        for seed in range(count if side < 200 or transform.value is not None else 2):  # all noise is in the manifest
            result = run(transform, torch.from_numpy(picture.copy()).permute(2, 0, 1), seed)
            manifest.append(" ".join(["floats", name, str(side), str(side), str(start), str(offset), str(len(drawn))] +
                                     [repr(x) for x in drawn]))
            floats.append(result.permute(1, 2, 0).contiguous().numpy())
            offset += picture.size
np.concatenate([f.ravel() for f in floats]).tofile(out / "floats.bin")
(out / "manifest.txt").write_text("\n".join(manifest) + "\n")
print(manifest[0])
print(len(manifest) - 1, "records in", out)
