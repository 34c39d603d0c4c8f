#!/usr/bin/env python3
"""Dependencies of the folders of include/tuneit go one way: a folder includes only those that stand before it here.

usage: one_way.py [INCLUDE]
"""

import pathlib
import re
import sys

order = "meta verdict net models recipe python report kernels io aten weights data engine app".split()

top = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "include"
umbrellas = {"version": ["meta"], "recipe": order[: order.index("recipe") + 1]}
wrong, seen = [], set()
for path in sorted((top / "tuneit").rglob("*.hpp")):
    inside = path.relative_to(top / "tuneit").parts
    if len(inside) == 1:
        continue  # an umbrella stands above all
    seen.add(inside[0])
    if inside[0] not in order:
        wrong.append(f"{inside[0]}/ has no place in the order")
        continue
    below = order[: order.index(inside[0]) + 1]
    for name in re.findall(r'^#include ["<]tuneit/([^">]+)[">]', path.read_text(), re.M):
        parts = name.split("/")
        needs = parts[:1] if len(parts) > 1 else umbrellas.get(parts[0].removesuffix(".hpp"), order)
        if not all(folder in below for folder in needs):
            wrong.append(f"{'/'.join(inside)} includes {name}, which stands above it")
if seen != set(order):
    wrong.append(f"folders that are not there: {', '.join(sorted(set(order) - seen))}")
if wrong:
    sys.exit("\n".join(sorted(set(wrong))))
print(f"{len(order)} folders, one way")
