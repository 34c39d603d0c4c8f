#!/usr/bin/env python3
"""Headers that are named in documents and comments are there, under that name.

usage: paths.py [TOP]
"""

import pathlib
import re
import subprocess
import sys

top = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
places = [top / "include/tuneit", top / "include", top, top / "tests", top / "examples"]
others = ("torch/", "ATen/", "c10/", "catch2/", "boost/", "range/", "nlohmann/", "CLI/", "Eigen/", "zoo/")
texts = sorted([top / "README.md", *(top / "docs").glob("*.md"), *(top / "include").rglob("*.hpp"), *(top / "tests").rglob("*.?pp"),
                *(top / "examples").rglob("*.?pp")])  # fmt: skip
wrong, count = [], 0
for path in texts:
    text = path.read_text()
    if path.suffix != ".md":  # of a program only its comments: what it includes the compiler checks
        text = "\n".join(re.findall(r"//[^\n]*", text))
    for name in re.findall(r"(?<![\w./<-])<?((?:[a-z_0-9]+/)+[a-z_0-9]+\.[hc]pp)\b", text):
        if name.startswith(others):
            continue
        count += 1
        if not any((place / name).is_file() for place in [*places, path.parent]):
            wrong.append(f"{path.relative_to(top)}: there is no {name}")
if count < 50:
    wrong.append(f"only {count} names were found: what looks for them is broken")
if wrong:
    sys.exit("\n".join(wrong))
print(f"{count} names of headers")
