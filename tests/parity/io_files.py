#!/usr/bin/env python3
"""Writes into DIR what torch.save and safetensors write today, each with NAME.expected.safetensors beside it.

Usage: io_files.py DIR.  test_io_files.cpp reads TUNEIT_PARITY_DIR/io and compares bit by bit.
"""
import oracle  # before torch

import argparse
import collections
import dataclasses
import datetime
import enum
import fractions
import functools
import json
import os
import pathlib
import sys

import numpy
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel
from torchvision import tv_tensors

Colour = enum.Enum("Colour", "RED GREEN")
Flags = enum.Flag("Flags", "A B")
Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Config:
    width: int
    name: str


class Slots:
    __slots__ = ("a",)

    def __init__(self):
        self.a = 1


class MyDict(collections.OrderedDict):
    pass


class MyList(list):
    pass


class MyText(str):
    pass


def lightning_checkpoint(path, expect) -> None:
    """A module whose loss and metric have tensors of their own, trained for a step and saved by Lightning."""
    import lightning
    from lightning.pytorch.callbacks import ModelCheckpoint

    class Module(lightning.LightningModule):
        def __init__(self, rate=0.1, where=pathlib.PosixPath("/data")):
            super().__init__()
            self.save_hyperparameters()
            self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
            self.criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.2]))

        def training_step(self, batch, _):
            loss = self.criterion(self.model(batch[0]), batch[1])
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=self.hparams.rate)

    data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(8, 3), torch.ones(8, 1)), batch_size=4)
    module = Module()
    folder = os.path.dirname(path)
    trainer = lightning.Trainer(
        max_epochs=1, logger=False, enable_progress_bar=False, enable_model_summary=False, accelerator="cpu", default_root_dir=folder,
        callbacks=[ModelCheckpoint(dirpath=os.path.join(folder, "lightning"), monitor="loss", save_last=True)],
    )
    trainer.fit(module, data)
    trainer.save_checkpoint(path)
    expect(os.path.basename(path), module.state_dict())


def timm_checkpoint(path, expect) -> None:
    """What timm's train.py leaves: timm.utils.CheckpointSaver with an average of the weights and the script's options."""
    import timm
    from timm.utils import CheckpointSaver, ModelEmaV3

    model = timm.create_model("resnet18", num_classes=3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    args = argparse.Namespace(model="resnet18", opt="sgd", lr=0.1, betas=(0.9, 0.999))
    saver = CheckpointSaver(model, optimizer, args=args, model_ema=ModelEmaV3(model), checkpoint_dir=os.path.dirname(path))
    saver._save(path, epoch=1, metric=0.5)
    expect(os.path.basename(path), model.state_dict())


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

    # What training programs leave beside the weights, in every protocol of pickle. None of it may be imported or run to
    # read them: the classes of this very file are not there when tuneit reads.
    beside = {
        "args": argparse.Namespace(lr=0.1, data=pathlib.PosixPath("/data/x"), nested=argparse.Namespace(a=[1, (2, None)])),
        "numpy": {"scalar": numpy.float32(1.5), "array": numpy.arange(7), "rng": numpy.random.get_state(), "dtype": numpy.dtype("f4")},
        "when": [datetime.datetime(2024, 5, 6), datetime.timedelta(1), datetime.date(2024, 5, 6), datetime.timezone.utc],
        "counts": collections.Counter("abca"), "of_lists": collections.defaultdict(list, a=[1]), "deque": collections.deque([1, 2]),
        "function": functools.partial(torch.nn.functional.relu, inplace=True), "builtin": len, "class": torch.optim.AdamW,
        "enum": Colour.RED, "flags": Flags.A | Flags.B, "data": Config(3, "x"), "named": Point(1, 2), "slots": Slots(),
        "set": {1, 2}, "frozen": frozenset([1]), "bytes": b"\x00\xff" * 300, "array": bytearray(b"xyz"), "complex": 1 + 2j,
        "range": range(3), "slice": slice(1, 2), "ellipsis": ..., "long": 2**3000, "long_text": "\u00fc" * 300,
        "surrogate": "half \udcff", "error": ValueError("x"), "list": MyList([1, 2]), "string": MyText("t"), "fraction": fractions.Fraction(1, 3),
        "complex_tensor": torch.randn(3, dtype=torch.complex64), "subclass": tv_tensors.Image(torch.zeros(1, 2, 2)),
        "quantised": torch.quantize_per_tensor(torch.randn(4), 0.1, 0, torch.qint8), "sparse": torch.eye(3).to_sparse(),
        "generator_state": torch.Generator().get_state(), "layout": torch.strided,
    }
    own = MyDict(state)
    own.note = "an attribute"
    recursive = []
    recursive.append((recursive,))
    attributes = {k: v.clone() for k, v in state.items()}
    for tensor in attributes.values():
        tensor.my_note = "x"
    for protocol in (2, 3, 4, 5):
        for suffix, zipped in (("zip", True), ("legacy", False)):
            name = f"beside_{protocol}_{suffix}.pth"
            torch.save({**beside, "model": state, "recursive": recursive}, path(name), pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
            expect(name, state)
            for kind, value in (("own_class", {"args": beside["args"], "state_dict": own}), ("attributes", attributes)):
                name = f"{kind}_{protocol}_{suffix}.pth"
                torch.save(value, path(name), pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
                expect(name, state)

    # The tools themselves.
    averaged = AveragedModel(net)
    averaged.update_parameters(net)
    both("averaged", averaged.state_dict(), averaged.state_dict())
    both("data_parallel", {"net": nn.DataParallel(net).state_dict(), "args": beside["args"]}, nn.DataParallel(net).state_dict())
    lightning_checkpoint(path("lightning.ckpt"), expect)
    timm_checkpoint(path("timm.pth.tar"), expect)

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
