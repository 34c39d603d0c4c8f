#!/usr/bin/env python3
"""Counts template instantiations of the programs beside it and compares with baseline.json.

usage: tests/compile_time/instantiations.py [PROGRAM...]           fails where one has grown by more than 3 %
       tests/compile_time/instantiations.py --record [PROGRAM...]  accepts what there is now

A count does not depend on the machine or on what else it does, as times would. Counted are the classes and functions that
clang instantiates (its -ftime-trace, without code generation, at the finest grain). Another version of clang or of the
standard library counts otherwise: then the test is skipped (status 77).
"""

import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

folder = pathlib.Path(__file__).resolve().parent
top = folder.parent.parent
baseline_file = folder / "baseline.json"
compiler = "clang++-19"
allowed = 1.03


def versions():
    """Of the compiler and of the standard library, or None where there is no such compiler."""
    try:
        text = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    except OSError:
        return None
    macros = subprocess.run(
        [compiler, "-std=c++20", "-x", "c++", "-dM", "-E", "-include", "version", "/dev/null"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    library = re.search(r"#define (?:__GLIBCXX__|_LIBCPP_VERSION) (\d+)", macros)
    return f"clang {re.search(r'[0-9.]+', text)[0]}, standard library {library[1] if library else 'unknown'}"


def count(program):
    """{name of a template: how often it is instantiated}"""
    with tempfile.TemporaryDirectory() as place:
        trace = pathlib.Path(place, "trace.json")
        subprocess.run(
            [compiler, "-std=c++20", "-fsyntax-only", f"-I{top}/include", "-Xclang", f"-ftime-trace={trace}",
             "-Xclang", "-ftime-trace-granularity=0", str(folder / f"{program}.cpp")],
            check=True,
        )  # fmt: skip
        events = json.loads(trace.read_text())["traceEvents"]
    counts = collections.Counter()
    for e in events:
        if e["name"] in ("InstantiateClass", "InstantiateFunction"):
            name = re.sub(r"\(anonymous [^)]*\)|\(lambda [^)]*\)", "(lambda)", e["args"]["detail"])
            counts[re.split(r"[<(]", name)[0] or name] += 1
    if not counts:
        sys.exit(f"{compiler} traced nothing of {program}.cpp")
    return dict(sorted(counts.items()))


def grown(program, before, now):
    a, b = sum(before.values()), sum(now.values())
    print(f"{program}: {a} instantiations in the baseline, {b} now ({b / a - 1:+.1%})")
    if b <= a * allowed:
        return False
    changes = sorted(((now.get(n, 0) - before.get(n, 0), n) for n in before.keys() | now.keys()), reverse=True)
    for change, name in changes[:20]:
        if change > 0:
            print(f"   {before.get(name, 0):6} -> {now.get(name, 0):6}  {name}")
    return True


def main():
    programs = [a for a in sys.argv[1:] if not a.startswith("-")] or sorted(p.stem for p in folder.glob("*.cpp"))
    here = versions()
    if here is None:
        print(f"skipped: {compiler} is not installed")
        sys.exit(77)
    recorded = json.loads(baseline_file.read_text()) if baseline_file.exists() else {"versions": here, "programs": {}}

    if "--record" in sys.argv:
        if recorded["versions"] != here:
            programs = sorted(p.stem for p in folder.glob("*.cpp"))
            recorded = {"versions": here, "programs": {}}
        for program in programs:
            recorded["programs"][program] = count(program)
            print(f"{program}: {sum(recorded['programs'][program].values())} instantiations")
        baseline_file.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        return

    if recorded["versions"] != here:
        print(f"skipped: the baseline is of {recorded['versions']}; here is {here}")
        sys.exit(77)
    missing = [p for p in programs if p not in recorded["programs"]]
    if missing:
        sys.exit(f"no baseline of {', '.join(missing)}: tests/compile_time/instantiations.py --record {' '.join(missing)}")
    if any([grown(p, recorded["programs"][p], count(p)) for p in programs]):
        sys.exit("More than 3 % more templates to instantiate. If it is worth it: tests/compile_time/instantiations.py --record")


main()
