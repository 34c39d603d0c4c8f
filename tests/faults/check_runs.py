"""What is left of a run that is told to stop, killed, or meets a full disk?   usage: check_runs.py PROGRAM

PROGRAM is small_program.cpp. Only Python's own library is needed. As root also disks that are too small or read-only.
"""

import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

program = pathlib.Path(sys.argv[1]).resolve()
work = pathlib.Path(tempfile.mkdtemp(prefix="check-runs-"))
os.chdir(work)
random.seed(7)


def write_png(path, seed, red, side=24):
    rng = random.Random(seed)
    rows = b"".join(b"\0" + bytes(rng.randrange(40) + (200 if (c == 0) == red else 60) for _ in range(side) for c in range(3))
                    for _ in range(side))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


for part, count in (("train", 40), ("test", 12)):
    for kind in ("grey", "red"):
        for i in range(count):
            write_png(pathlib.Path("d") / part / kind / f"{i}.png", f"{part}{kind}{i}", kind == "red")

COMMON = ["--threads", "1", "--workers", "2", "--device", "cpu", "--image-size", "32"]
TRAIN = [program, "--data", "d", "--scratch", *COMMON]
FOREVER = [*TRAIN, "--epochs", "1000000"]
RUN_FILES = {"log.csv", "result.json", "model.safetensors", "best.safetensors"}


def start(command, ignored=(), **options):
    def defaults():  # whatever the shell that runs the tests ignores
        for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(n, signal.SIG_IGN if n in ignored else signal.SIG_DFL)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(list(map(str, command)), preexec_fn=defaults, **options)


def finish(process, seconds=60):
    """Status, output, messages, and how long it took."""
    began = time.monotonic()
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"{process.args} did not end within {seconds} s")
    return process.returncode, out, err, time.monotonic() - began


def run(command, status=0, **options):
    code, out, err, _ = finish(start(command, **options))
    assert code == status, (command, code, out, err)
    return out, err


def wait_for(condition, process=None, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, finish(process)
        time.sleep(0.005)


def begun(folder):
    return (folder / "log.csv").exists() and (folder / "log.csv").stat().st_size > 0


def rows(folder):
    """The rows of log.csv, which must be whole."""
    text = (folder / "log.csv").read_text()
    assert text.endswith("\n"), text[-200:]
    lines = text.splitlines()
    assert all(line.count(",") == 8 for line in lines), lines
    assert [int(line.split(",")[0]) for line in lines[1:]] == list(range(1, len(lines))), lines
    return len(lines) - 1


def check_weights(path):
    """A whole safetensors file of finite numbers."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    ends = [t["data_offsets"][1] for name, t in header.items() if name != "__metadata__"]
    assert len(ends) == 20 and 8 + length + max(ends) == len(data), path


def check_run(folder, killed=False):
    """All that is there is whole and belongs together. Returns result.json."""
    names = {p.name for p in folder.iterdir()}
    if not killed:
        assert names <= RUN_FILES and {"log.csv", "result.json"} <= names, names
    for name in names & {"model.safetensors", "best.safetensors"}:
        check_weights(folder / name)
    epochs = rows(folder) if begun(folder) else 0
    if "result.json" not in names:
        return None
    result = json.loads((folder / "result.json").read_text())
    if killed:
        assert len(result["history"]) <= epochs and result["ended"] is None, result["ended"]
        assert result["best_epoch"] == 0 or "best.safetensors" in names
    else:
        assert len(result["history"]) == epochs, (len(result["history"]), epochs)
        assert (result["best_epoch"] > 0) == ("best.safetensors" in names) == (epochs > 0), (result["best_epoch"], names)
    return result


def fresh(name):
    shutil.rmtree(name, ignore_errors=True)
    return pathlib.Path(name)


def done(what):
    print(what, flush=True)


# --- a training that goes well
out = fresh("good")
text, _ = run([*TRAIN, "--out", out])
result = check_run(out)
assert result["ended"] == "complete" and len(result["history"]) == 3 and result["test_figures"], result
assert {p.name for p in out.iterdir()} == RUN_FILES
done("complete")

# --- a run is there already: refused with another name and --overwrite, which mixes nothing
before = {p.name: p.read_bytes() for p in out.iterdir()}
for more in ([], ["--lr", "1e30"]):
    text, error = run([*TRAIN, "--out", f"{out}/", *more], status=2)
    assert "has a run already (log.csv, result.json" in error and "'good-2' is free" in error and "--overwrite" in error, error
    assert "Data:" not in text and {p.name: p.read_bytes() for p in out.iterdir()} == before
(out / "mine.txt").write_text("mine")
(out / ".best.safetensors.12-3.tmp").write_text("left by a kill")
(out / ".best.safetensors.mine.tmp").write_text("not")
_, error = run([*TRAIN, "--out", out, "--overwrite", "--data", "absent"], status=2)
assert all((out / name).read_bytes() == data for name, data in before.items()), "a run that does not begin removes nothing"
_, error = run([program, "--data", "d", *COMMON, "--weights", out / "best.safetensors", "--out", out, "--overwrite"], status=2)
assert "would remove 'good/best.safetensors'" in error, error
flat = pathlib.Path("flat")
shutil.copytree("d/train", flat)
run([*TRAIN, "--out", out, "--overwrite", "--data", flat, "--test-fraction", "0"])
assert {p.name for p in out.iterdir()} == {"log.csv", "result.json", "model.safetensors", "mine.txt", ".best.safetensors.mine.tmp"}
assert json.loads((out / "result.json").read_text())["best_epoch"] == 0
done("a run is there already")

# --- two at once
out = fresh("two")
first = start([*FOREVER, "--out", out])
wait_for(lambda: begun(out), first)
for more in ([], ["--overwrite"]):
    _, error = run([*TRAIN, "--out", out, *more], status=6)
    assert "another run is writing to 'two'" in error and "'two-2' is free" in error, error
first.terminate()
assert finish(first)[0] == 75
check_run(out)
done("two at once")

# --- places that will not do: said before anything is read, and nothing is left
(work / "file").write_text("")
for name in ("model.safetensors", "log.csv"):
    (work / f"dir-{name}" / name).mkdir(parents=True)
table = work / "t.csv"
table.write_text("path,label\n" + "".join(f"d/train/{k}/{i}.png,{k}\n" for k in ("red", "grey") for i in range(20)))
for more, status, words in (
    (["--out", "o", "--logits", "nowhere/x.csv"], 6, "--logits: 'nowhere/x.csv' cannot be written: No such file"),
    (["--out", "o", "--logits", "dir-log.csv"], 6, "--logits: 'dir-log.csv' cannot be written: it is a directory"),
    (["--out", "o", "--logits", "/dev/null"], 6, "not a regular file"),
    (["--out", "o", "--logits", "o/log.csv"], 2, "is a file of the run itself"),
    (["--out", "o", "--logits", "t.csv", "--data", "t.csv"], 2, "would replace 't.csv', which is read"),
    (["--emit-python", "nowhere/x.py"], 6, "--emit-python: 'nowhere/x.py'"),
    (["--show-data", "nowhere/x.png"], 6, "--show-data: 'nowhere/x.png'"),
    (["--out", "file"], 6, "there is a file of this name"),
    (["--out", "file/o"], 6, "Not a directory"),
    (["--out", "/proc/o"], 6, "cannot make the folder '/proc/o'"),
    (["--out", "dir-model.safetensors"], 6, "'dir-model.safetensors/model.safetensors' is a directory"),
    (["--out", "dir-log.csv"], 6, "'dir-log.csv/log.csv' is a directory"),
    (["--out", "o/p", "--data", "absent"], 2, "absent"),
):
    text, error = run([*TRAIN, *more], status=status)
    assert words in error and "Data:" not in text, (more, text, error)
    assert not os.path.exists("o"), more
assert table.read_text().startswith("path,label")
_, error = run([*TRAIN, "--out", "o", "--data", flat, "--test-fraction", "0", "--logits", "l.csv"], status=2)
assert "there are none" in error and not os.path.exists("o"), error
done("places that will not do")

# --- told to stop at any moment
trained = 0
for i in range(30):
    number = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3]
    out = fresh("stop")
    process = start([*FOREVER, "--out", out, "--workers", i % 4, "--check-data"])
    if i % 2:
        wait_for(lambda: begun(out), process)
        time.sleep(random.uniform(0, 0.6))
    else:
        time.sleep(random.uniform(0, 1.0))
    if process.poll() is None and i < 2:
        wait_for(lambda: begun(out), process)
    process.send_signal(number)
    code, text, error, seconds = finish(process, 30)
    if code == -number and not text:
        continue  # before the program could say anything about it: it was still being loaded
    assert code == 75 and seconds < 20, (i, code, seconds, text, error)
    assert f"stopped by {number.name}" in error, error
    if out.exists():
        trained += 1
        result = check_run(out)
        assert result["ended"].startswith(f"interrupted by {number.name} in epoch {len(result['history']) + 1} of"), result["ended"]
        assert (out / "model.safetensors").exists() and f"Kept in 'stop'" in error, error
    else:
        assert "before anything was trained" in error or "Nothing was trained yet" in error, error
assert trained >= 15, trained
done(f"told to stop at any moment ({trained} of 30 in the training)")

# --- a second signal: at once, with 128 + n. The steps are long here.
at_once = set()
for i in range(30):
    number = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3]
    if number in at_once:
        continue
    out = fresh("second")
    process = start([*FOREVER, "--out", out, "--image-size", "768", "--batch-size", "8"])
    wait_for(lambda: begun(out), process)
    process.send_signal(number)
    time.sleep(0.15)
    began = time.monotonic()
    process.send_signal(number)
    code, _, _, seconds = finish(process)
    assert code in (75, 128 + number), code
    if code == 128 + number:
        assert seconds < 5, seconds
        at_once.add(number)
        check_run(out, killed=True)
        run([*TRAIN, "--out", out, "--overwrite"])
        check_run(out)
assert len(at_once) == 3, at_once
done("a second signal")

# --- what is ignored at the start stays ignored (nohup); timeout(1) sends its signal twice, which counts once
out = fresh("nohup")
process = start([*FOREVER, "--out", out], ignored=[signal.SIGHUP])
wait_for(lambda: begun(out), process)
process.send_signal(signal.SIGHUP)
epochs = rows(out)
wait_for(lambda: rows(out) > epochs + 1, process)
process.terminate()
assert finish(process)[0] == 75 and check_run(out)["ended"].startswith("interrupted by SIGTERM")
for number in ("INT", "TERM", "HUP"):
    out = fresh("timeout")
    code, _, error, _ = finish(start(["timeout", "--preserve-status", "-s", number, "3", *FOREVER, "--out", out]))
    early = 128 + getattr(signal, "SIG" + number)  # the libraries were still being loaded, and nothing caught it
    assert code == 75 or (code == early and not out.exists()), (code, error)
    if out.exists():
        check_run(out)
done("nohup and timeout")

# --- nobody reads what it says any more (`| tee`, which Ctrl-C ends first)
out = fresh("pipe")
reader, writer = os.pipe()
process = start([*FOREVER, "--out", out], stdout=writer, stderr=writer)
os.close(writer)
wait_for(lambda: begun(out), process)
os.close(reader)
wait_for(lambda: rows(out) > 3, process)
process.send_signal(signal.SIGINT)
process.wait(30)
assert process.returncode == 75 and check_run(out)["ended"].startswith("interrupted by SIGINT"), process.returncode
done("no reader")

# --- killed at any moment: what is there is whole, and --overwrite clears it
for i in range(15):
    out = fresh("killed")
    process = start([*FOREVER, "--out", out, "--lr", random.choice(["1e-2", "1e-4"])])
    wait_for(lambda: begun(out), process)
    time.sleep(random.uniform(0, 0.5))
    process.kill()
    finish(process)
    check_run(out, killed=True)
run([*TRAIN, "--out", out, "--overwrite"])
check_run(out)
done("killed at any moment")

# --- testing alone: stopped with the outputs of before, or done
run([*TRAIN, "--out", fresh("model")])
evaluate = [program, "--data", "d", *COMMON, "--weights", "model/model.safetensors", "--evaluate", "--logits", "l.csv"]
pathlib.Path("l.csv").write_text("old")
stopped = 0
for i in range(12):
    for left in work.glob(".l.csv*"):  # of one that was stopped before anything: else this one would seem to have begun
        left.unlink()
    process = start([*evaluate, "--image-size", "512", "--batch-size", "1"])
    wait_for(lambda: any(p.name.startswith(".l.csv") for p in work.iterdir()) or process.poll() is not None)
    time.sleep(random.uniform(0, 0.2))
    process.send_signal(signal.SIGTERM)
    code, _, error, _ = finish(process)
    assert code in (0, 75), (code, error)
    stopped += code == 75
    if code == 75:
        assert "stopped by SIGTERM" in error, error
    assert (pathlib.Path("l.csv").read_text() == "old") == (code == 75)
    pathlib.Path("l.csv").write_text("old")
    if code == 75:
        assert not [p for p in work.iterdir() if p.name.startswith(".l.csv")] or "before anything" in error
assert stopped > 0
done(f"testing alone ({stopped} of 12 stopped)")

# --- the loss is no longer finite
out = fresh("diverged")
_, error = run([*TRAIN, "--out", out, "--lr", "1e30"], status=5)
result = check_run(out)
assert result["ended"] == "diverged in epoch 1 of 3" and {p.name for p in out.iterdir()} == {"log.csv", "result.json"}, result
out = fresh("diverged")
# a step an epoch, at a rate at which numbers grow from step to step: the epochs before they are too large are good ones
_, error = run([*TRAIN, "--out", out, "--lr", "3e4", "--batch-size", "80", "--epochs", "40"], status=5)
result = check_run(out)
whole = len(result["history"])
assert whole > 1 and result["ended"] == f"diverged in epoch {whole + 1} of 40" and 1 <= result["best_epoch"] <= whole, result
assert "no longer a finite number" in error, error
assert f"best.safetensors (epoch {result['best_epoch']})" in error and f"log.csv ({whole} epochs)" in error, error
assert not (out / "model.safetensors").exists()
done("diverged")


# --- full disks. A limit on the size of files fills them for one process; root has real ones.
def limit_files(pid, size):
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


_, error = run(["sh", "-c", 'ulimit -f 8; exec "$@"', "-", *TRAIN, "--out", "limited"], status=6)
assert "files may have" in error and not os.path.exists("limited"), error

out = fresh("limited")
process = start([*TRAIN, "--epochs", "300", "--out", out])  # not over before the limit is there
wait_for(lambda: (out / "best.safetensors").exists() and rows(out) > 3, process)
limit_files(process.pid, 3000)  # less than the weights
code, text, error, _ = finish(process, 300)
assert code == 6 and "After the last epoch" in text and "test loss" in text, (code, text, error)
assert "model.safetensors' cannot be written: File too large" in error and "best.safetensors (epoch " in error, error
check_weights(out / "best.safetensors")
assert not (out / "model.safetensors").exists() and rows(out) <= 300
done("a limit on files")


@contextlib.contextmanager
def disk(size):
    folder = work / "disk"
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    with open(folder / "filler", "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)


def has_disks():
    try:
        with disk("64k"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


if not has_disks():
    print("no disks can be mounted here (not root?): full and read-only disks are not tried")
else:
    with disk("100k") as folder:
        text, error = run([*TRAIN, "--out", folder / "run"], status=6)
        assert "no room in" in error and "its disk has" in error and "Data:" not in text, error
        assert not (folder / "run").exists()
    with disk("1m") as folder:
        (folder / "run").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        for place in ("run", "new/run"):
            text, error = run([*TRAIN, "--out", folder / place], status=6)
            assert "Read-only file system" in error and "full" not in error and "Data:" not in text, error
        _, error = run([*TRAIN, "--out", "o", "--logits", folder / "l.csv"], status=6)
        assert "Read-only file system" in error and not os.path.exists("o"), error
    for again in (True, False):  # does somebody make room before the end?
        with disk("1m") as folder:
            out, epochs = folder / "run", 400 if again else 300
            rescue = fresh("tmp")
            rescue.mkdir()
            with open("err.txt", "w") as messages:
                process = start([*TRAIN, "--epochs", epochs, "--out", out], stderr=messages,
                                env={**os.environ, "TMPDIR": str(rescue.resolve())})
            wait_for(lambda: begun(out) and rows(out) > 3, process)
            fill(folder)
            if again:
                wait_for(lambda: "note:" in pathlib.Path("err.txt").read_text(), process)
                (folder / "filler").unlink()
            code, text, _, _ = finish(process, 300)
            error = pathlib.Path("err.txt").read_text()
            assert "note:" in error and "the training goes on" in error and "After the last epoch" in text, (text, error)
            if again:
                assert code == 0 and check_run(out)["ended"] == "complete" and rows(out) == epochs, (code, error)
                assert not list(rescue.iterdir())
            else:
                assert code == 6 and "No space left on device" in error, (code, error)
                saved = next(rescue.resolve().iterdir())
                assert f"; in '{saved}': " in error and "model.safetensors (last epoch), result.json" in error, error
                check_weights(saved / "model.safetensors")
                assert json.loads((saved / "result.json").read_text())["ended"] == "complete"
                check_weights(out / "best.safetensors")
                rows(out)
    done("full and read-only disks")

os.chdir("/")
shutil.rmtree(work)
print("all good")
