#!/usr/bin/env python3
"""Runs the benchmarks and writes bench/results/; called by scripts/bench, which installs and builds first.

usage: bench/run.py [--rounds N] [--quick] [--build DIR] [CASE...]

Every contender of a case is a process of its own that has built its model and warmed up before the first round. In a
round each of them does the same number of steps while the others sleep; the order turns round from one round to the
next. A ratio is that of the times of one round, peer over tuneit: above 1 tuneit is ahead. The table has the median of
the rounds and its quartiles. Where two contenders have one name (single precision and bfloat16), the faster one counts.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

top = pathlib.Path(__file__).resolve().parent.parent
results = top / "bench/results"
build = top / "build"
python = str(top / ".venv/bin/python")


# --- contenders: how one number is measured; less is better ------------------------------------------------------------
class Program:
    """A contender: its name in the table, a command, and what distinguishes it from others of that name."""

    unit = "s"

    def __init__(self, name, command, work, variant="", threads=2, amount=1):
        self.name, self.variant, self.threads, self.amount = name, variant, threads, amount
        self.command = [*command, work]
        self.values = []

    @property
    def label(self):
        return f"{self.name} {self.variant}".strip()

    def environment(self):
        env = dict(os.environ, OMP_NUM_THREADS=str(self.threads), MKL_NUM_THREADS=str(self.threads))
        env.update(CUDA_VISIBLE_DEVICES="", TORCHINDUCTOR_CACHE_DIR=str(build / "bench/inductor"))
        return env

    def start(self):
        pass

    def stop(self):
        pass

    def output(self, *arguments, prefix=()):
        command = [*prefix, *self.command, *map(str, arguments)]
        done = subprocess.run(command, env=self.environment(), stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)} failed with {done.returncode}")
        return done.stdout


class Steps(Program):
    """Seconds of a step, in a process that waits between rounds."""

    def start(self):
        self.process = subprocess.Popen(
            [*self.command, "serve"], env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self.answer() != "ready":
            raise RuntimeError(f"{shlex.join(self.command)} was not ready")

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{shlex.join(self.command)} ended with {self.process.wait()}")
        return line.strip()

    def measure(self, quick):
        steps = max(1, self.amount // (2 if quick else 1))
        before = self.slept_through()
        self.process.stdin.write(f"run {steps}\n")
        self.process.stdin.flush()
        seconds = float(self.answer())
        self.spent = self.cpu_seconds()
        if before > 0.05:
            print(f"   {self.label} used the processor for {before:.2f} s while others were measured", file=sys.stderr)
        return seconds / steps

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")")[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def slept_through(self):
        """Processor seconds since this contender's last turn: an idle one must not disturb the others."""
        return self.cpu_seconds() - getattr(self, "spent", self.cpu_seconds())

    def stop(self):
        if hasattr(self, "process"):
            self.process.kill()
            self.process.wait()


class Loading(Steps):
    """The same of batches made from files of pictures."""

    def environment(self):
        return {**super().environment(), "TUNEIT_BENCH_PICTURES": str(pictures_folder())}

    def slept_through(self):
        return 0  # workers are processes of their own, and end with each epoch


class Waiting(Loading):
    """The share of a training's time that it waits for pictures: each time a process of its own, in its first epoch."""

    unit = "share"

    def start(self):
        pass

    def measure(self, quick):
        return max(float(self.output("wait", self.amount)), 1e-6)


class WaitingLimit(Waiting):
    """Two hundredths."""

    def measure(self, quick):
        return 0.02


class Memory(Program):
    """Bytes by which the process grew at most, from before the model is built. Blocks have pages of their own, so that
    what making the data left free in the heap is not lent to one contender and not to another."""

    unit = "B"

    def environment(self):
        return {**super().environment(), "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=131072"}

    def measure(self, quick):
        return float(self.output("memory", self.amount))


class FirstStep(Program):
    """Seconds from the start of the process to the end of its first step."""

    def measure(self, quick):
        begin = time.monotonic()
        process = subprocess.Popen(
            [*self.command, "first", str(weights_file())], env=self.environment(), stdout=subprocess.PIPE, text=True
        )
        for line in process.stdout:
            if line.strip() == "done":
                seconds = time.monotonic() - begin
                process.wait()
                return seconds
        raise RuntimeError(f"{shlex.join(self.command)} ended with {process.wait()} before its first step")


class Instructions(Program):
    """Instructions of a step, counted by callgrind after warming up. Always the same number: one round is enough."""

    unit = "instructions"

    def measure(self, quick):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "counts")
            tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={log}", "-q"]
            self.output("count", self.amount, prefix=[*tool, "--toggle-collect=*counted_steps*"])
            total = int(re.search(r"^(?:summary|totals): (\d+)", log.read_text(), re.M)[1])
        return total / self.amount


class Compilation(Program):
    """Processor seconds to compile one translation unit, without a precompiled header, with the flags of this build."""

    root = None  # (tree, build folder), where they are not this tree's

    def measure(self, quick):
        tree, folder = self.root or (top, build)
        compiler, source = self.command
        command = [compiler, *compile_flags(folder), "-c", "-o", os.devnull, str(tree / "bench" / source)]
        before = os.times()
        subprocess.run(command, check=True)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system


class CompilationLimit(Compilation):
    """One and a half times the seconds of a translation unit, and a second."""

    def measure(self, quick):
        return 1.5 * super().measure(quick) + 1


def compile_flags(folder):
    entries = json.loads((folder / "compile_commands.json").read_text())
    words = shlex.split(next(e["command"] for e in entries if e["file"].endswith("bench/ours/main.cpp")))
    flags = ["-std=c++20"]
    for word, following in zip(words, words[1:]):
        if word == "-isystem":
            flags += [word, following]
        elif word.startswith(("-I", "-O", "-D")):
            flags.append(word)
    return flags


def pictures_folder():
    folder = build / "bench/pictures"
    if not (folder / "done").exists():
        subprocess.run([python, str(top / "bench/pictures.py"), str(folder)], check=True)
    return folder


def weights_file():
    """ResNet-18's weights as PyTorch users have them; their values do not matter."""
    path = build / "bench/resnet18.pth"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        code = "import sys, torch, torchvision; torch.save(torchvision.models.resnet18().state_dict(), sys.argv[1])"
        subprocess.run([python, "-c", code, str(path)], check=True)
    return path


# --- cases -----------------------------------------------------------------------------------------------------------
def commands():
    peer = lambda script: [python, str(top / "bench/peers" / script)]
    return {
        "tuneit": [str(build / "bin/bench-tuneit")],
        "hand": [str(build / "bin/bench-hand")],
        "plain": peer("plain.py"),
        "tuned": peer("tuned.py"),
        "compile": peer("compiled.py"),
        "lightning": peer("with_lightning.py"),
        "pil": peer("data_pil.py"),
        "v2": peer("data_v2.py"),
        "dali": peer("data_dali.py"),
        **{f"texts-{how}": [*peer("texts.py"), how] for how in ("tuned", "compile", "trainer")},
    }


def contenders(kind, ours, peers, work=None, **options):
    """`work`: the peers' name of the case, where it is another one."""
    run = commands()
    yield kind("tuneit", run["tuneit"], ours, **options)
    for name in peers:
        yield kind(name, run[name], work or ours, **options)


trainers = ("plain", "tuned", "compile", "lightning", "hand")
policies = ("freeze", "lrscale", "nodecay", "schedule", "smoothing", "adamw")
compilers = {"": "g++", "/clang": "clang++-19"}


def cases():
    run = commands()
    table = {}
    for p in ("fp32", "bf16"):
        table[f"train-{p}"] = [*contenders(Steps, f"train-{p}", trainers, amount=2)]
        table[f"freeze-{p}"] = [*contenders(Steps, f"freeze-{p}", trainers, amount=4)]
        # PyTorch has no cache of features: its scripts do what they do in freeze-*; the loop by hand keeps them
        table[f"freeze-cached-{p}"] = [
            *contenders(Steps, f"freeze-cached-{p}", ("plain", "tuned", "compile"), f"freeze-{p}", amount=4),
            Steps("hand", run["hand"], f"freeze-cached-{p}", amount=4),
        ]
        table[f"inference-{p}"] = [
            *contenders(Steps, f"inference-{p}", ("plain", "tuned", "compile", "hand"), amount=4)
        ]
        for work, peers in (("train", ("tuned", "compile", "trainer")), ("inference", ("tuned", "compile"))):
            table[f"texts-{work}-{p}"] = [
                Steps("tuneit", run["tuneit"], f"texts-{work}-{p}", amount=4),
                *(Steps(name, run[f"texts-{name}"], f"texts-{work}-{p}", amount=4) for name in peers),
            ]
    # The frozen network with the gradient through it, and the same products beside nothing.
    table["lora-fp32"] = [
        Steps("tuneit", run["tuneit"], "lora-fp32", amount=4),
        Steps("parts", run["tuneit"], "lora-parts-fp32", amount=4),
    ]
    # A step of the probe's first epoch computes features, one of a later epoch may remember them.
    for epoch, steps in (("first-epoch", 4), ("later-epochs", 400)):
        table[f"probe-{epoch}"] = [
            Steps("tuneit", run["tuneit"], f"probe-{epoch}", amount=steps),
            *(Steps(name, run[name], "probe", amount=4) for name in ("plain", "tuned", "compile", "lightning")),
        ]
    table["mlp-steps"] = [
        *contenders(Steps, "mlp", ("plain", "compile", "lightning", "hand"), threads=1, amount=4000),
        Steps("hand-autograd", run["hand"], "mlp-autograd", threads=1, amount=4000),
    ]
    table["mlp-instructions"] = [
        *contenders(Instructions, "mlp", ("hand",), threads=1, amount=200),
        Instructions("hand-autograd", run["hand"], "mlp-autograd", threads=1, amount=200),
    ]
    for policy in policies:
        table[f"mlp-instructions/{policy}"] = [
            *contenders(Instructions, f"mlp/{policy}", ("hand",), threads=1, amount=200)
        ]
    table["first-step"] = [*contenders(FirstStep, "first-step", ("plain", "tuned", "lightning"))]
    for work in ("train", "freeze"):
        table[f"memory-{work}"] = [*contenders(Memory, f"{work}-fp32", ("plain", "tuned", "hand"), amount=3)]
    table["efficientnet-train"] = [
        Steps(name, run[name], f"efficientnet-train/{p}", p, amount=2)
        for name in ("tuneit", "tuned", "compile", "lightning")
        for p in ("fp32", "bf16")
        if p == "fp32" or computes_bfloat16()
    ] + [Steps("plain", run["plain"], "efficientnet-train/fp32", amount=2)]
    for kind in ("png", "jpeg"):
        for one in ("", "/one-thread"):
            table[f"data-{kind}{one}"] = [
                *contenders(Loading, f"data-{kind}{one}", ("pil", "v2", "dali"), threads=1 if one else 2, amount=15)
            ]
    table["data-wait"] = [
        *contenders(Waiting, "data-wait", ("pil", "v2"), amount=60),
        WaitingLimit("limit", [], "data-wait"),
    ]
    for suffix, compiler in compilers.items():
        for ours in ("engine", "program", "recipe"):
            name = "compile-time" if ours == "engine" else f"compile-time/{ours}"
            table[name + suffix] = [
                Compilation("tuneit", [compiler], f"compile/{ours}.cpp"),
                Compilation("umbrella", [compiler], "compile/umbrella.cpp"),
                Compilation("hand", [compiler], "hand/resnet.cpp"),
            ]
        # twelve policies and four phases on ResNet-152, against one policy on ResNet-18
        table["compile-time/phases" + suffix] = [
            Compilation("tuneit", [compiler], "../tests/compile_time/many_phases.cpp"),
            Compilation("one-policy", [compiler], "../tests/compile_time/one_policy.cpp"),
            CompilationLimit("limit", [compiler], "../tests/compile_time/one_policy.cpp"),
        ]
    return table


def against(other):
    """tuneit of this tree and of another one (built by its `--build`, or in its build/), for the same cases."""
    global top, build
    here = {name: [c for c in field if c.name == "tuneit"] for name, field in cases().items()}
    mine = top, build
    top, build = other, other / "build"
    there = {name: [c for c in field if c.name == "tuneit"] for name, field in cases().items()}
    table = {}
    for name in here:
        for contender in there[name]:
            contender.name, contender.root = "before", (top, build)
        table[name] = here[name] + there[name]
    top, build = mine
    return table


def compare(names, table, rounds, quick, limit):
    """Prints after / before of each case; the names of those above the limit."""
    print(f"{'case':34} {'after/before':>12}  quartiles")
    above = []
    for name in names:
        ratios, _ = measure(name, table[name], 2 if quick else rounds, quick)
        after, low, high = (1 / ratios[0][key] for key in ("ratio", "high", "low"))
        print(f"{name:34} {after:12.3f}  {low:.3f} to {high:.3f}", flush=True)
        if after > limit:
            above.append(name)
    return above


def processor_flags():
    found = re.search(r"flags\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return set(found[1].split()) if found else set()


def computes_bfloat16():
    """Where a processor has no such instructions, bfloat16 is emulated and never the faster of the two."""
    return bool(processor_flags() & {"avx512_bf16", "amx_bf16"})


# --- measuring -------------------------------------------------------------------------------------------------------
def spread(values):
    """Median, lower and upper quartile."""
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return median, low, high


def measure(name, field, rounds, quick):
    if isinstance(field[0], Instructions):
        rounds = 1
    try:
        for contender in field:
            contender.start()
        for turn in range(rounds):
            for contender in field if turn % 2 == 0 else reversed(field):
                contender.values.append(contender.measure(quick))
    finally:
        for contender in field:
            contender.stop()

    best = {}
    for contender in field:
        rival = best.setdefault(contender.name, contender)
        if statistics.median(contender.values) < statistics.median(rival.values):
            best[contender.name] = contender
    ours = best.pop("tuneit")
    ratios = []
    for peer in best.values():
        median, low, high = spread([p / o for p, o in zip(peer.values, ours.values)])
        ratios.append({"case": name, "peer": peer.name, "ratio": median, "low": low, "high": high})
    details = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "processor": instruction_sets(),
        "rounds": rounds,
        "unit": field[0].unit,
        "counted": {name: c.label for name, c in {"tuneit": ours, **best}.items()},
        "contenders": {c.label: spread(c.values) for c in field},
    }
    return ratios, details


def instruction_sets():
    order = ("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16")
    return " ".join(f for f in order if f in processor_flags())


# --- what is kept ----------------------------------------------------------------------------------------------------
def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return "none"


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    version = "import importlib.metadata as m; print(*(p + ' ' + m.version(p) for p in sys.argv[1:]), sep=', ')"
    return {
        "processor": cpu[1].strip() if cpu else platform.machine(),
        "instruction sets": instruction_sets(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "compilers": ", ".join(first_line(c, "--version") for c in compilers.values()),
        "packages": first_line(python, "-c", "import sys; " + version, "torch", "torchvision", "lightning", "timm"),
    }


def quantity(value, unit):
    if unit == "B":
        return f"{value / 2**20:,.0f} MiB"
    if unit == "share":
        return f"{100 * value:.2f} %"
    if unit == "instructions":
        return f"{value:,.0f} instr."
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} us"


# What is asked for, of a case and a peer.
goals = {
    ("train-fp32", "tuned"): 1.3, ("train-fp32", "plain"): 2.3, ("train-fp32", "compile"): 1.25,
    ("train-bf16", "tuned"): 1.1, ("train-bf16", "plain"): 3.5, ("train-bf16", "compile"): 1.25,
    ("efficientnet-train", "tuned"): 3, ("mlp-steps", "plain"): 6, ("mlp-instructions", "hand"): 1,
    ("freeze-fp32", "tuned"): 1.3, ("freeze-bf16", "tuned"): 1.3,
    ("freeze-cached-fp32", "tuned"): 1.8, ("freeze-cached-bf16", "tuned"): 1.8,
    ("lora-fp32", "parts"): 1 / 1.1, ("first-step", "tuned"): 1 / 0.3, ("first-step", "plain"): 1 / 0.3,
    ("compile-time", "umbrella"): 1, ("compile-time/clang", "umbrella"): 1,
    ("compile-time/phases", "limit"): 1, ("compile-time/phases/clang", "limit"): 1,
    ("probe-first-epoch", "tuned"): 1.25, ("probe-later-epochs", "tuned"): 50,
    ("inference-fp32", "compile"): 1, ("inference-bf16", "compile"): 1,
    ("data-png", "pil"): 4, ("data-png", "v2"): 1.5, ("data-jpeg", "pil"): 4, ("data-jpeg", "v2"): 1.5,
    ("data-png/one-thread", "pil"): 4, ("data-png/one-thread", "v2"): 1.5, ("data-png", "dali"): 1,
    ("data-jpeg/one-thread", "pil"): 4, ("data-jpeg/one-thread", "v2"): 1.5, ("data-jpeg", "dali"): 1,
    ("data-png/one-thread", "dali"): 1, ("data-jpeg/one-thread", "dali"): 1, ("data-wait", "limit"): 1,
    ("memory-train", "tuned"): 1 / 0.8, ("memory-freeze", "tuned"): 1 / 0.6,
    **{(f"mlp-instructions/{policy}", "hand"): 1 for policy in policies},
}  # fmt: skip


def rows_of(ratios, details):
    for r in ratios:
        d = details[r["case"]]
        counted = d["counted"]
        time_of = lambda name: quantity(d["contenders"][counted[name]][0], d["unit"])
        peer = counted[r["peer"]]
        goal = goals.get((r["case"], r["peer"]))
        yield (r["case"], peer, f"{r['ratio']:.3g}", f"{r['low']:.3g} to {r['high']:.3g}", f"{goal:.3g}" if goal else "",
               time_of("tuneit"), time_of(r["peer"]), str(d["rounds"]), d["date"], d["processor"].split()[-1])  # fmt: skip


head = ("case", "peer", "ratio", "quartiles", "goal", "tuneit", "peer's", "rounds", "date", "widest")


def print_table(rows):
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def load(path, otherwise):
    return json.loads(path.read_text()) if path.exists() else otherwise


def save(new_ratios, new_details):
    """Cases that were not run keep their earlier rows."""
    results.mkdir(exist_ok=True)
    order = list(cases())
    kept = [r for r in load(results / "latest.json", []) if r["case"] not in new_details]
    ratios = sorted(kept + new_ratios, key=lambda r: order.index(r["case"]) if r["case"] in order else len(order))
    details = {**load(results / "details.json", {"cases": {}})["cases"], **new_details}
    here = machine()
    rounded = [{k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in r.items()} for r in ratios]
    lines = ",\n".join("  " + json.dumps(r) for r in rounded)
    (results / "latest.json").write_text(f"[\n{lines}\n]\n")
    (results / "details.json").write_text(json.dumps({"machine": here, "cases": details}, indent=1) + "\n")
    page = [
        "# The last results",
        "",
        "Written by `scripts/bench`. A ratio is peer over tuneit, in seconds, bytes or instructions: above 1 tuneit is",
        "ahead. What is compared is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
        "",
        *(f"- {key}: {value}" for key, value in here.items()),
        "",
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows_of(ratios, details)),
    ]
    (results / "latest.md").write_text("\n".join(page) + "\n")


def main():
    global build
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*", help="a case, or the beginning of several; none: all")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="two rounds of half the steps; nothing is kept")
    parser.add_argument("--build", type=pathlib.Path, default=build, help="the build folder")
    parser.add_argument("--peers", default="", help="only these, as in tuned,hand; nothing is kept")
    parser.add_argument("--against", type=pathlib.Path, help="another tree, built with -DTUNEIT_BENCH=ON (target bench): "
                        "prints after / before, fails above --limit, keeps nothing")  # fmt: skip
    parser.add_argument("--limit", type=float, default=1.03, help="of --against")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    options = parser.parse_args()
    build = options.build.resolve()
    table = cases()
    if options.list:
        return print(*table, sep="\n")
    names = [n for n in table if not options.case or any(n == c or n.startswith(c + "/") for c in options.case)]
    unknown = [c for c in options.case if c not in table]
    if unknown:
        sys.exit(f"no case {', '.join(unknown)}; there are: {' '.join(table)}")
    if options.against:
        pairs = against(options.against.resolve())
        if above := compare(names, pairs, options.rounds, options.quick, options.limit):
            sys.exit(f"above {options.limit}: {' '.join(above)}")
        return
    wanted = {"tuneit", *options.peers.split(",")}
    all_rows, failed = [], []
    for name in names:
        field = [c for c in table[name] if not options.peers or c.name in wanted]
        try:
            ratios, details = measure(name, field, 2 if options.quick else options.rounds, options.quick)
        except (RuntimeError, OSError, subprocess.CalledProcessError) as problem:
            print(f"   {name}: {problem}", file=sys.stderr)
            failed.append(name)
            continue
        rows = [*rows_of(ratios, {name: details})]
        print_table(rows)
        all_rows += rows
        if not options.quick and not options.peers:
            save(ratios, {name: details})
    if len(names) > 1:
        print()
        print_table(all_rows)
    if failed:
        sys.exit(f"not measured: {' '.join(failed)}")


main()
