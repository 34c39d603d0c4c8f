# needs:
"""tuneit-finetune as a person uses it, on pictures made here, judged by PyTorch.   usage: check_program.py DIR

The program is build/bin/tuneit-finetune, or $TUNEIT_BIN/tuneit-finetune.
"""

import oracle  # before torch
import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

import torch
import torchvision
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from torchvision.transforms import v2

directory = pathlib.Path(sys.argv[1]).resolve()
shutil.rmtree(directory, ignore_errors=True)  # a folder with a run in it is refused
directory.mkdir(parents=True)
program = pathlib.Path(os.environ.get("TUNEIT_BIN", "build/bin")) / "tuneit-finetune"
torch.manual_seed(0)
random.seed(0)


def run(*arguments, status=0):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=directory,
                          env=oracle.outside)
    if done.returncode != status:
        sys.exit(f"{arguments}\nexit status {done.returncode}, expected {status}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


# --- pictures: discs and squares, in colours and sizes of all kinds; grey ones and all three formats among them
data = directory / "pictures"
for part, count in (("train", 24), ("test", 7)):
    for kind in ("disc", "square"):
        folder = data / part / kind
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(count):
            w, h = random.randint(90, 140), random.randint(90, 140)
            colour = tuple(random.randrange(256) for _ in range(3))
            image = Image.new("RGB", (w, h), tuple(255 - c for c in colour))
            box = (20, 20, 70, 70)
            draw = ImageDraw.Draw(image)
            (draw.ellipse if kind == "disc" else draw.rectangle)(box, fill=colour)
            if i % 4 == 1:
                image = image.convert("L")
            image.save(folder / f"p{i}.{('png', 'jpg', 'webp')[i % 3]}")

model = torchvision.models.resnet18(num_classes=2)
save_file(model.state_dict(), directory / "start.safetensors")
torch.save({"state_dict": {"module." + k: v for k, v in model.state_dict().items()}}, directory / "prefixed.pth")
common = ["--model", "resnet18", "--data", data, "--threads", "2", "--image-size", "64", "--precision", "fp32"]

# --- the plan alone
plan = run(*common, "--weights", "start.safetensors", "--freeze", "3", "--lr", "1e-3", "--dry-run", "--out", "dry")
assert "trains 10,494,466 of 11,177,538 parameters" in plan and "layer2" in plan and "0.01" in plan, plan
assert not (directory / "dry").exists(), "--dry-run must leave nothing"

# --- the PyTorch script of the recipe that the options chose: it reads the same pictures and the same weights
wanted = ["--freeze", "3", "--optimizer", "sgd", "--epochs", "2", "--batch-size", "16", "--warmup-epochs", "0.5"]
run(*common, *wanted, "--emit-python", "twin.py")
script = run(*common, *wanted, "--emit-python")
assert script == (directory / "twin.py").read_text() and "resnet18()" in script and "EPOCHS = 2" in script, script
done = subprocess.run([sys.executable, "twin.py", "--data", data, "--weights", "start.safetensors", "--out", "twin.safetensors"],
                      capture_output=True, text=True, cwd=directory)
assert done.returncode == 0 and "epoch 2: loss" in done.stdout and "accuracy" in done.stdout, done.stdout + done.stderr
twin = load_file(directory / "twin.safetensors")
for name, value in model.state_dict().items():
    frozen = name.startswith(("conv1.", "bn1.", "layer1.", "layer2."))
    assert name.startswith("fc.") or torch.equal(twin[name], value) == frozen, name

# --- the programs of the examples
examples = pathlib.Path(program).parent
done = subprocess.run([examples / "05_own_program", "--data", data, "--weights", "start.safetensors", "--image-size", "64",
                       "--threads", "2", "--phase-1-epochs", "1", "--phase-2-epochs", "2", "--lr-scale", "5", "--out", "own"],
                      capture_output=True, text=True, cwd=directory, env=oracle.outside)
assert done.returncode == 0 and "Phase 2 of 2, epochs 2 to 3" in done.stdout and "lr-scale now 5" not in done.stdout, (
    done.stdout + done.stderr)
result = json.loads((directory / "own" / "result.json").read_text())
assert len(result["history"]) == 3 and result["settings"]["lr-scale"] == 5 and "lr-scale 5" in result["training"], result
done = subprocess.run([examples / "05_own_program", "--data", data, "--weights", "start.safetensors", "--lr-scale", "-1"],
                      capture_output=True, text=True, cwd=directory, env=oracle.outside)
assert done.returncode == 2 and "lr-scale" in done.stderr and "more than 0" in done.stderr, done.stdout + done.stderr
done = subprocess.run([examples / "02_finetune_folder", data, "start.safetensors"], capture_output=True, text=True,
                      cwd=directory, env=oracle.outside)
assert done.returncode == 0 and "epoch 2: validation accuracy" in done.stdout, done.stdout + done.stderr

# --- a training
options = ["--weights", "start.safetensors", "--epochs", "2", "--batch-size", "16", "--freeze", "2", "--seed", "3"]
text = run(*common, *options, "--out", "run", "--logits", "trained.csv")
result = json.loads((directory / "run/result.json").read_text())
for key in ("test_accuracy", "best_test_accuracy", "best_epoch", "train_images_per_second", "train_seconds", "seed", "recipe"):
    assert key in result, key
assert result["seed"] == 3 and "Freeze<Layers<0, 2>>" in result["recipe"], result
assert [e["train_images"] for e in result["history"]] == [48, 48] and result["history"][0]["test_images"] == 14
assert result["test_accuracy"] == result["history"][-1]["test_accuracy"]
assert result["best_test_accuracy"] == max(e["test_accuracy"] for e in result["history"])
assert 1 <= result["best_epoch"] <= 2 and "disc" in text and "model.safetensors" in text
rows = list(csv.DictReader((directory / "run/log.csv").open()))
assert [int(r["epoch"]) for r in rows] == [1, 2]
assert abs(float(rows[1]["test_accuracy"]) - result["test_accuracy"]) < 1e-6

# a second run in its folder is refused, and removes nothing
error = run(*common, *options, "--out", "run", status=2)
assert "has a run already" in error and "'run-2' is free" in error and "--overwrite" in error, error
assert json.loads((directory / "run/result.json").read_text()) == result and result["ended"] == "complete"

# frozen blocks are those of the start, bit for bit; the others moved
trained = load_file(directory / "run/model.safetensors")
for name, value in model.state_dict().items():
    frozen = name.startswith(("conv1.", "bn1.", "layer1."))
    assert torch.equal(trained[name], value) == frozen, name

# --- the model in Python: strict loading, the same logits for the same files, read and transformed by torchvision
model.load_state_dict(trained, strict=True)
model.eval()
transform = v2.Compose(
    [
        v2.PILToTensor(),
        v2.Resize(73, antialias=True),  # 64 * 256 / 224
        v2.CenterCrop(64),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)


def compare(file):
    rows = list(csv.DictReader((directory / file).open()))
    assert len(rows) == 14
    worst = 0.0
    with torch.no_grad():
        for row in rows:
            theirs = model(transform(Image.open(row["path"]).convert("RGB"))[None])[0]
            ours = torch.tensor([float(row["logit_0"]), float(row["logit_1"])])
            worst = max(worst, ((ours - theirs).abs().max() / theirs.abs().max()).item())
            assert row["label"] in row["path"]
    print(file, "largest relative difference of logits, from file to logits:", worst)
    assert worst <= 1e-4, worst
    return rows


rows = compare("trained.csv")
hits = sum((float(r["logit_1"]) > float(r["logit_0"])) == (r["label"] == "square") for r in rows)
assert abs(hits / 14 - result["test_accuracy"]) < 1e-9, (hits, result["test_accuracy"])

text = run(*common, "--weights", "run/model.safetensors", "--evaluate", "--logits", "evaluated.csv")
compare("evaluated.csv")
assert f"{100 * result['test_accuracy']:.2f}" in text, text

# --- a prefix is stripped when asked only, and the checkpoint's state dict is found
error = run(*common, "--weights", "prefixed.pth", "--evaluate", status=3)
assert "--strip-prefix module." in error, error
run(*common, "--weights", "prefixed.pth", "--strip-prefix", "module.", "--evaluate")

# --- the same seed gives the same weights, another seed others, also from scratch
for out, seed in (("s1", 1), ("s2", 1), ("s3", 2)):
    run(*common, "--scratch", "--epochs", "1", "--batch-size", "16", "--seed", seed, "--out", out, "--workers", seed)
weights = {out: load_file(directory / out / "model.safetensors") for out in ("s1", "s2", "s3")}
assert all(torch.equal(weights["s1"][k], weights["s2"][k]) for k in weights["s1"])
assert not torch.equal(weights["s1"]["conv1.weight"], weights["s3"]["conv1.weight"])

# --- bfloat16, SGD, a schedule, no augmentation
run(*common, "--weights", "start.safetensors", "--epochs", "1", "--precision", "bf16", "--optimizer", "sgd", "--schedule",
    "step", "--no-augment", "--freeze", "backbone", "--out", "bf16")

# --- mistakes: the status says which kind, the words say where and how to mend it
for arguments, status, words in (
    (["--data", "nowhere", "--weights", "start.safetensors"], 2, "'nowhere'"),
    (["--data", data], 2, "--scratch"),
    (["--data", data, "--scratch", "--freeze", "2"], 2, "random"),
    (["--data", data, "--weights", "start.safetensors", "--freeze", "6"], 2, "backbone"),
    (["--data", data, "--weights", "start.safetensors", "--freeze", "some"], 2, "some"),
    (["--data", data, "--weights", "start.safetensors", "--model", "resnet19"], 2, "resnet18"),
    (["--data", data, "--weights", "start.safetensors", "--epochs", "0"], 2, "epochs"),
    (["--data", data, "--weights", "absent.pth"], 6, "absent.pth"),
    (["--data", data, "--weights", "start.safetensors", "--model", "resnet50"], 3, "23 tensors have another shape"),
):
    error = run(*arguments, status=status)
    assert words in error and len(error) < 4000, (arguments, error)

broken = directory / "broken"
for kind in ("disc", "square"):
    (broken / kind).mkdir(parents=True, exist_ok=True)
    for i in range(4):
        (broken / kind / f"{i}.png").write_bytes((data / "train" / kind / "p0.png").read_bytes())
(broken / "disc" / "2.png").write_bytes((data / "train" / "disc" / "p0.png").read_bytes()[:200])
error = run("--data", broken, "--weights", "start.safetensors", "--image-size", "64", "--epochs", "1", "--out", "b", status=4)
assert "2.png" in error, error
text = run("--data", broken, "--weights", "start.safetensors", "--image-size", "64", "--epochs", "1", "--out", "b", "--skip-at-most", "1")
assert "because they cannot be read: 1 picture" in text and "2.png" in text.split("cannot be read")[1], text
print("all good")
