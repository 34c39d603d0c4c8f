#!/usr/bin/env python3
# needs: none
"""Byte-level BPE, Unigram and SentencePiece against the libraries that they come from.

usage: check_text_models.py DIR [COUNT [SEED [KIND ...]]]

COUNT strings (3,000), of all kinds together, or each kind named: mixes of scripts, marks, controls, spaces and the lines of docs/, of
which the models are trained here. Files of tokenizers are compared with tokenizers.Tokenizer, .model files with SentencePiece: ids, and
of the former offsets, word ids, type ids and what is decoded. With 100,000 strings or more every code point comes too. Exit
status 1 at the first difference.
"""
import oracle  # noqa: F401
import json
import os
import pathlib
import random
import subprocess
import sys

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

top = pathlib.Path(__file__).resolve().parents[2]
lines = [line for file in sorted(top.glob("docs/*.md")) for line in file.read_text().splitlines() if line.strip()]
lines += ["Быстрая коричневая лиса.", "東京は日本の首都です。", "한국어 문장도 있습니다.", "Ça va très bien.", "हिन्दी में एक वाक्य", "ﬁne ½ cup Ⅷ ｆｕｌｌ", "ελληνικά"] * 20

blocks = [(0x20, 0x7F)] * 6 + [
    (0x0, 0x20), (0xA0, 0x250), (0x250, 0x300), (0x300, 0x370), (0x370, 0x400), (0x400, 0x530), (0x590, 0x600), (0x600, 0x700),
    (0x700, 0x900), (0x900, 0x980), (0x980, 0xA00), (0xB80, 0xC00), (0xE00, 0xE80), (0x1000, 0x10A0), (0x1100, 0x1200), (0x1200, 0x1380),
    (0x1E00, 0x2000), (0x2000, 0x2070), (0x2070, 0x2200), (0x2460, 0x2600), (0x2600, 0x27C0), (0x3000, 0x3100), (0x3130, 0x3200),
    (0x3200, 0x3400), (0x4E00, 0x5000), (0xAC00, 0xAD00), (0xD7B0, 0xD800), (0xE000, 0xE010), (0xF900, 0xFB50), (0xFB50, 0xFE00),
    (0xFE00, 0xFE10), (0xFE20, 0xFF00), (0xFF00, 0xFFF0), (0xFFF0, 0x10000), (0x10000, 0x10100), (0x11000, 0x11100), (0x16D00, 0x16E00),
    (0x1D400, 0x1D800), (0x1F1E6, 0x1F200), (0x1F300, 0x1F650), (0x20000, 0x20010), (0xE0000, 0xE0080), (0xE0100, 0xE01F0), (0, 0x110000),
]  # fmt: skip
odd = [" ", "  ", "\n", "\r\n", "\t", "'s", "'ll", "'re", "'S", "\u017f", "\u200d", "\u094d", "\u0301", "\u0327", "\u0915", "\u00a9", "\u200b",
       "\ufb01", "\u1100\u1161\u11a8", "\u3000", "\u00a0", "1", "12", "345", "a", "\u2581", "<unk>", "<s>", "<0x41>", "<mask>", "\u0338", "\ufeff",
       "\x00", "\u1160", "\u0e33", "layer", "x y", "</w>", "##"]  # fmt: skip


def code_point(rng, within):
    while True:
        c = rng.randrange(*rng.choice(within))
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def text(rng):
    if rng.random() < 0.3:
        line = rng.choice(lines)
        begin = rng.randrange(len(line))
        out = list(line[begin : begin + rng.randrange(1, 150)])
        for _ in range(rng.randrange(4)):
            out[rng.randrange(len(out))] = rng.choice(odd)
        return "".join(out)
    n = rng.choice([1, 2, 3, 5, 8, 13, 20, 40]) if rng.random() < 0.97 else rng.randrange(100, 600)
    own, latin = [rng.choice(blocks) for _ in range(rng.randrange(1, 4))], rng.random() < 0.5
    out = []
    for _ in range(n):
        kind = rng.random()
        if kind < 0.25:
            out.append(rng.choice(odd))
        elif kind < 0.5:
            out.append(rng.choice("abcdefghijklmnopqrstuvwxyz") if latin else code_point(rng, blocks))
        else:
            out.append(code_point(rng, own))
    return "".join(out)


def every():
    """Every code point, in one of five places."""
    for c in range(0x110000):
        if not 0xD800 <= c < 0xE000:
            s = chr(c)
            yield (s, f"a{s}b", s * 2, s + "\u0334", s + "\u0327")[c % 5]


def fields(data):
    """The fields of a message of protocol buffers: numbers and values."""
    at = 0

    def varint():
        nonlocal at
        out = shift = 0
        while True:
            byte = data[at]
            at, out, shift = at + 1, out | (byte & 127) << shift, shift + 7
            if byte < 128:
                return out

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if tag & 7 == 2 else {1: 8, 5: 4}[tag & 7]
        at += size
        yield tag >> 3, data[at - size : at]


def charsmap_of(path):
    return next(value for n, part in fields(path.read_bytes()) if n == 3 for m, value in fields(part) if m == 2)


def train(directory):
    """Files of tokenizers and of SentencePiece, by name."""
    out = {}

    def save(name, tokenizer):
        path = directory / f"{name}.json"
        tokenizer.save(str(path))
        out[name] = path

    def again(tokenizer, **parts):
        made = Tokenizer.from_str(tokenizer.to_str())
        for key, value in parts.items():
            setattr(made, key, value)
        return made

    def changed(tokenizer, **model):
        made = json.loads(tokenizer.to_str())
        made["model"].update(model)
        return Tokenizer.from_str(json.dumps(made))

    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt2 = Tokenizer(models.BPE())
    gpt2.pre_tokenizer, gpt2.decoder, gpt2.post_processor = level, decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    gpt2.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=1256, initial_alphabet=level.alphabet(), show_progress=False))
    save("gpt2", gpt2)
    prefix = again(gpt2, pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True), post_processor=processors.ByteLevel(trim_offsets=True))
    save("prefix", prefix)
    roberta = again(gpt2, pre_tokenizer=pre_tokenizers.ByteLevel(add_prefix_space=True))
    roberta.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True)])
    roberta.post_processor = processors.RobertaProcessing(("</s>", roberta.token_to_id("</s>")), ("<s>", roberta.token_to_id("<s>")))
    save("roberta", roberta)
    old, bytes_only = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?", pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    for name, digits in (("llama3", "{1,3}"), ("qwen2", "")):
        pattern = old + rf"\p{{L}}+|\p{{N}}{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        parts = [pre_tokenizers.Split(Regex(pattern), "isolated"), bytes_only]
        made = again(gpt2, pre_tokenizer=pre_tokenizers.Sequence(parts))
        if name == "llama3":  # words that no merge makes
            vocab = json.loads(gpt2.to_str())["model"]["vocab"]
            vocab |= {word: len(vocab) + i for i, word in enumerate(w for w in ("Ġpolicies", "tokeniser", "xyzzy", "ĠĠĠĠĠĠĠĠĠ", "345") if w not in vocab)}
            made = changed(made, ignore_merges=True, vocab=vocab)
        save(name, made)
    save("bytenormal", again(gpt2, normalizer=normalizers.ByteLevel(), pre_tokenizer=pre_tokenizers.FixedLength(7)))

    words = pre_tokenizers.Sequence([pre_tokenizers.CharDelimiterSplit(" "), pre_tokenizers.Punctuation()])
    clip = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    clip.normalizer, clip.pre_tokenizer, clip.decoder = normalizers.Lowercase(), words, decoders.BPEDecoder()
    few = dict(show_progress=False, special_tokens=["<unk>"], limit_alphabet=60)
    clip.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=600, end_of_word_suffix="</w>", **few))
    save("clip", clip)
    for name, options in (("prefixed", dict(fuse_unk=True, continuing_subword_prefix="##")), ("unfused", dict(continuing_subword_prefix="##", end_of_word_suffix="</w>"))):
        made = Tokenizer(models.BPE(unk_token="<unk>", **options))
        made.pre_tokenizer = words
        options.pop("fuse_unk", None)
        made.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=600, **few, **options))
        save(name, made)
    llama = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    llama.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    llama.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    few["special_tokens"] = ["<unk>"] + [f"<0x{b:02X}>" for b in range(256)]
    llama.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=900, **few))
    made = json.loads(llama.to_str())
    made["added_tokens"] = made["added_tokens"][:1]
    llama = Tokenizer.from_str(json.dumps(made))
    save("llama", llama)
    vocab = {t: i for t, i in made["model"]["vocab"].items() if t != "<0x41>"}
    gap = next(t for t, i in vocab.items() if i == len(vocab))
    vocab[gap] = made["model"]["vocab"]["<0x41>"]
    save("somebytes", changed(llama, vocab=vocab))
    save("nounknown", changed(llama, unk_token=None, byte_fallback=False))

    corpus = directory / "corpus.txt"
    corpus.write_text("\n".join(lines))

    def sp(name, **options):
        model = dict(input=str(corpus), model_prefix=str(directory / name), minloglevel=2, character_coverage=0.999)
        sentencepiece.SentencePieceTrainer.train(**{**model, **options})
        out[name] = directory / f"{name}.model"
        return out[name]

    symbols = ["<user>", "x y", "layer"]
    plain = sp("sp-unigram", vocab_size=800, model_type="unigram")
    sp("sp-bytes", vocab_size=1100, model_type="unigram", byte_fallback=True, character_coverage=0.995, user_defined_symbols=symbols, control_symbols=["<ctl>"])
    sp("sp-bpe", vocab_size=1100, model_type="bpe", byte_fallback=True, character_coverage=0.995, user_defined_symbols=symbols)
    sp("sp-identity", vocab_size=900, model_type="bpe", normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False)
    sp("sp-across", vocab_size=900, model_type="bpe", split_by_whitespace=False, treat_whitespace_as_suffix=True, normalization_rule_name="nfkc_cf")
    sp("sp-suffix", vocab_size=800, model_type="unigram", treat_whitespace_as_suffix=True, remove_extra_whitespaces=False)

    def pieces(path):
        processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        return [(processor.id_to_piece(i), processor.get_score(i)) for i in range(len(processor))]

    precompiled = normalizers.Precompiled(charsmap_of(plain))
    t5 = Tokenizer(models.Unigram(pieces(plain), 0, False))
    t5.normalizer, t5.pre_tokenizer, t5.decoder = precompiled, pre_tokenizers.Metaspace(), decoders.Metaspace()
    t5.add_special_tokens(["<s>", "</s>", "<unk>"])
    t5.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", t5.token_to_id("</s>"))])
    save("t5", t5)
    xlmr = again(t5, normalizer=normalizers.Sequence([precompiled, normalizers.Replace(Regex(" {2,}"), " ")]))
    xlmr.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    save("xlmr", xlmr)
    save("first", again(t5, pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="first"), normalizer=normalizers.Nmt()))
    save("whole", again(t5, pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="never", split=False), decoder=decoders.Metaspace(prepend_scheme="never")))
    fallback = Tokenizer(models.Unigram(pieces(out["sp-bytes"]), 0, True))
    fallback.normalizer, fallback.pre_tokenizer = precompiled, pre_tokenizers.Metaspace()
    fallback.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    save("unibytes", fallback)
    ctc = again(t5, decoder=decoders.CTC(pad_token="a", word_delimiter_token="▁"), normalizer=None)
    save("ctc", ctc)
    return out


def rows(e):
    return "".join(
        f"{i},{t},{-1 if w is None else w},{-1 if s is None else s},{m},{b},{n} "
        for i, t, w, s, m, (b, n) in zip(e.ids, e.type_ids, e.word_ids, e.sequence_ids, e.special_tokens_mask, e.offsets)
    )


def answers(path, given):
    program = os.path.join(os.environ.get("TUNEIT_BIN", "build/bin"), "tokenise")
    out = subprocess.run([program, str(path)], input="\n".join(json.dumps(g) for g in given) + "\n", capture_output=True, text=True, encoding="utf-8")
    ours = out.stdout.split("\n")[:-1]
    if out.returncode != 0 or len(ours) != len(given):
        sys.exit(f"{path}: {program} left {len(ours)} of {len(given)} lines: {out.stderr[:2000]}")
    return ours


def compare(name, path, given, rng):
    if path.suffix == ".model":
        theirs = sentencepiece.SentencePieceProcessor(model_file=str(path))
        for line, we in zip(given, answers(path, [{"a": s} for s in given])):
            they = theirs.encode(line)
            if [int(row.split(",")[0]) for row in we.split()] != they:
                sys.exit(f"{name}: {ascii(line)}\n  ours   {we}\n  theirs {they} {theirs.encode(line, out_type=str)}")
        return
    theirs = Tokenizer.from_file(str(path))
    size = theirs.get_vocab_size()
    decoded = [[rng.randrange(size) for _ in range(rng.randrange(1, 12))] for _ in range(len(given) // 20)]
    decoded += [sorted(ids) for ids in decoded[::4]]
    ours = answers(path, [{"a": s} for s in given] + [{"ids": ids, "skip": i % 2 == 0} for i, ids in enumerate(decoded)])
    for begin in range(0, len(given), 5000):
        part = given[begin : begin + 5000]
        for line, we, e in zip(part, ours[begin : begin + 5000], theirs.encode_batch(part)):
            if we != rows(e):
                sys.exit(f"{name}: {ascii(line)}\n  ours   {we}\n  theirs {rows(e)}")
    for i, (ids, we) in enumerate(zip(decoded, ours[len(given) :])):
        they = theirs.decode(ids, skip_special_tokens=i % 2 == 0)
        if json.loads(we) != they:
            sys.exit(f"{name}: {ids}\n  ours   {we}\n  theirs {json.dumps(they, ensure_ascii=False)}")


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    all_kinds = train(directory)
    wanted = sys.argv[4:] or list(all_kinds)
    total = 0
    for name in wanted:
        given = [text(rng) for _ in range(count if len(sys.argv) > 4 else count // len(wanted))]
        if count >= 100000:
            given += every()
        compare(name, all_kinds[name], given, rng)
        total += len(given)
    print(f"{total} strings, 0 different from tokenizers {tokenizers.__version__} and sentencepiece {sentencepiece.__version__}")


if __name__ == "__main__":
    main()
