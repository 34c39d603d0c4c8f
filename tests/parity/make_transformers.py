"""Small transformers with random weights: outputs and gradients, as transformers computes them in double precision.

usage: make_transformers.py DIR

NAME_SEED.safetensors has the inputs ("in.NAME"), the tensors by the names of the file that save_pretrained writes, without
the prefix of the body ("begin.*"), the outputs ("out.*"), random gradients by them ("dy.*") and the gradients of all
parameters ("gradient.*"). steps.safetensors has 20 steps of AdamW on one batch: the labels, the losses ("loss"), all
tensors before and behind ("begin.*", "end.*").
"""

import oracle  # before torch
import pathlib
import sys
import tempfile

import torch
import torch.nn.functional as F
import transformers as t
from safetensors.torch import load_file, save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)

text = dict(vocab_size=31, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
            max_position_embeddings=16, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
bert = t.BertConfig(**text, type_vocab_size=2, num_labels=3)
roberta = t.RobertaConfig(**{**text, "max_position_embeddings": 18}, type_vocab_size=1, num_labels=3, pad_token_id=1,
                          layer_norm_eps=1e-5)
distil = t.DistilBertConfig(vocab_size=31, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=16,
                            dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0, qa_dropout=0.0, num_labels=3)
gpt2 = t.GPT2Config(vocab_size=31, n_embd=32, n_layer=2, n_head=4, n_positions=16, n_inner=64, resid_pdrop=0.0,
                    embd_pdrop=0.0, attn_pdrop=0.0)
vit = t.ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=16,
                  patch_size=8, num_labels=5, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def spans(config):
    config = type(config).from_dict(config.to_dict())
    config.num_labels = 2
    return config


networks = {
    "bert": (t.BertForSequenceClassification, bert, "bert."),
    "bert_tags": (t.BertForTokenClassification, bert, "bert."),
    "bert_spans": (t.BertForQuestionAnswering, spans(bert), "bert."),
    "bert_masked": (t.BertForMaskedLM, bert, "bert."),
    "distilbert": (t.DistilBertForSequenceClassification, distil, "distilbert."),
    "distilbert_tags": (t.DistilBertForTokenClassification, distil, "distilbert."),
    "distilbert_spans": (t.DistilBertForQuestionAnswering, spans(distil), "distilbert."),
    "distilbert_masked": (t.DistilBertForMaskedLM, distil, "distilbert."),
    "roberta": (t.RobertaForSequenceClassification, roberta, "roberta."),
    "roberta_tags": (t.RobertaForTokenClassification, roberta, "roberta."),
    "roberta_spans": (t.RobertaForQuestionAnswering, spans(roberta), "roberta."),
    "roberta_masked": (t.RobertaForMaskedLM, roberta, "roberta."),
    "gpt2": (t.GPT2LMHeadModel, gpt2, "transformer."),
    "vit": (t.ViTForImageClassification, vit, "vit."),
}


def draw(model):
    """Nothing is at its special value."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.normal_(0, 0.2)
            if p.ndim == 1 and ("norm" in name.lower() or "ln_" in name) and name.endswith("weight"):
                p.add_(1)


def write(path, model, inputs, names_of_file, prefix, call):
    outputs = call(inputs)
    record = {f"in.{k}": v for k, v in inputs.items()}
    loss = 0
    for name, y in outputs.items():
        dy = torch.randn_like(y)
        record |= {f"out.{name}": y.detach().clone(), f"dy.{name}": dy}
        loss = loss + (y * dy).sum()
    loss.backward()
    for name, p in model.named_parameters():
        short = names_of_file[name].removeprefix(prefix)
        record[f"begin.{short}"] = p.detach().clone()
        if p.grad is not None:
            record[f"gradient.{short}"] = p.grad.clone()
    save_file({k: v.contiguous() for k, v in record.items()}, path)


def file_names(model):
    """The names that a file has for the parameters of a model: found by their values."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        stored = load_file(pathlib.Path(folder) / "model.safetensors")
    names = {}
    for name, p in model.named_parameters():
        names[name] = next(k for k, v in stored.items() if v.shape == p.shape and torch.equal(v, p))
    return names


for seed in range(5):
    for name, (make, config, prefix) in networks.items():
        if seed > 0 and "_" in name:
            continue  # other heads on the same layers
        torch.manual_seed(seed)
        config._attn_implementation = "sdpa" if name == "vit" else "eager"  # its eager softmax is in float32
        model = make(config).double().train()
        draw(model)
        if name == "vit":
            inputs = {"images": torch.randn(3, 3, 16, 16, dtype=torch.float64)}

            def call(x):
                return {"out": model(pixel_values=x["images"]).logits}
        else:
            pad = {"roberta": 1}.get(name.split("_")[0], 0)
            ids = torch.randint(2, 31, (3, 9))
            mask = torch.ones(3, 9, dtype=torch.bool)
            for row, length in enumerate((9, 5, 2)):
                mask[row, length:] = False
            if "gpt2" not in name:
                ids[~mask] = pad
            inputs = {"input_ids": ids, "attention_mask": mask}
            if name.startswith("bert"):
                inputs["token_type_ids"] = torch.randint(0, 2, (3, 9)) if seed % 2 == 0 else torch.zeros_like(ids)

            def call(x):
                y = model(**{k: v.long() if k == "attention_mask" else v for k, v in x.items()})
                return {"out": torch.stack([y.start_logits, y.end_logits], -1) if "spans" in name else y.logits}
        write(out / f"{name}_{seed}.safetensors", model, inputs, file_names(model), prefix, call)

torch.manual_seed(9)
model = t.BertForSequenceClassification(bert).double().train()
draw(model)
ids, mask = torch.randint(2, 31, (6, 16)), torch.ones(6, 16, dtype=torch.bool)
mask[1, 9:] = mask[4, 3:] = False
types, labels = torch.randint(0, 2, (6, 16)), torch.randint(0, 3, (6,))
record = {"in.input_ids": ids, "in.attention_mask": mask, "in.token_type_ids": types, "labels": labels}
names = {n: k.removeprefix("bert.") for n, k in file_names(model).items()}
record |= {f"begin.{names[n]}": p.detach().clone() for n, p in model.named_parameters()}
optimizer, losses = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01), []
for _ in range(20):
    loss = model(input_ids=ids, attention_mask=mask.long(), token_type_ids=types, labels=labels).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.detach())
record |= {f"end.{names[n]}": p.detach().clone() for n, p in model.named_parameters()} | {"loss": torch.stack(losses)}
save_file(record, out / "steps.safetensors")

# What gpt2_0 says behind two prompts, the shorter one padded before its beginning: greedy, and with a penalty on what
# was said.
torch.manual_seed(0)
model = t.GPT2LMHeadModel(gpt2).double().eval()
model.load_state_dict({f"transformer.{k.removeprefix('begin.')}": v for k, v in load_file(out / "gpt2_0.safetensors").items()
                       if k.startswith("begin.")}, strict=False)
prompts, there = torch.tensor([[5, 9, 3], [0, 17, 4]]), torch.tensor([[1, 1, 1], [0, 1, 1]])
record = {"prompts": prompts, "there": there}
for name, options in {"greedy": {}, "penalised": {"repetition_penalty": 1.3}, "ended": {"eos": True}}.items():
    end = record["greedy"][0, 7].item() if options.pop("eos", False) else None  # a token that one of them says
    rows = [model.generate(p[m.bool()][None], attention_mask=m[m.bool()][None], max_new_tokens=12, do_sample=False,
                           eos_token_id=end, pad_token_id=0, **options)[0, int(m.sum()):] for p, m in zip(prompts, there)]
    record[name] = torch.stack([F.pad(row, (0, 12 - len(row)), value=-1) for row in rows])
    if name != "penalised":  # transformers punishes what pads, too
        both = model.generate(prompts, attention_mask=there, max_new_tokens=12, do_sample=False, eos_token_id=end,
                              pad_token_id=0, **options)[:, 3:]
        for row, alone in zip(both, record[name]):
            assert torch.equal(row[:int((alone >= 0).sum())], alone[alone >= 0]), (both, record[name])
    if end is not None:
        record["end"] = torch.tensor([end])
save_file(record, out / "generated.safetensors")

import torchvision

# Positions of a grid of 5 x 5 for one of 2 x 2 and of 7 x 7: torchvision's way, and transformers'.
record = {"given": torch.randn(1, 26, 32, dtype=torch.float64)}
wide = t.ViTModel(t.ViTConfig.from_dict(vit.to_dict() | {"image_size": 40})).double()
with torch.no_grad():
    wide.embeddings.position_embeddings.copy_(record["given"])
    for side in (2, 7):
        own = torchvision.models.vision_transformer.interpolate_embeddings(8 * side, 8, {"encoder.pos_embedding": record["given"]})
        record[f"torchvision.{side}"] = own["encoder.pos_embedding"].contiguous()
        record[f"transformers.{side}"] = wide.embeddings.interpolate_pos_encoding(
            torch.zeros(1, side * side + 1, 32), 8 * side, 8 * side).contiguous()
save_file(record, out / "positions.safetensors")

for seed in range(2):
    torch.manual_seed(seed)
    model = torchvision.models.VisionTransformer(image_size=16, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32,
                                                 mlp_dim=64, num_classes=5).double().train()
    draw(model)
    write(out / f"torchvision_vit_{seed}.safetensors", model, {"images": torch.randn(3, 3, 16, 16, dtype=torch.float64)},
          {n: n for n, _ in model.named_parameters()}, "", lambda x: {"out": model(x["images"])})
