# needs: test_python
"""The scripts that recipes write end where the engine ends.   usage: check_python.py DIR

Each NAME in DIR/*.list was trained by tuneit for ten steps in double precision (twin.hpp). Here its script NAME.py does
the same from the same tensors and batches, all scripts in this one process. What is frozen must be the same to the bit.
"""

import contextlib
import io
import pathlib
import sys
import time

import torch
from safetensors.torch import load_file

TOLERANCE = 1e-9  # of the largest number of a tensor
directory = pathlib.Path(sys.argv[1])
torch.set_num_threads(1)


def compare(name):
    """The largest relative difference of a tensor, and how many are frozen."""
    path = directory / name
    script = {"__name__": name}
    exec(compile(path.with_suffix(".py").read_text(), path.with_suffix(".py"), "exec"), script)
    files = {what: f"{path}.{what}.safetensors" for what in ("init", "batches", "expected", "out")}
    arguments = ["--init", files["init"], "--batches", files["batches"], "--out", files["out"], "--double", "--steps", "10"]
    with contextlib.redirect_stdout(io.StringIO()):
        script["main"](arguments)
    start, ours, theirs = (load_file(files[what]) for what in ("init", "expected", "out"))
    assert ours.keys() == theirs.keys(), (name, ours.keys() ^ theirs.keys())
    frozen = pathlib.Path(f"{path}.frozen").read_text().split()
    worst = (0.0, "")
    for key, expected in ours.items():
        assert theirs[key].dtype == expected.dtype and theirs[key].shape == expected.shape, (name, key)
        if key in frozen or not expected.is_floating_point():
            assert torch.equal(theirs[key], expected), (name, key)
        else:
            assert not torch.equal(theirs[key], start[key]), (name, key, "did not move")
            scale = expected.abs().max().item()
            worst = max(worst, ((theirs[key] - expected).abs().max().item() / scale, key))
        assert key not in frozen or torch.equal(theirs[key], start[key]), (name, key)
    return *worst, len(frozen)


names = [name for file in sorted(directory.glob("*.list")) for name in file.read_text().split()]
assert len(names) >= 20 and len(set(names)) == len(names), names
far = []
for name in names:
    begin = time.time()
    difference, key, frozen = compare(name)
    print(f"{name:20} {difference:8.1e} {key:28} {frozen:3} frozen, {time.time() - begin:.2f} s")
    if not difference <= TOLERANCE:
        far.append(name)
if far:
    sys.exit(f"farther than {TOLERANCE} from the engine: {', '.join(far)}")
print(f"{len(names)} scripts end where the engine ends")
