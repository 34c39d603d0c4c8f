"""Ten steps of PEFT's LoRA, DoRA and IA3 on all 3x3 convolutions of torchvision's ResNet-18 with a new head and on a small
BERT, and the files that PEFT writes of them.

usage: make_adapters.py DIR
"""

import oracle  # before torch
import pathlib
import sys

import peft
import torch
import torchvision
import transformers
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
convs = r"layer\d\.\d\.conv\d"
conv_rules = dict(target_modules=convs, modules_to_save=["fc"])
text_rules = dict(task_type="SEQ_CLS")
configs = {
    "lora": peft.LoraConfig(r=8, lora_alpha=16, **conv_rules),
    "rslora": peft.LoraConfig(r=4, lora_alpha=8, use_rslora=True, **conv_rules),
    "dora": peft.LoraConfig(r=8, lora_alpha=16, use_dora=True, **conv_rules),
    "ia3": peft.IA3Config(feedforward_modules=[], **conv_rules),
    "ia3_input": peft.IA3Config(feedforward_modules=convs, **conv_rules),
    "bert_lora": peft.LoraConfig(r=4, lora_alpha=8, use_rslora=True, target_modules=["query", "value", "word_embeddings"],
                                 rank_pattern={"value": 2}, alpha_pattern={"value": 6}, **text_rules),
    "bert_dora": peft.LoraConfig(r=4, lora_alpha=8, use_dora=True, target_modules=["query", "value"], **text_rules),
    "bert_ia3": peft.IA3Config(target_modules=["key", "value", "output.dense"], feedforward_modules=["output.dense"],
                               **text_rules),
}


def ours(name):
    """A tensor's name in tuneit; None of what PEFT keeps beside the network."""
    if "original_module" in name:
        return None
    name = name.removeprefix("base_model.model.").replace(".base_layer.", ".").replace("modules_to_save.", "")
    return name.removeprefix("bert.").replace(".default", "").replace("lora_magnitude_vector.weight", "lora_magnitude_vector")


def network(bert):
    torch.manual_seed(3)
    if bert:
        config = transformers.BertConfig(vocab_size=31, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                         intermediate_size=64, max_position_embeddings=16, hidden_dropout_prob=0.0,
                                         attention_probs_dropout_prob=0.0, num_labels=3, attn_implementation="eager")
        net = transformers.BertForSequenceClassification(config)
        with torch.no_grad():
            for p in net.parameters():
                p.add_(torch.randn_like(p) * 0.2)
        return net
    net = torchvision.models.resnet18(num_classes=5)
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            for t, low, high in ((m.weight, 0.6, 1.2), (m.bias, -0.2, 0.2), (m.running_mean, -0.2, 0.2), (m.running_var, 0.6, 1.4)):
                torch.nn.init.uniform_(t, low, high)
    return net


for kind in ("", "bert_"):
    base = network(kind != "").state_dict()
    save_file({k.removeprefix("bert."): v.contiguous() for k, v in base.items()}, out / f"{kind}base.safetensors")
torch.manual_seed(4)
batches = {f"x{i}": torch.randn(2, 3, 48, 48) for i in range(10)}
batches.update({f"y{i}": torch.randint(0, 5, (2,)) for i in range(10)})
save_file(batches, out / "batches.safetensors")
texts = {}
for i in range(10):
    texts[f"x{i}"] = torch.randint(1, 31, (4, 9))
    texts[f"x{i}"][1, 3:5] = 0  # the padding row, read where nothing is masked: it has no gradient even so
    mask = torch.ones(4, 9, dtype=torch.bool)
    mask[2, 5:] = mask[3, 2:] = False
    texts[f"x{i}"][~mask] = 0
    texts[f"mask{i}"], texts[f"types{i}"], texts[f"y{i}"] = mask, torch.randint(0, 2, (4, 9)), torch.randint(0, 3, (4,))
save_file(texts, out / "bert_batches.safetensors")


def logits_of(model, bert, i, dtype):
    if not bert:
        return model(batches[f"x{i}"].to(dtype))
    return model(input_ids=texts[f"x{i}"], attention_mask=texts[f"mask{i}"].long(), token_type_ids=texts[f"types{i}"]).logits


for name, config in configs.items():
    bert = name.startswith("bert_")
    for dtype in (torch.float32, torch.float64) if name == "lora" else (torch.float64,):
        net = network(bert)
        torch.manual_seed(5)
        model = peft.get_peft_model(net, config).to(dtype)
        for n, p in model.named_parameters():  # not at their special values
            if "lora_B" in n or "ia3_l" in n or "lora_embedding_A" in n:
                with torch.no_grad():
                    p.add_(torch.randn(p.shape).mul(0.2 if bert else 0.02).to(dtype))
        model.eval()  # statistics are frozen, nothing is dropped
        data = {"start." + ours(n): p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01, momentum=0.9)
        losses = []
        for i in range(10):
            loss = torch.nn.functional.cross_entropy(logits_of(model, bert, i, dtype), (texts if bert else batches)[f"y{i}"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        data["losses"] = torch.tensor(losses, dtype=torch.float64)
        data.update({"end." + ours(n): p.detach().clone() for n, p in model.named_parameters() if p.requires_grad})
        kind = "float" if dtype == torch.float32 else "double"
        model.save_pretrained(out / f"{name}.{kind}.peft")
        with torch.no_grad():
            data["logits"] = logits_of(model, bert, 0, dtype)
            data["merged"] = logits_of(model.merge_and_unload(), bert, 0, dtype)
        save_file({k: v.contiguous() for k, v in data.items()}, out / f"{name}.{kind}.safetensors")
