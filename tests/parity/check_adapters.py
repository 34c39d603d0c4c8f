# needs: test_adapters
"""PEFT loads the adapter files that tuneit wrote, whole, and the network then says what it says in tuneit.

usage: check_adapters.py DIR
"""

import oracle  # before torch
import pathlib
import sys
import warnings

import peft
import torch
import torchvision
import transformers
from safetensors.torch import load_file

out = pathlib.Path(sys.argv[1])
folders = sorted(out.glob("ours.*"))
assert len(folders) == 10, folders
texts = load_file(out / "bert_batches.safetensors")
images = load_file(out / "batches.safetensors")["x0"]
words = {"input_ids": texts["x0"], "attention_mask": texts["mask0"].long(), "token_type_ids": texts["types0"]}


def network(bert):
    """The network that tuneit began with, of a class of its own library."""
    if not bert:
        net = torchvision.models.resnet18(num_classes=5)
        net.load_state_dict(load_file(out / "base.safetensors"))
        return net
    config = transformers.BertConfig(vocab_size=31, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                                     intermediate_size=64, max_position_embeddings=16, num_labels=3, attn_implementation="eager")
    net = transformers.BertForSequenceClassification(config)
    base = load_file(out / "bert_base.safetensors")
    net.load_state_dict({k if k.startswith("classifier.") else "bert." + k: v for k, v in base.items()})
    return net


for folder in folders:
    double, bert = folder.name.endswith(".double"), ".bert_" in folder.name
    net = network(bert)
    with warnings.catch_warnings():
        warnings.simplefilter("error", peft.utils.warning.PeftWarning)
        model = peft.PeftModel.from_pretrained(net.double() if double else net, folder).eval()
    written = load_file(folder / "adapter_model.safetensors")
    held = peft.get_peft_model_state_dict(model)
    assert held.keys() == written.keys(), held.keys() ^ written.keys()
    for name, tensor in written.items():
        assert torch.equal(held[name], tensor), name
    config = model.peft_config["default"]
    if ".rslora" in folder.name:
        assert config.use_rslora and config.lora_alpha == 8 and config.r == 4
    with torch.no_grad():
        logits = model(**words).logits if bert else model(images.double() if double else images)
    ours = load_file(folder / "logits.safetensors")["logits"].to(logits.dtype)
    apart = ((logits - ours).abs().max() / ours.abs().max()).item()
    print(f"{folder.name}: {len(written)} tensors, logits {apart:.2e} apart")
    assert apart < (1e-12 if double else 1e-5), apart
