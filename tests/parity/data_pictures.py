#!/usr/bin/env python3
"""References for tests/parity/test_data_pictures.cpp: pictures of all kinds, Pillow's bytes, torchvision's transforms.

Usage: .venv/bin/python tests/parity/data_pictures.py OUTDIR   (then run the test with TUNEIT_PARITY_DIR=OUTDIR/..)
Writes OUTDIR/manifest.txt, one record a line, words separated by blanks:
  picture FILE WIDTH HEIGHT RGB.bin KIND         Pillow's convert("RGB"), but for 16-bit grey (see picture_kinds.py)
  upright FILE WIDTH HEIGHT RGB.bin KIND         ImageOps.exif_transpose, then convert("RGB")
  eval FILE U8.bin F32.bin PIL.bin               v2 Resize(256)+CenterCrop(224) on uint8; normalised; classical PIL path
  crop FILE SIZE U8.bin N draws... TOP LEFT H W  v2 RandomResizedCrop(SIZE) with the numbers that it drew
All arrays are HWC.
"""
import oracle  # before torch
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import torch
import torchvision
from PIL import Image, ImageOps, features
from torchvision import transforms as v1
from torchvision.transforms import v2

import picture_kinds

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(7)
manifest = [f"# torch {torch.__version__} torchvision {torchvision.__version__} Pillow {Image.__version__} "
            f"libjpeg-turbo {features.version('libjpeg_turbo')} webp {features.version('webp')}"]


def scene(width, height):
    """Smooth shapes and some noise: like a photograph to a codec, unlike plain noise to a resizer."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [127 + 80 * np.sin(x / (5 + 3 * c) + c) * np.cos(y / (9 - 2 * c)) + rng.normal(0, 12, (height, width))
              for c in range(3)]
    image = np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)
    image[height // 3: height // 2, width // 4: width // 2] = (250, 10, 60)
    return image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_png(name, width, height, depth, colour, rows, extra=b""):
    """A PNG that Pillow cannot write: any depth and colour type, rows of packed bytes without filter."""
    body = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    (out / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
                             + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b""))


names = []


def save(name, image, **options):
    image.save(out / name, **options)
    names.append(name)


rgb = scene(317, 241)
picture = Image.fromarray(rgb)
grey = picture.convert("L")
for quality in (30, 75, 95):
    for sampling in (0, 1, 2):
        save(f"rgb_q{quality}_s{sampling}.jpg", picture, quality=quality, subsampling=sampling)
save("progressive.jpg", picture, quality=85, progressive=True)
save("optimized.jpg", picture, quality=85, optimize=True)
save("restart.jpg", picture, quality=80, restart_marker_rows=2)
save("grey.jpg", grey, quality=85)
save("grey_progressive.jpg", grey, quality=85, progressive=True)
save("cmyk.jpg", picture.convert("CMYK"), quality=90)
save("kept_rgb.jpg", picture, quality=90, keep_rgb=True)
for w, h in ((1, 1), (1, 9), (9, 1), (7, 13), (16, 16), (17, 33), (500, 375)):
    save(f"size_{w}x{h}.jpg", Image.fromarray(scene(w, h)), quality=85)
exif = Image.Exif()
exif[0x0112] = 6  # turned by 90 degrees: torchvision's loader does not turn it back
save("exif_orientation.jpg", picture, quality=85, exif=exif)

save("rgb.png", picture)
save("grey.png", grey)
save("one_bit.png", grey.convert("1"))
save("palette.png", picture.quantize(200))
save("palette_16.png", picture.quantize(16), bits=4)
save("palette_4.png", picture.quantize(4), bits=2)
save("palette_2.png", picture.quantize(2), bits=1)
save("palette_transparent.png", picture.quantize(50), transparency=3)
alpha = Image.fromarray(rng.integers(0, 256, rgb.shape[:2], dtype=np.uint8))
rgba = picture.copy()
rgba.putalpha(alpha)
save("rgba.png", rgba)
la = grey.copy()
la.putalpha(alpha)
save("grey_alpha.png", la)
save("rgb_transparent.png", picture, transparency=(250, 10, 60))
raw_png("grey_2.png", 13, 5, 2, 0, rng.integers(0, 256, (5, 4), dtype=np.uint8))
raw_png("grey_4.png", 13, 5, 4, 0, rng.integers(0, 256, (5, 7), dtype=np.uint8))
raw_png("rgb_16.png", 13, 5, 16, 2, rng.integers(0, 256, (5, 13 * 6), dtype=np.uint8))
raw_png("rgba_16.png", 13, 5, 16, 6, rng.integers(0, 256, (5, 13 * 8), dtype=np.uint8))
raw_png("grey_alpha_16.png", 13, 5, 16, 4, rng.integers(0, 256, (5, 13 * 4), dtype=np.uint8))
raw_png("grey_1_transparent.png", 13, 5, 1, 0, rng.integers(0, 256, (5, 2), dtype=np.uint8), chunk(b"tRNS", b"\0\1"))
raw_png("palette_short.png", 6, 1, 8, 3, [[0, 1, 2, 3, 200, 255]], chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60])))
names += ["grey_2.png", "grey_4.png", "rgb_16.png", "rgba_16.png", "grey_alpha_16.png", "grey_1_transparent.png",
          "palette_short.png"]
save("gamma.png", picture, pnginfo=None, icc_profile=b"not a profile")

save("lossy.webp", picture, quality=80)
save("lossy_low.webp", picture, quality=20, method=6)
save("lossless.webp", picture, lossless=True)
save("lossy_alpha.webp", rgba, quality=80)
save("lossless_alpha.webp", rgba, lossless=True)
save("lossless_alpha_exact.webp", rgba, lossless=True, exact=True)
save("odd.webp", Image.fromarray(scene(33, 17)), quality=75)


def put(name, array):
    np.ascontiguousarray(array).tofile(out / name)
    return name


def pillow(name):
    with Image.open(out / name) as image:
        return np.array(image.convert("RGB"))


for name, right in [(name, None) for name in names] + picture_kinds.write(out, rgb):
    array = pillow(name) if right is None else right
    manifest.append(f"picture {name} {array.shape[1]} {array.shape[0]} {put(name + '.rgb.bin', array)} "
                    f"{name.rsplit('.')[-1]}")

for kind in ("jpg", "png", "webp"):
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a maker"
        name = f"turned_{orientation}.{kind}"
        Image.fromarray(scene(31, 22)).save(out / name, exif=exif)
        with Image.open(out / name) as image:
            array = np.array(ImageOps.exif_transpose(image).convert("RGB"))
        manifest.append(f"upright {name} {array.shape[1]} {array.shape[0]} {put(name + '.upright.bin', array)} {kind}")

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
sizes = [(500, 375), (375, 500), (300, 300), (256, 256), (224, 640), (1000, 301), (60, 45), (257, 255), (1, 9), (9, 1),
         (225, 224), (333, 100), (640, 427), (239, 240)]
for w, h in sizes:
    name = f"scene_{w}x{h}.png"
    Image.fromarray(scene(w, h)).save(out / name)
    tensor = torch.from_numpy(pillow(name)).permute(2, 0, 1)  # channels last, as torchvision's decoders give it
    if max(w, h) / min(w, h) < 8:
        small = v2.Compose([v2.Resize(256, antialias=True), v2.CenterCrop(224)])(tensor)
        floats = v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)])(small)
        classical = v1.Compose([v1.Resize(256), v1.CenterCrop(224), v1.ToTensor(), v1.Normalize(mean, std)])
        with Image.open(out / name) as image:
            pil = classical(image.convert("RGB"))
        manifest.append(" ".join(["eval", name, put(name + ".eval_u8.bin", small.permute(1, 2, 0).numpy()),
                                  put(name + ".eval_f32.bin", floats.permute(1, 2, 0).numpy()),
                                  put(name + ".eval_pil.bin", pil.permute(1, 2, 0).numpy())]))
    # RandomResizedCrop with every number it draws, in order, through torch's own functions.
    drawn = []
    uniform, randint = torch.Tensor.uniform_, torch.randint

    def spy_uniform(self, *args, **kwargs):
        result = uniform(self, *args, **kwargs)
        drawn.append(float(self.item()))
        return result

    def spy_randint(*args, **kwargs):
        result = randint(*args, **kwargs)
        drawn.append(float(result.item()))
        return result

    for seed in range(12):
        torch.manual_seed(1000 + seed)
        drawn.clear()
        size = 224 if seed % 2 == 0 else 65
        # A few with hard limits, so that tries are thrown away and the central fallback is reached.
        limits = dict(scale=(0.9, 1.0), ratio=(1.3, 1.4)) if seed >= 9 else {}
        transform = v2.RandomResizedCrop(size, antialias=True, **limits)
        torch.Tensor.uniform_, torch.randint = spy_uniform, spy_randint
        try:
            params = transform.make_params([tensor])
        finally:
            torch.Tensor.uniform_, torch.randint = uniform, randint
        if params["height"] < 1 or params["width"] < 1:
            continue  # torchvision itself would fail on that box
        result = transform.transform(tensor, params)
        bin_name = put(f"{name}.crop{seed}.bin", result.permute(1, 2, 0).numpy())
        manifest.append(" ".join(["crop", name, str(size), bin_name, "hard" if limits else "usual", str(len(drawn))] +
                                 [repr(x) for x in drawn] +
                                 [str(params[k]) for k in ("top", "left", "height", "width")]))

(out / "manifest.txt").write_text("\n".join(manifest) + "\n")
print(manifest[0])
print(len(manifest) - 1, "records in", out)
