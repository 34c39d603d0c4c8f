"""The figures of report/text against seqeval, torchmetrics, and formulas written here once more.

usage: check_text_figures.py DIR [--figures PROGRAM] [--sequences N]
With scikit-learn and SciPy installed (they are not for ctest) their figures are compared, too.
"""
# needs:

import argparse
import collections
import json
import math
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import types
import warnings

import oracle  # noqa: F401
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("directory", type=pathlib.Path)
parser.add_argument("--figures", default=os.environ.get("TUNEIT_BIN", "build/bin") + "/text_figures")
parser.add_argument("--sequences", type=int, default=1500)
args = parser.parse_args()
try:
    import scipy.stats
    import sklearn.metrics
    full = True
except ImportError:  # seqeval asks of scikit-learn for the name of a warning only
    full = False
    sys.modules["sklearn"] = types.ModuleType("sklearn")
    sys.modules["sklearn.exceptions"] = exceptions = types.ModuleType("sklearn.exceptions")
    exceptions.UndefinedMetricWarning = UserWarning
from seqeval import scheme as schemes  # noqa: E402
from seqeval.metrics import sequence_labeling, v1  # noqa: E402
if not full:  # others look for the real one
    del sys.modules["sklearn"], sys.modules["sklearn.exceptions"]

warnings.filterwarnings("ignore")
draw = random.Random(7)
close = lambda a, b, by=1e-12: (a is None or math.isnan(a)) if b is None or math.isnan(b) else a is not None and abs(a - b) <= by
given = collections.defaultdict(list)
expected = collections.defaultdict(list)


# --- classes: scikit-learn's definitions, from the arrays and not from counts
def f1_of(truth, predicted):
    hits = sum(t and p for t, p in zip(truth, predicted))
    both = sum(truth) + sum(predicted)
    return 2 * hits / both if both else 0.0


for n in range(60):
    k = draw.randint(2, 7)
    size = draw.choice([1, 2, 5, 300])
    truth = [draw.randrange(draw.randint(1, k)) for _ in range(size)]
    predicted = [t if draw.random() < 0.6 else draw.randrange(k) for t in truth]
    given["classes"].append({"classes": k, "truth": truth, "predicted": predicted})
    occur = sorted({*truth, *predicted})
    f1 = {c: f1_of([t == c for t in truth], [p == c for p in predicted]) for c in range(k)}
    right = sum(t == p for t, p in zip(truth, predicted)) / size
    one_hot = lambda v: np.array([[float(x == c) for c in range(k)] for x in v])
    centred = lambda v: one_hot(v) - one_hot(v).mean(0)  # covariances of the indicators: Gorodkin's first form
    cov = lambda a, b: float((centred(a) * centred(b)).sum())
    root = math.sqrt(cov(truth, truth) * cov(predicted, predicted))
    mcc = cov(truth, predicted) / root if root > 1e-12 else 0.0
    values = [right, f1[1], right, sum(f1[c] for c in occur) / len(occur),
              sum(f1[c] * truth.count(c) for c in occur) / size, mcc]
    if full:
        score = lambda average: sklearn.metrics.f1_score(truth, predicted, average=average, zero_division=0)
        theirs = [sklearn.metrics.accuracy_score(truth, predicted),
                  sklearn.metrics.f1_score([t == 1 for t in truth], [p == 1 for p in predicted], zero_division=0),
                  score("micro"), score("macro"), score("weighted"), sklearn.metrics.matthews_corrcoef(truth, predicted)]
        assert all(close(a, b) for a, b in zip(values, theirs)), (values, theirs)
        values = theirs
    expected["classes"].append(values)

# --- several labels
for n in range(40):
    k, size = draw.randint(1, 6), draw.choice([1, 3, 200])
    truth = [[draw.random() < 0.3 for _ in range(k)] for _ in range(size)]
    predicted = [[t if draw.random() < 0.7 else not t for t in row] for row in truth]
    given["labels"].append({"labels": k, "truth": truth, "predicted": predicted})
    flat = lambda rows: [x for row in rows for x in row]
    column = lambda rows, c: [row[c] for row in rows]
    values = [f1_of(flat(truth), flat(predicted)), sum(f1_of(column(truth, c), column(predicted, c)) for c in range(k)) / k,
              sum(t == p for t, p in zip(truth, predicted)) / size]
    if full and k > 1:
        score = lambda average: sklearn.metrics.f1_score(np.array(truth), np.array(predicted), average=average, zero_division=0)
        values = [score("micro"), score("macro"), sklearn.metrics.accuracy_score(np.array(truth), np.array(predicted))]
    expected["labels"].append(values)

# --- correlations
for n in range(60):
    size = draw.choice([2, 3, 10, 400])
    grid = draw.random() < 0.5
    x = [float(draw.randint(0, 5)) if grid else draw.gauss(1e3, 1) for _ in range(size)]
    y = [a * draw.choice([1, -1]) + draw.randint(0, 3) if draw.random() < 0.8 else draw.gauss(0, 1) for a in x]
    if n % 15 == 0:
        y = [2.5] * size
    given["correlation"].append({"x": x, "y": y})
    rank = lambda v: [sum(b < a for b in v) + (sum(b == a for b in v) + 1) / 2 for a in v]
    def pearson(a, b):
        if len({*a}) == 1 or len({*b}) == 1:
            return math.nan
        a, b = (np.array(v, dtype=np.longdouble) for v in (a, b))
        a, b = a - a.mean(), b - b.mean()
        return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    values = [pearson(x, y), pearson(rank(x), rank(y))]
    if full:
        values = [float(scipy.stats.pearsonr(x, y)[0]), float(scipy.stats.spearmanr(x, y)[0])]
    expected["correlation"].append(values)

# --- spans: seqeval, 1 to 4 sentences at a time, valid tags and tags of chance
alphabets = {"": "BIES", "IOB1": "BI", "IOB2": "BI", "IOBES": "BIES", "BILOU": "BILU"}
kinds = ["PER", "LOC", "GEO-loc"]
def sentence(letters, length):
    if draw.random() < 0.6:  # by chance
        return [draw.choice(["O", *(f"{a}-{t}" for a in letters for t in kinds[: draw.randint(1, 3)])]) for _ in range(length)]
    tags = []
    while len(tags) < length:
        kind, n = draw.choice(kinds), draw.randint(1, 3)
        if draw.random() < 0.4:
            tags.append("O")
        elif n == 1:
            tags.append(("U" if "U" in letters else "S" if "S" in letters else "B") + "-" + kind)
        else:
            last = "L" if "L" in letters else "E" if "E" in letters else "I"
            tags += [f"B-{kind}", *[f"I-{kind}"] * (n - 2), f"{last}-{kind}"]
    return tags[:length]
for n in range(args.sequences):
    scheme = draw.choice([*alphabets])
    truth = [sentence(alphabets[scheme], draw.randint(1, 9)) for _ in range(draw.randint(1, 4))]
    predicted = [[t if draw.random() < 0.7 else c for t, c in zip(row, sentence(alphabets[scheme], len(row)))] for row in truth]
    given["spans"].append({"scheme": scheme, "truth": truth, "predicted": predicted})
    if scheme:
        entities = lambda rows: {e.to_tuple() for row in schemes.Entities(rows, getattr(schemes, scheme)).entities for e in row}
        support, how = v1.precision_recall_fscore_support, {"scheme": getattr(schemes, scheme)}
    else:
        entities = lambda rows: {(i, t, b, e + 1) for i, row in enumerate(rows) for t, b, e in sequence_labeling.get_entities(row)}
        support, how = sequence_labeling.precision_recall_fscore_support, {}
    gold, found = entities(truth), entities(predicted)
    counts = {t: [sum(e[1] == t for e in s) for s in (gold & found, found, gold)] for t in {e[1] for e in gold | found}}
    values = [0.0] * 5
    if counts:
        values = [float(v) for v in support(truth, predicted, average="micro", **how)[:3]]
        values += [float(support(truth, predicted, average=a, **how)[2]) for a in ("macro", "weighted")]
    expected["spans"].append([counts, *values])

# --- answers: torchmetrics.text.SQuAD
from torchmetrics.functional.text.squad import _normalize_text, _squad_update  # noqa: E402
from torchmetrics.text import SQuAD  # noqa: E402

pool = ["the", "The", "a", "an", "AN", "theory", "Straße", "İstanbul", "ΟΔΥΣΣΕΥΣ", "Σ", "ΑΣ.", "ΑΣ'Β", "naïve", "don't", "U.S.A.",
        "1,000", "—", "—the—", "the\u0301", "東京", "½", "²", "a\u00a0b", "x_y", "_the_", "\u2003", "\u200b", "ﬁ", "ǅ", "ΑΣ\u0301Β",
        "ªΣ", "ⅠΣ", "a-b", "(the)", "“the”", "...", "", "and", "cat", "cat", "dog", "Ⓐ", "𝐀", "А", "ß", "ẞ", "Ω", "\x1c", "\x85"]
phrase = lambda: draw.choice([" ", "  ", "-", "\t"]).join(draw.choice(pool) for _ in range(draw.randint(0, 6)))
asked = []
for n in range(1000):
    accepted = [phrase() for _ in range(draw.randint(1, 3))]
    predicted = draw.choice([phrase(), draw.choice(accepted).upper(), draw.choice(accepted) + " the " + phrase()])
    asked.append({"accepted": accepted, "predicted": predicted})
given["answers"].append(asked)
metric, each = SQuAD(), []
for n, one in enumerate(asked):
    target = {"answers": {"answer_start": [0] * len(one["accepted"]), "text": one["accepted"]}, "id": str(n)}
    metric.update([{"prediction_text": one["predicted"], "id": str(n)}], [target])
    f1, exact, _ = _squad_update({str(n): one["predicted"]},
                                 [{"paragraphs": [{"qas": [{"answers": [{"text": t} for t in one["accepted"]], "id": str(n)}]}]}])
    each.append([bool(exact), float(f1), _normalize_text(one["predicted"])])
total = metric.compute()
expected["answers"].append([each, float(total["exact_match"]) / 100, float(total["f1"]) / 100])

# --- thresholds: the best of all that change something, by trying each
for n in range(60):
    choices = [[float(draw.randint(-4, 4)) if n % 2 else draw.gauss(0, 3), draw.choice([0.0, 0.25, 1.0]), draw.random() < 0.5,
                draw.random() < 0.8] for _ in range(draw.randint(1, 30))]
    given["threshold"].append(choices)
    def score(threshold):
        sums = 0.0
        for null, value, has, answered in choices:
            said = null <= threshold and answered
            sums += value if has and null <= threshold else 1.0 if not has and not said else 0.0
        return sums / len(choices)
    expected["threshold"].append(max([score(-math.inf)] + [score(c[0]) for c in choices]))

# --- decisions: what the question-answering example of transformers does, written once more
for n in range(120):
    passage = "".join(draw.choice("abcdefgh ") for _ in range(60))
    windows = []
    for w in range(draw.randint(1, 3)):
        length = draw.randint(3, 24)
        offsets = [None] * 2 + [[2 * i + w, 2 * i + w + 2] for i in range(length - 3)] + [None]
        windows.append({"offsets": offsets, **{side: [float(np.float32(draw.gauss(0, 3))) for _ in range(length)] for side in ("begin", "end")}})
    one = {"passage": passage, "windows": windows, "n_best": draw.choice([1, 3, 20]), "most": draw.choice([1, 4, 30]),
           "none": draw.random() < 0.5, "threshold": draw.choice([0.0, -2.0, 1.5])}
    given["decision"].append(one)
    kept, null = [], None
    for w in windows:
        start, end = (np.array(w[side], dtype=np.float32) for side in ("begin", "end"))
        if null is None or start[0] + end[0] < null[0]:
            null = (start[0] + end[0], (0, 0))
        best = lambda v: np.argsort(v)[-1: -one["n_best"] - 1: -1].tolist()
        for s in best(start):
            for e in best(end):
                if w["offsets"][s] is None or w["offsets"][e] is None or e < s or e - s + 1 > one["most"]:
                    continue
                kept.append((start[s] + end[e], (w["offsets"][s][0], w["offsets"][e][1])))
    if one["none"]:
        kept.append(null)
    kept = sorted(kept, key=lambda c: c[0], reverse=True)[: one["n_best"]]
    if one["none"] and not any(c[1] == (0, 0) for c in kept):
        kept.append(null)
    texts = [(passage[c[1][0]: c[1][1]], float(c[0])) for c in kept]
    if not texts or (len(texts) == 1 and texts[0][0] == ""):
        texts.insert(0, ("empty", 0.0))
    powers = np.exp(np.array([s for _, s in texts]) - max(s for _, s in texts))
    text, difference = texts[0][0], None
    if one["none"]:
        text, score_of = next(t for t in texts if t[0] != "")
        difference = float(null[0]) - score_of
        if difference > one["threshold"]:
            text = ""
    expected["decision"].append([text, [[t, s, p] for (t, s), p in zip(texts, powers / powers.sum())], difference])

# --- compare
args.directory.mkdir(parents=True, exist_ok=True)
source, result = args.directory / "in.json", args.directory / "out.json"
source.write_text(json.dumps(given))
subprocess.run([args.figures, source, result], check=True)
ours = json.loads(result.read_text())
wrong = []
def check(kind, good):
    assert len(ours[kind]) == len(expected[kind]) > 0
    bad = [i for i, (a, b) in enumerate(zip(ours[kind], expected[kind])) if not good(i, a, b)]
    if bad:
        i = bad[0]
        wrong.append(f"{kind}: {len(bad)} of {len(expected[kind])} differ, first {i}: {str(given[kind][i])[:600]}\n"
                     f"  ours {str(ours[kind][i])[:400]}\n  want {str(expected[kind][i])[:400]}")
numbers = lambda i, a, b: len(a) == len(b) and all(map(close, a, b))
check("classes", numbers)
check("labels", numbers)
check("correlation", numbers)
check("spans", lambda i, a, b: a[0] == b[0] and numbers(i, a[1:], b[1:]))
for i, (a, b) in enumerate(zip(ours["answers"][0][0], expected["answers"][0][0])):
    if a[0] != b[0] or not close(a[1], b[1], 1e-6) or a[2] != b[2]:
        wrong.append(f"answers: {asked[i]}\n  ours {a}\n  want {b}")
check("answers", lambda i, a, b: all(close(x, y, 1e-6) for x, y in zip(a[1:], b[1:])))
def same_threshold(i, a, b):
    return close(a[1], b)
check("threshold", same_threshold)
check("decision", lambda i, a, b: a[0] == b[0] and [t[0] for t in a[1]] == [t[0] for t in b[1]]
      and all(close(x[1], y[1], 1e-5) and close(x[2], y[2], 1e-6) for x, y in zip(a[1], b[1]))
      and close(a[2], b[2], 1e-5))
if wrong:
    sys.exit("\n".join(wrong[:12]))
print({kind: len(v) for kind, v in given.items()}, "agree;", len(asked), "answers;", "with" if full else "without", "scikit-learn and SciPy")
