#!/usr/bin/env python3
# needs: test_io_files
"""Loads with Python what test_io_files.cpp wrote: DIR/written_NAME.safetensors must equal DIR/NAME.expected.safetensors.

Usage: check_io.py DIR.  Exit status 1 at the first difference or if nothing was written.
"""
import oracle  # before torch
import glob
import os
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file


def main(directory: str) -> None:
    written = sorted(glob.glob(os.path.join(directory, "written_*.safetensors")))
    if not written:
        sys.exit(f"no written_*.safetensors in {directory}: run the C++ parity test first")
    for path in written:
        name = os.path.basename(path)[len("written_"):-len(".safetensors")]
        ours, expected = load_file(path), load_file(os.path.join(directory, name + ".expected.safetensors"))
        with safe_open(path, "pt") as file:
            if file.metadata().get("format") != "pt":
                sys.exit(f"{path}: metadata lacks format = pt")
        with open(path, "rb") as file:
            if (8 + int.from_bytes(file.read(8), "little")) % 64:
                sys.exit(f"{path}: the data do not begin at a multiple of 64")
        if ours.keys() != expected.keys():
            sys.exit(f"{path}: names differ: {ours.keys() ^ expected.keys()}")
        for key, value in expected.items():
            same = ours[key].dtype == value.dtype and ours[key].shape == value.shape
            if not same or not torch.equal(ours[key].reshape(-1).view(torch.uint8), value.reshape(-1).view(torch.uint8)):
                sys.exit(f"{path}: tensor {key} differs")
    print(f"{len(written)} files written by tuneit load in Python bit by bit")


if __name__ == "__main__":
    main(sys.argv[1])
