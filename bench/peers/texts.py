"""MiniLM on texts of two classes, of Hugging Face's transformers; the texts are those of bench/ours/texts.hpp.

  texts.py CASE MODE     CASE: texts-train-fp32 texts-train-bf16 texts-inference-fp32 texts-inference-bf16
With another name as the first word, before the case:
  tuned    batches of texts that are nearly as long, SDPA, the fused AdamW, autocast
  compile  the same through torch.compile
  trainer  transformers.Trainer with its defaults: batches as they are shuffled, padded to the longest
"""

import contextlib
import itertools
import os
import sys

import torch
import transformers
from torch._inductor import config as inductor

os.environ.setdefault("HF_HUB_OFFLINE", "1")
kind = sys.argv.pop(1)

import common  # noqa: E402  (reads the command line)

VOCABULARY, TEXTS = 30522, 16


def lengths():
    """Tokens of the texts of each batch: log-logistic, median 104 and mean 121."""
    for batch in (6, 31, 18, 43):
        places = [(TEXTS * batch + i + 0.5) / 800 for i in range(TEXTS)]
        yield [round(104 * (q / (1 - q)) ** 0.3) for q in places]


def padded(texts):
    width = max(len(t["input_ids"]) for t in texts)
    ids, mask = torch.zeros(len(texts), width, dtype=torch.long), torch.zeros(len(texts), width, dtype=torch.long)
    for i, text in enumerate(texts):
        n = len(text["input_ids"])
        ids[i, :n], mask[i, :n] = torch.tensor(text["input_ids"]), 1
    labels = torch.tensor([t["labels"] for t in texts])
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids), "labels": labels}


def batches():
    torch.manual_seed(0)
    word = lambda n: torch.randint(1, VOCABULARY, (n,)).tolist()
    return [[{"input_ids": word(n), "labels": int(torch.randint(2, ()))} for n in some] for some in lengths()]


def network():
    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, num_labels=2
    )
    return transformers.BertForSequenceClassification._from_config(config, attn_implementation="sdpa")


def precision(case):
    return torch.autocast("cpu", torch.bfloat16) if case.bf16 else contextlib.nullcontext()


def learn(case):
    some = itertools.cycle([padded(b) for b in batches()])
    common.before_model()
    model = network().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01, fused=True)
    forward = torch.compile(model) if kind == "compile" else model

    def run(steps):
        for _ in range(steps):
            with precision(case):
                loss = forward(**next(some)).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            last = loss.item()
        return last

    return run


def ask(case):
    some = [padded(b) for b in batches()]
    for batch in some:
        del batch["labels"]
    some = itertools.cycle(some)
    common.before_model()
    model = network().eval()
    if kind == "compile":
        inductor.freezing = True
        model = torch.compile(model)

    def run(steps):
        with torch.no_grad() if kind == "compile" else torch.inference_mode(), precision(case):
            for _ in range(steps):
                model(**next(some))
        return 0.0

    return run


def with_trainer(case):
    texts = [text for batch in batches() for text in batch]
    common.before_model()
    model = network()

    def run(steps):
        arguments = transformers.TrainingArguments(
            output_dir="/tmp/bench-trainer", per_device_train_batch_size=TEXTS, max_steps=steps, learning_rate=5e-5,
            bf16=case.bf16, use_cpu=True, report_to="none", save_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        trainer = transformers.Trainer(model=model, args=arguments, train_dataset=texts, data_collator=padded)
        return trainer.train().training_loss

    return run


def prepare(case, _):
    transformers.logging.set_verbosity_error()
    if case.kind != "texts":
        sys.exit(f"no texts in {case.name}")
    if "inference" in case.name:
        return ask(case)
    return with_trainer(case) if kind == "trainer" else learn(case)


if __name__ == "__main__":
    common.main(prepare)
