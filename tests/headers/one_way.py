#!/usr/bin/env python3
"""Dependencies of include/tuneit go one way, and no floor is crowded.

A folder includes only those that stand before it in `order`; rooms (folders within folders) and the headers beside them
include each other without circles; no floor has more than `most` headers of its own.

usage: one_way.py [INCLUDE]
"""

import collections
import pathlib
import re
import sys

order = "meta verdict net models recipe export kernels io text report aten weights ranks data engine app".split()
most = 25

top = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "include") / "tuneit"
umbrellas = {"version": ["meta"], "recipe": order[: order.index("recipe") + 1]}
wrong, seen = set(), set()
includes = {}
for path in sorted([*top.rglob("*.hpp"), *top.rglob("*.cuh")]):
    name = path.relative_to(top).as_posix()
    includes[name] = re.findall(r'^#include ["<]tuneit/([^">]+)[">]', path.read_text(), re.M)

for name, needed in includes.items():
    folder, _, inside = name.partition("/")
    if not inside:
        continue  # an umbrella stands above all
    seen.add(folder)
    if folder not in order:
        wrong.add(f"{folder}/ has no place in the order")
        continue
    below = order[: order.index(folder) + 1]
    for other in needed:
        if other not in includes:
            wrong.add(f"{name} includes {other}, which is not there")
        needs = [other.split("/")[0]] if "/" in other else umbrellas.get(other.removesuffix(".hpp"), order)
        if not all(n in below for n in needs):
            wrong.add(f"{name} includes {other}, which stands above it")
if seen != set(order):
    wrong.add(f"folders that are not there: {', '.join(sorted(set(order) - seen))}")


def room(name):
    """A room of a folder; the header itself where it stands beside the rooms."""
    parts = name.split("/")
    return "/".join(parts[:-1]) if len(parts) > 2 else name


edges = collections.defaultdict(dict)
for name, needed in includes.items():
    for other in needed:
        if room(name) != room(other):
            edges[room(name)].setdefault(room(other), f"{name} includes {other}")


def circle_from(start):
    """A way from a room back to it, as the includes that make it; none if there is none."""
    came, todo = {}, [start]
    while todo:
        here = todo.pop()
        for there in edges[here] if here in edges else ():
            if there == start:
                way = [edges[here][there]]
                while here != start:
                    way.append(edges[came[here]][here])
                    here = came[here]
                return way[::-1]
            if there not in came:
                came[there] = here
                todo.append(there)
    return None


for start in sorted(edges):
    if way := circle_from(start):
        wrong.add("a circle of rooms: " + ", ".join(way))
        break
floors = collections.Counter(pathlib.PurePosixPath(name).parent.as_posix() for name in includes)
for floor, count in floors.items():
    if count > most:
        wrong.add(f"{floor}/ has {count} headers: at most {most}")
if wrong:
    sys.exit("\n".join(sorted(wrong)))
print(f"{len(order)} folders and {len(floors) - len(order) - 1} rooms, one way; the largest floor has {max(floors.values())} headers")
