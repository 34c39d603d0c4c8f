#!/usr/bin/env python3
"""Writes into DIR what torch.save and safetensors write today, each with NAME.expected.safetensors beside it.

Usage: io_files.py DIR.  test_io_files.cpp reads TUNEIT_PARITY_DIR/io and compares bit by bit.
"""
import oracle  # before torch
import collections
import json
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn


def main(directory: str) -> None:
    os.makedirs(directory, exist_ok=True)
    torch.manual_seed(7)
    path = lambda name: os.path.join(directory, name)

    def expect(name: str, tensors: dict) -> None:
        save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, path(name + ".expected.safetensors"))

    def both(name: str, value, tensors: dict) -> None:
        for suffix, zipped in (("zip", True), ("legacy", False)):
            torch.save(value, path(f"{name}_{suffix}.pth"), _use_new_zipfile_serialization=zipped)
            expect(f"{name}_{suffix}.pth", tensors)

    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(32, 5))
    net(torch.randn(2, 3, 4, 4))
    state = net.state_dict()
    both("state_dict", state, state)
    both("plain_dict", dict(state), state)

    kinds = {
        str(dtype).split(".")[1]: torch.randn(3, 5).mul(40).to(dtype)
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.int16, torch.int32, torch.int64)
    }
    kinds["uint8"] = torch.arange(15, dtype=torch.uint8).view(3, 5)
    kinds["bool"] = torch.rand(3, 5) > 0.5
    kinds["scalar"] = torch.tensor(12345678901)
    kinds["empty"] = torch.empty(0, 4)
    kinds["not_finite"] = torch.tensor([float("nan"), float("inf"), -0.0, 1e-42])
    both("kinds", kinds, kinds)

    unsigned = {
        "uint16": torch.tensor([0, 65535, 7]).to(torch.uint16),
        "uint32": torch.tensor([0, 4294967295, 7]).to(torch.uint32),
        "uint64": torch.tensor([0, 9223372036854775807, 7]).to(torch.uint64),
    }
    both("unsigned", unsigned, unsigned)

    parameters = collections.OrderedDict(w=nn.Parameter(torch.randn(4, 3)), b=nn.Parameter(torch.randn(4), requires_grad=False))
    both("parameters", parameters, parameters)

    base = torch.arange(120, dtype=torch.float32).view(2, 3, 4, 5)
    views = {
        "base": base,
        "transposed": base.transpose(1, 3),
        "permuted": base.permute(3, 1, 0, 2),
        "row": base[1, 2],
        "column": base[:, :, :, 3],
        "every_other": base[:, ::2, 1::2, ::3],
        "expanded": base[0, 0, 0, :1].expand(4, 6),
        "channels_last": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    }
    both("views", views, views)

    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    net(torch.randn(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    state = {k: v.clone() for k, v in net.state_dict().items()}
    checkpoint = {
        "epoch": 17, "best": 0.9375, "arch": "tiny \u00fc", "nothing": None, "flag": True, "history": [1, 2.5, "x", [3, (4, 5)]],
        "big": 2**90, "negative": -(2**40), "size": torch.Size([1, 2]), "device": torch.device("cpu"), "dtype": torch.float32,
        "optimizer": optimizer.state_dict(), "rng": [torch.get_rng_state()], "labels": {1, 2}, "deep": {"a": {"b": {"c": 1}}},
    }
    for key in ("state_dict", "model", "model_state_dict", "module", "net", "my_own_name"):
        both("nested_" + key, {**checkpoint, key: state}, state)
    both("nested_usual_and_ema", {"ema": {k: v * 2 for k, v in state.items() if v.is_floating_point()}, "model": state}, state)

    # In parts, as transformers' save_pretrained writes them: names and index are those of huggingface_hub.
    for stem, pattern, write in (
        ("model.safetensors", "model-{:05}-of-{:05}.safetensors", lambda t, p: save_file(t, p, metadata={"format": "pt"})),
        ("pytorch_model.bin", "pytorch_model-{:05}-of-{:05}.bin", torch.save),
    ):
        parts = [dict(list(kinds.items())[i::3]) for i in range(3)]
        files = [pattern.format(i + 1, len(parts)) for i in range(len(parts))]
        for part, file in zip(parts, files):
            write({k: v.contiguous() for k, v in part.items()}, path(file))
        index = {
            "metadata": {"total_size": sum(v.numel() * v.element_size() for v in kinds.values())},
            "weight_map": {name: file for part, file in zip(parts, files) for name in part},
        }
        with open(path(stem + ".index.json"), "w") as file:
            file.write(json.dumps(index, indent=2, sort_keys=True) + "\n")
        expect(stem + ".index.json", kinds)

    save_file({k: v.contiguous() for k, v in kinds.items()}, path("kinds.safetensors"), metadata={"format": "pt", "note": "\u00e9"})
    expect("kinds.safetensors", kinds)


if __name__ == "__main__":
    main(sys.argv[1])
