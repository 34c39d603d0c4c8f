#!/usr/bin/env python3
"""In how many files of include/ must one look for a thing? Each of ours is named where it is described, where it runs, and
nowhere else: who plans or judges asks for members and effects.

usage: places.py [INCLUDE]       fails where a thing is named in more files than it may be

A file names a thing where its code has the word; comments and words in quotes are apart (sentences name examples). Not
counted are the export to Python, which writes everything once more, umbrellas, which only include, and what uses the words
as a person would: recipe/named/, and models/ where layers are counted. The files of weights have a registry of their own,
one line for each (io/download/registry.hpp), in quotes: that a model has one is asked apart.
"""

import pathlib
import re
import sys

top = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "include") / "tuneit"

# {thing: at most so many files}
policies = dict.fromkeys("Ema L2Sp ClipNorm ClipValue EarlyStop Mixup CutMix MixupOrCutMix Sam Swa RDrop Fgm FreeLb Mixout".split(), 2)
policies["EarlyStop"] = 3  # and where Patience, which Plateau has, too, says whose option it is
models = dict.fromkeys("MobileNetV2 EfficientNetLite0 ResNet18 Vgg16 TinyNet".split(), 1)
losses = dict.fromkeys("BinaryCrossEntropy Focal MeanSquaredError Huber SmoothL1 Dice".split(), 2)
optimizers = dict.fromkeys("Adagrad RmsProp Lion Lamb Adafactor".split(), 2)
# Still spread over interpreters, programs and tables: the bound is what it is today, and can only fall. It shall be 2 for
# each: one file that describes it and one that runs it.
layers = {"MaxPool2d": 6, "GlobalAvgPool": 5, "Dropout": 5, "BatchNorm2d": 7}
registered = {"MobileNetV2": "mobilenet-v2", "ResNet18": "resnet18"}  # a model, and how its files are called

umbrella = re.compile(r"\A(\s*#[^\n]*\n|\s*\n)*\Z")


def code(path):
    """Its text without comments and words in quotes."""
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', path.read_text())
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


texts = {path.relative_to(top): code(path) for path in sorted(top.rglob("*.hpp"))}
texts = {path: text for path, text in texts.items() if path.parts[0] != "export" and not umbrella.match(text)}


def places(thing, apart):
    return [str(p) for p, text in texts.items() if not str(p).startswith(apart) and re.search(rf"\b{thing}\b", text)]


wrong, fallen = [], []
for bounds, apart in (
    (policies, ("recipe/named/",)),
    (models, ()),
    (losses, ("recipe/named/",)),
    (optimizers, ("recipe/named/",)),
    (layers, ("models/", "recipe/named/")),
):
    for thing, most in bounds.items():
        found = places(thing, apart)
        if not found:
            wrong.append(f"{thing} is nowhere: what is it called now?")
        if len(found) > most:
            wrong.append(f"{thing} is named in {len(found)} files, at most {most} are allowed: {' '.join(found)}")
        if len(found) < most:
            fallen.append(f"{thing} is in {len(found)} files: its bound here can be {len(found)}, not {most}")
registry = (top / "io/download/registry.hpp").read_text()
for thing, name in registered.items():
    if not re.search(rf'"{name}-v\d"', registry):
        wrong.append(f"{thing} has no line in io/download/registry.hpp ({name})")
if wrong:
    sys.exit("\n".join(wrong))
print("\n".join([*fallen, f"{len(policies)} policies in two files each, {len(models)} models in one"]))
