#!/usr/bin/env python3
"""Our reader of safetensors against the reference reader on mutated files.

usage: differential.py BUILD/bin/safetensors_verdicts [MUTANTS] [SEED]

The mutants change bytes, or the JSON header token by token, or its entries (twice, other shapes, dtypes, fields, names). Where both accept, names, dtypes,
shapes and bytes must be equal. We must refuse whatever the reference refuses; where we alone refuse, the reason must be
one of the rules in which we are stricter on purpose (`stricter` below). Anything else is printed and fails.
Needs the Python package safetensors; exits with 77 without it.
"""

import collections
import json
import random
import re
import struct
import subprocess
import sys
import zlib

try:
    import safetensors
except ImportError:
    sys.exit(77)

# Rules of ours that the reference reader does not have, by words of our message.
stricter = {
    "one name twice": r"has two entries of the name",
    "a field that the format does not know": r"that the format does not know",
    "an unusable name (empty, control character, over 1024 bytes)": r"a tensor's name .* (is empty|contains a control|is longer)",
    "a dtype that tuneit has not (8-bit and smaller floats, complex)": r"the dtype .* is not supported",
    "a boolean other than 0 and 1": r"boolean tensor .* other than 0 and 1",
    "more than 16 dimensions": r"more than 16 dimensions",
    "a dimension above 2^63 - 1": r"dimension above 2\^63 - 1",
    "a size that overflows beside a dimension of 0": r"the size of tensor .* overflows",
    "__metadata__: one key twice": r"__metadata__ has the key .* twice",
    "__metadata__ is null": r"__metadata__ holds a null",
}

seeds = [
    ({"__metadata__": {"format": "pt"},
      "a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
      "b\u00fc": {"dtype": "BOOL", "shape": [3], "data_offsets": [16, 19]},
      "c.d": {"dtype": "I64", "shape": [], "data_offsets": [19, 27]},
      "e": {"dtype": "U8", "shape": [0, 9], "data_offsets": [27, 27]}}, bytes(16) + b"\0\1\1" + bytes(range(8))),
    ({"x": {"dtype": "F16", "shape": [1, 3], "data_offsets": [0, 6]},
      "y": {"dtype": "BF16", "shape": [2], "data_offsets": [6, 10]}}, bytes(range(10))),
    ({"u": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, b"abcd"),
    ({}, b""),
]
tokens = ['{', '}', '[', ']', ',', ':', '""', '"a"', '"e"', '"\\u0061"', '"dtype"', '"shape"', '"data_offsets"',
          '"__metadata__"', '"x\\ny"', '"F32"', '"F64"', '"U8"', '"u8"', '"BOOL"', '"I64"', '"F8_E4M3"', '"C64"', '"F4"',
          '0', '1', '2', '4', '16', '27', '-0', '-1', '1.0', '1e0', '01', '9223372036854775807', '9223372036854775808',
          '18446744073709551615', '18446744073709551616', '4294967296', 'null', 'true', ' ', '\n', '\t', '\r', '\0',
          '\ufeff', '"\\ud800"', '"\\ud83d\\ude00"', '"\xfc"', '"\\u0000"', '/**/', '[0,0]', '[0,1]', '{}', '[1]',
          '"k":"v"', '"k":1']
split = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9.eE+-]+|.', re.S)


def whole(header, data):
    return struct.pack("<Q", len(header)) + header + data


def spelt(r, text):
    """A JSON string, perhaps with escapes that mean the same."""
    plain = json.dumps(text, ensure_ascii=r.random() < 0.5)
    if text and text.isalpha() and r.random() < 0.2:
        plain = f'"\\u{ord(text[0]):04x}{text[1:]}"'
    return plain


def structured(r, header, data):
    """A header that is nearly right: pairs in any order, also twice, with one thing changed in some of them."""
    entries = []
    for name, value in header.items():
        entries.append([name, [[k, v] for k, v in value.items()]])
    for _ in range(r.choice([1, 1, 2])):
        if not entries:
            break
        entry = r.choice(entries)
        tensor = entry[0] != "__metadata__"
        fields = dict(map(tuple, entry[1])) if isinstance(entry[1], list) else {}
        action = r.randrange(9)
        if action == 0:
            entries.append([entry[0], [list(f) for f in entry[1]] if entry[1] is not None else None])
        elif action == 1 and entry[1]:
            entry[1].append(list(r.choice(entry[1])))
        elif action == 2 and entry[1] is not None:
            entry[1].append([r.choice(["x", "dtype", "strides", ""]), r.choice([1, "U8", None, [1], {}, "v"])])
        elif action == 3:
            entry[0] = r.choice(["", "a\0b", "a\nb", "../../x", "n" * 1024, "n" * 1025, "\u00fc", "\U0001f600", "__metadata__", "\x7f"])
        elif action == 4 and tensor and "shape" in fields:
            numbers = [0, 1, 1, 2, 2, 4, 16, 2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64]
            shape = [r.choice(numbers) for _ in range(r.choice([0, 1, 2, 3]))]
            if r.random() < 0.5:  # as many bytes as before: ones anywhere, also many of them
                shape = list(fields["shape"])
                for _ in range(r.choice([1, 13, 14, 15, 16, 99])):
                    shape.insert(r.randrange(len(shape) + 1), 1)
            for f in entry[1]:
                f[1] = shape if f[0] == "shape" else f[1]
        elif action == 5 and tensor:
            kinds = ["F32", "I32", "U32", "F64", "I64", "U64", "C64", "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0",
                     "F16", "BF16", "I16", "U16", "F4", "F6_E2M3", "f32", "", 3]
            for f in entry[1] or []:
                f[1] = r.choice(kinds) if f[0] == "dtype" else f[1]
        elif action == 6 and tensor:
            for f in entry[1] or []:
                if f[0] == "data_offsets":
                    f[1] = [max(0, o + r.choice([-1, 0, 0, 1, 8])) for o in f[1]][:r.choice([1, 2, 2, 2, 2])]
        elif action == 7:
            entries.append(["__metadata__", r.choice([None, [], [["k", "v"]], [["k", "v"], ["k", "w"]], [["k", 1]], [["k", None]]])])
        elif data:
            data = bytearray(data)
            data[r.randrange(len(data))] = r.randrange(256)
    if r.random() < 0.5:
        r.shuffle(entries)
    texts = []
    for name, fields in entries:
        if fields is None:
            texts.append(spelt(r, name) + ":null")
            continue
        if r.random() < 0.3:
            r.shuffle(fields)
        texts.append(spelt(r, name) + ":{" + ",".join(spelt(r, k) + ":" + json.dumps(v) for k, v in fields) + "}")
    text = "{" + r.choice([",", ", ", ",\n"]).join(texts) + "}"
    return whole(text.encode("utf-8", "surrogatepass") + b" " * r.choice([0, 0, 5]), bytes(data))


def mutant(r):
    header, data = r.choice(seeds)
    text = json.dumps(header, ensure_ascii=r.random() < 0.5, separators=(",", ":"))
    kind = r.random()
    if kind < 0.4:
        parts = split.findall(text)
        for _ in range(r.choice([1, 1, 1, 2, 3])):
            at = r.randrange(len(parts))
            action = r.randrange(6)
            if action == 0:
                del parts[at]
            elif action == 1:
                parts.insert(at, r.choice(tokens))
            elif action == 2:
                parts[at] = r.choice(tokens)
            elif action == 3:
                parts[at] = r.choice(parts)
            elif action == 4:  # a piece of it once more
                end = min(len(parts), at + r.randrange(1, 20))
                parts[at:at] = parts[at:end] + ([","] if r.random() < 0.5 else [])
            else:  # another number of the same kind
                numbers = [i for i, p in enumerate(parts) if p[0].isdigit()]
                if numbers:
                    i = r.choice(numbers)
                    parts[i] = str(max(0, int(re.sub(r"\D", "", parts[i]) or 0) + r.choice([-1, 1, 2, 8])))
            if not parts:
                break
        if r.random() < 0.1:
            data = data[:r.randrange(len(data) + 1)] + bytes(r.randrange(3))
        if r.random() < 0.1 and data:
            data = bytearray(data)
            data[r.randrange(len(data))] = r.randrange(256)
        return whole("".join(parts).encode("utf-8", "surrogatepass"), bytes(data))
    if kind < 0.75:
        return structured(r, header, data)
    text = text.encode() + b" " * r.choice([0, 0, 3])
    if kind < 0.8:
        text = r.choice([b" ", b"\n", b"\t\r\n", b"\xef\xbb\xbf", b"\0"]) + text
    file = bytearray(whole(text, data))
    for _ in range(r.choice([1, 1, 2, 4])):
        at = r.randrange(len(file)) if file else 0
        action = r.randrange(5)
        if action == 0 and file:
            file[at] = r.randrange(256)
        elif action == 1 and file:
            file[at] ^= 1 << r.randrange(8)
        elif action == 2:
            del file[at:at + r.randrange(1, 4)]
        elif action == 3:
            file[at:at] = bytes(r.randrange(256) for _ in range(r.randrange(1, 4)))
        else:
            del file[r.randrange(len(file) + 1):]
    return bytes(file)


def reference(file):
    try:
        tensors = safetensors.deserialize(file)
    except Exception as error:  # its one exception type is no subclass of ours to name
        return None, str(error)
    lines = []
    for name, t in sorted(tensors, key=lambda item: item[0].encode("utf-8", "surrogatepass")):
        shape = "".join(f"{side}x" for side in t["shape"])
        lines.append(f"{name.encode('utf-8', 'surrogatepass').hex()},{t['dtype']},{shape},{zlib.crc32(bytes(t['data']))}")
    return lines, None


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    r = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    files, seen = [], set()
    while len(files) < count:
        file = mutant(r)
        if file not in seen:
            seen.add(file)
            files.append(file)
    stream = b"".join(struct.pack("<I", len(f)) + f for f in files)
    verdicts = subprocess.run([program], input=stream, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    assert len(verdicts) == count, (len(verdicts), count)
    tally, unexplained = collections.Counter(), []
    for file, verdict in zip(files, verdicts):
        theirs, why = reference(file)
        accepted = verdict.startswith("accepted")
        if accepted and theirs is not None:
            same = verdict.split()[1:] == theirs
            tally["both accept" if same else "BOTH ACCEPT, DIFFERENTLY"] += 1
            if not same:
                unexplained.append((file, verdict, theirs))
        elif not accepted and theirs is None:
            tally["both refuse"] += 1
        elif accepted:
            tally["THE REFERENCE ALONE REFUSES"] += 1
            unexplained.append((file, verdict, why))
        else:
            reason = next((name for name, words in stricter.items() if re.search(words, verdict)), None)
            tally[f"we alone refuse: {reason}" if reason else "WE ALONE REFUSE, UNEXPLAINED"] += 1
            if reason is None:
                unexplained.append((file, verdict, theirs))
    print(f"{count} different mutants, safetensors {safetensors.__version__}")
    for name, n in sorted(tally.items(), key=lambda item: -item[1]):
        print(f"{n:8d}  {name}")
    for file, ours, theirs in unexplained[:20]:
        print(f"unexplained: {file!r}\n  ours: {ours}\n  reference: {theirs}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
