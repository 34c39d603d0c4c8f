#!/usr/bin/env python3
"""Does a type of a namespace `detail` hide one of the namespaces around it?

usage: hidden.py [INCLUDE]       fails where a name does

Where a file that includes both says `Part`, it means the one of `detail` or the other by what was included before, so that
each header compiles alone and two of them together may not. Read are the definitions at namespace scope, which the
formatter puts at the beginning of a line; aliases (`using io::Part;`) hide nothing. What cannot meet, since the outer name
is a member template's parameter or a specialisation, is no definition at namespace scope.
"""

import collections
import pathlib
import re
import sys

top = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "include") / "tuneit"
opens = re.compile(r"^(?:inline )?namespace ([\w:]+) \{")
defines = re.compile(r"^(?:struct|class|enum(?: class)?|union|concept|using) (?:\[\[\w+\]\] )?(\w+)(?= ?(?:[{=;]|:(?!:)|final\b|$))")

found = collections.defaultdict(set)  # (namespace, name): files
for path in sorted(top.rglob("*.hpp")):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    spaces = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if match := opens.match(line):
            if lines[i + 2 : i + 3] != ["}"]:  # one of a single line has no comment at its end
                spaces.append(match[1])
        elif line.startswith("}") and re.match(r"\}\s*// namespace", line):
            spaces and spaces.pop()
        elif match := defines.match(line):
            found["::".join(spaces), match[1]].add(path.relative_to(top))

wrong = []
for (space, name), files in found.items():
    parts = space.split("::")
    if "detail" not in parts:
        continue
    for n in range(1, len(parts)):
        for outer in found.get(("::".join(parts[:n]), name), ()):
            wrong += [f"{space}::{name} ({file}) hides {'::'.join(parts[:n])}::{name} ({outer})" for file in sorted(files)]
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(found)} definitions, none hides another")
