# needs: test_python test_python_training test_python_curves test_python_rules test_python_groups test_python_wires test_scripts
"""The scripts that recipes write do what the engine does.   usage: check_python.py DIR

DIR/*.list names them, one a line with what it is (twin.hpp). A twin was trained by tuneit for ten steps in double
precision: here NAME.py does the same from the same tensors and batches, and what is frozen must be the same to the bit. Of
a curve the functions rate and momentum are asked at every step; a start must only load; a run must only run. All scripts are in this one process.
"""

import oracle  # before torch
import contextlib
import io
import math
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file

TOLERANCE = 1e-9  # of the largest number of a tensor
directory = pathlib.Path(sys.argv[1])
torch.set_num_threads(1)


def load(name):
    path = directory / (name + ".py")
    script = {"__name__": name}
    exec(compile(path.read_text(), path, "exec"), script)
    return script


def run(script, *arguments):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        script["main"](list(arguments))
    return text.getvalue()


def twin(name):
    """The largest relative difference of a tensor, and where it is."""
    files = {what: f"{directory}/{name}.{what}.safetensors" for what in ("init", "batches", "expected", "out")}
    run(load(name), "--init", files["init"], "--batches", files["batches"], "--out", files["out"], "--double", "--steps", "10")
    start, ours, theirs = (load_file(files[what]) for what in ("init", "expected", "out"))
    assert ours.keys() == theirs.keys(), (name, ours.keys() ^ theirs.keys())
    frozen = (directory / (name + ".frozen")).read_text().split()
    worst = (0.0, "")
    for key, expected in ours.items():
        assert theirs[key].dtype == expected.dtype and theirs[key].shape == expected.shape, (name, key)
        if key in frozen or not expected.is_floating_point():
            assert torch.equal(theirs[key], expected), (name, key)
        else:
            assert not torch.equal(theirs[key], start[key]), (name, key, "did not move")
            worst = max(worst, ((theirs[key] - expected).abs().max().item() / expected.abs().max().item(), key))
        assert key not in frozen or torch.equal(theirs[key], start[key]), (name, key)
    return worst[0], f"{worst[1]}, {len(frozen)} of {len(ours)} tensors frozen"


def curve(name):
    """The largest difference of a rate or momentum, relative to the largest one."""
    script = load(name)
    rows = [[float(x) for x in line.split()] for line in (directory / (name + ".curve")).read_text().splitlines()]
    assert rows, name
    most = max(row[2] for row in rows)
    first = script["BETAS"][0] if "BETAS" in script else script.get("MOMENTUM")
    worst, moved = 0.0, "momentum" in script
    for spe, step, rate, momentum in rows:
        theirs = script["rate"](int(step), int(spe)) if "rate" in script else script["LR"]
        worst = max(worst, abs(theirs - rate) / most)
        if moved:
            worst = max(worst, abs(script["momentum"](int(step), int(spe)) - momentum))
        elif first is not None:
            assert momentum == first, (name, momentum)
    return worst, f"{len(rows)} steps" + (", momentum too" if moved else "")


def runs(name):
    files = {what: f"{directory}/{name}.{what}.safetensors" for what in ("weights", "batches", "out")}
    text = run(load(name), "--weights", files["weights"], "--batches", files["batches"], "--out", files["out"])
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in text.splitlines() if "loss " in line and "epoch" in line]
    start, end = load_file(files["weights"]), load_file(files["out"])
    assert losses and all(map(math.isfinite, losses)), (name, text)
    assert not torch.equal(start["a.weight"], end["a.weight"]), name
    return 0.0, f"{len(losses)} epochs"


def start(name):
    """What the script loads of a file is what tuneit loads."""
    model = load(name)
    network = model["make_model"]()
    model["load_weights"](network, f"{directory}/{name}.weights.safetensors")
    theirs, ours = network.state_dict(), load_file(f"{directory}/{name}.expected.safetensors")
    random = (directory / (name + ".random")).read_text().split()
    assert ours.keys() == theirs.keys() and random, (name, ours.keys() ^ theirs.keys())
    worst = 0.0
    for key, expected in ours.items():
        assert theirs[key].dtype == expected.dtype and theirs[key].shape == expected.shape, (name, key)
        if key not in random:
            worst = max(worst, (theirs[key] - expected).abs().max().item() / max(1e-30, expected.abs().max().item()))
    return worst if worst > 2e-7 else 0.0, f"{len(random)} of {len(ours)} tensors random"  # lengths in single precision


def names(name):
    """The network that the script makes has the tensors that tuneit has, which are shared ones once."""
    with torch.device("meta"):
        network = load(name)["make_model"]()
    theirs = {key: tuple(value.shape) for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    rows = [line.split() for line in (directory / (name + ".names")).read_text().splitlines()]
    ours = {row[0]: tuple(int(n) for n in row[1:]) for row in rows}
    assert ours == theirs, (name, ours.items() ^ theirs.items())
    return 0.0, f"{len(ours)} tensors"


lines = [line.split() for file in sorted(directory.glob("*.list")) for line in file.read_text().splitlines()]
assert len([name for kind, name in lines if kind == "twin"]) >= 20 and len({name for _, name in lines}) == len(lines), lines
far = []
for kind, name in lines:
    begin = time.time()
    difference, about = {"twin": twin, "curve": curve, "run": runs, "start": start, "names": names}[kind](name)
    print(f"{kind:5} {name:20} {difference:8.1e}  {about} ({time.time() - begin:.2f} s)")
    if not difference <= TOLERANCE:
        far.append(name)
if far:
    sys.exit(f"farther than {TOLERANCE} from the engine: {', '.join(far)}")
print(f"{len(lines)} scripts do what the engine does")
