#!/usr/bin/env python3
"""Several processes train what one trains, and one that is lost ends the others with its rank named.

usage: check.py equal WORKER [PLAIN]    weights and figures of 1, 2, 4 processes; PLAIN: the worker built for one alone
       check.py faults WORKER           a rank is killed, hangs, has another seed, has a loss that is no number
       check.py killed WORKER COUNT     so many times a rank is killed in the middle of a training, whatever it does then
       check.py program PROGRAM         a program of app/main.hpp: the same files as of one process, written once
       check.py launch WORKER TORCHRUN  as launchers say it: torchrun, Open MPI's and Slurm's names
"""

import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def clean():
    mine = ("RANK", "WORLD_SIZE", "LOCAL_", "MASTER_", "OMPI_", "PMI_", "SLURM_", "TORCHELASTIC", "TUNEIT_PEER")
    return {k: v for k, v in os.environ.items() if not k.startswith(mine)}


def names(rank, size):
    return {"RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(size)}


def start(size, arguments, timeout=60, names=names, more=None, kill=None):
    """So many processes; of each its exit status, what it said, and the seconds since the first one ended."""
    port = free_port()
    common = clean() | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TUNEIT_PEER_TIMEOUT": str(timeout)}
    running = [
        subprocess.Popen(
            arguments,
            env=common | names(rank, size) | (more or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    if kill:
        rank, seconds = kill
        assert running[rank].stdout.readline() == "begun\n", running[rank].stderr.read()
        time.sleep(seconds)
        running[rank].kill()
    first, ends, began = None, [None] * size, time.monotonic()
    while None in ends:
        for rank, process in enumerate(running):
            if ends[rank] is None and process.poll() is not None:
                first = first or time.monotonic()
                ends[rank] = time.monotonic() - first
        if time.monotonic() - began > 300 or (first and time.monotonic() - first > 60):
            for process in running:
                process.kill()
            said = [process.communicate()[1] for process in running]
            sys.exit(f"{' '.join(arguments)}: not all of {size} processes end: {ends}\n" + "\n".join(said))
        time.sleep(0.02)
    return [(p.returncode, p.communicate()[1], ends[rank]) for rank, p in enumerate(running)]


def numbers(size, arguments, folder, **how):
    out = pathlib.Path(folder) / "weights"
    out.unlink(missing_ok=True)
    for rank, (status, said, _) in enumerate(start(size, [*arguments, str(out)], **how)):
        if status != 0:
            sys.exit(f"{arguments} of {size} processes: rank {rank} ends with {status}: {said}")
    data = out.read_bytes()
    return struct.unpack(f"{len(data) // 8}d", data)


def distance(a, b):
    assert len(a) == len(b) > 1000, (len(a), len(b))
    return max(abs(x - y) for x, y in zip(a, b))


def equal(worker, plain):
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        for case, most in {"plain": 1e-14, "weighted": 1e-14, "synced": 1e-14, "float": 1e-5}.items():
            one = numbers(1, [worker, case], folder)
            if plain and case in ("plain", "weighted"):
                far = distance(one, numbers(1, [plain, case], folder))
                print(f"{case}: one process with and without ranks: {far:.1e}")
                if far != 0:
                    bad.append(case)
            for size in (2, 4):
                far = distance(one, numbers(size, [worker, case], folder))
                print(f"{case}: {size} processes from one: {far:.1e}, at most {most:.0e}")
                if not far <= most:
                    bad.append(case)
    if bad:
        sys.exit(f"not equal: {bad}")


def faults(worker):
    bad = []

    def judge(what, ends, seconds, words, lost=1):
        for rank, (status, said, after) in enumerate(ends):
            if rank == lost:
                continue
            fine = status != 0 and after <= seconds and words in said
            print(f"{what}: rank {rank} ends with {status} after {after:.1f} s: {said.splitlines()[:1]}")
            if not fine:
                bad.append(f"{what}: rank {rank}, {after:.1f} s, wanted {words!r}: {said}")

    with tempfile.TemporaryDirectory() as folder:
        out = str(pathlib.Path(folder) / "weights")
        for step, size in (1, 2), (8, 4):
            judge(f"killed in step {step}", start(size, [worker, "plain", out, "kill", str(step)]), 10, "rank 1 is lost")
        ends = start(4, [worker, "plain", out, "epochs", "100000"], kill=(0, 0.5))
        judge("the first is killed", ends, 10, "rank 0, which serves the addresses, is gone", 0)
        ends = start(4, [worker, "plain", out, "hang", "3"], timeout=5)
        hung = [(status, said, 0 if rank == 1 else after) for rank, (status, said, after) in enumerate(ends)]
        judge("hangs", hung, 10, "rank 1 hangs")
        judge("another seed", start(2, [worker, "plain", out, "seed"]), 10, "of rank 1 is not that of rank 0", None)
        judge("no number", start(4, [worker, "float", out, "nan"]), 10, "finite number")
    if bad:
        sys.exit("\n".join(bad))


def killed(worker, count):
    for i in range(count):
        size = (2, 4)[i % 2]
        rank = i // 2 % size
        began = start(size, [worker, "plain", "/dev/null", "epochs", "100000"], kill=(rank, 0.173 * i))
        slowest = max(after for _, _, after in began)
        rest = [(status, said) for i, (status, said, _) in enumerate(began) if i != rank]
        print(f"{size} processes, rank {rank} killed after {0.173 * i:.2f} s: the last one leaves {slowest:.1f} s later")
        if slowest > 10 or any(status == 0 or f"rank {rank}" not in said for status, said in rest):
            sys.exit(f"rank {rank} was killed: {rest}")


def png(path, red, side=24):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes([y * 9 % 256, red, y * 5 % 256]) * side for y in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def program(worker, more=()):
    with tempfile.TemporaryDirectory() as name:
        folder, told = pathlib.Path(name), {}
        for i, kind in enumerate(("blue", "red")):
            (folder / "data" / kind).mkdir(parents=True)
            for k in range(21):
                png(folder / "data" / kind / f"{k}.png", 20 + 200 * i + k)
        for size in (1, 2, 4):
            out = folder / f"run{size}"
            words = [worker, "--data", str(folder / "data"), "--scratch", "--image-size", "32", "--out", str(out), *more]
            for rank, (status, said, _) in enumerate(start(size, words + ["--threads", "1"])):
                if status != 0:
                    sys.exit(f"{size} processes: rank {rank} ends with {status}: {said}")
            names = {p.name for p in out.iterdir()}
            if names != {"model.safetensors", "best.safetensors", "log.csv", "result.json"}:
                sys.exit(f"{size} processes write {names}")
            result = json.loads((out / "result.json").read_text())
            told[size] = [e[k] for e in result["history"] for k in ("train_loss", "test_loss", "train_images", "test_images")]
            print(f"{size} processes: {told[size][-4:]}")
        for size in (2, 4):
            if max(abs(a - b) for a, b in zip(told[1], told[size])) > 1e-5 or len(told[size]) != 12:
                sys.exit(f"{size} processes tell {told[size]}, one {told[1]}")


def launch(worker, torchrun):
    def of_mpi(rank, size):
        n = "OMPI_COMM_WORLD_"
        return {f"{n}RANK": str(rank), f"{n}SIZE": str(size), f"{n}LOCAL_RANK": str(rank), f"{n}LOCAL_SIZE": str(size)}

    def of_slurm(rank, size):
        more = {"SLURM_NTASKS": "9", "SLURM_STEP_NODELIST": "localhost", "SLURM_JOB_ID": "7"}
        return more | {"SLURM_PROCID": str(rank), "SLURM_STEP_NUM_TASKS": str(size), "SLURM_LOCALID": str(rank)}

    with tempfile.TemporaryDirectory() as folder:
        one = numbers(1, [worker, "plain"], folder)
        for names in (of_mpi, of_slurm):
            assert distance(one, numbers(2, [worker, "plain"], folder, names=names)) <= 1e-14
        out = pathlib.Path(folder) / "weights"
        out.unlink()
        run = [torchrun, "--no-python", "--nproc-per-node", "2", "--master-port", str(free_port()), worker, "plain", str(out)]
        subprocess.run(run, check=True, env=clean())
        data = out.read_bytes()
        assert distance(one, struct.unpack(f"{len(data) // 8}d", data)) <= 1e-14
    print("torchrun, Open MPI's names, Slurm's names: equal to one process")


if __name__ == "__main__":
    what, worker = sys.argv[1:3]
    if what == "equal":
        equal(worker, sys.argv[3] if len(sys.argv) > 3 else None)
    elif what == "faults":
        faults(worker)
    elif what == "killed":
        killed(worker, int(sys.argv[3]))
    elif what == "program":
        program(worker, sys.argv[3:])
    elif what == "launch":
        launch(worker, sys.argv[3])
