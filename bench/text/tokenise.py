#!/usr/bin/env python3
"""Tokens a second of processor time: ours and Hugging Face's tokenizers, in turn, on one thread.

usage: tokenise.py PROGRAM TOKENIZER_JSON TEXTS [ROUNDS]

PROGRAM is bench-tokenise, TEXTS a file of lines. The least time of each is taken; both must find as many tokens. Encodings with
ids, offsets, word ids and masks are made of all lines by one call each round (encode_batch of both).
"""
import os

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from tokenizers import Tokenizer

program, tokenizer, texts = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 9
file = json.loads(pathlib.Path(tokenizer).read_text())
file.update(truncation=None, padding=None)
lines = pathlib.Path(texts).read_text().split("\n")[:-1]
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "tokenizer.json"
    path.write_text(json.dumps(file))
    theirs = Tokenizer.from_file(str(path))
    ours = subprocess.Popen([program, str(path), texts, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    least = {"ours": 1e9, "theirs": 1e9}
    for _ in range(rounds):
        ours.stdin.write("\n")
        ours.stdin.flush()
        tokens, seconds = ours.stdout.readline().split()
        least["ours"] = min(least["ours"], float(seconds))
        start = time.process_time()
        encodings = theirs.encode_batch(lines)
        least["theirs"] = min(least["theirs"], time.process_time() - start)
        if sum(len(e) for e in encodings) != int(tokens):
            sys.exit("not as many tokens")
    ours.stdin.close()
size = sum(len(line.encode()) for line in lines)
for who, seconds in least.items():
    print(f"{who}: {int(tokens) / seconds:,.0f} tokens/s, {size / seconds / 1e6:.1f} MB/s")
print(f"{least['theirs'] / least['ours']:.1f} times as fast; {int(tokens)} tokens, {size} bytes, {len(lines)} lines")
