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
from safetensors.torch import load_file

out = pathlib.Path(sys.argv[1])
base, x = load_file(out / "base.safetensors"), load_file(out / "batches.safetensors")["x0"]
folders = sorted(out.glob("ours.*"))
assert len(folders) == 7, folders
for folder in folders:
    double = folder.name.endswith(".double")
    net = torchvision.models.resnet18(num_classes=5)
    net.load_state_dict(base)
    with warnings.catch_warnings():
        warnings.simplefilter("error", peft.utils.warning.PeftWarning)
        model = peft.PeftModel.from_pretrained(net.double() if double else net, folder).eval()
    written = load_file(folder / "adapter_model.safetensors")
    held = peft.get_peft_model_state_dict(model)
    assert held.keys() == written.keys(), held.keys() ^ written.keys()
    for name, tensor in written.items():
        assert torch.equal(held[name], tensor), name
    config = model.peft_config["default"]
    if "rslora" in folder.name:
        assert config.use_rslora and config.lora_alpha == 8 and config.r == 4
    with torch.no_grad():
        logits = model(x.double() if double else x)
    ours = load_file(folder / "logits.safetensors")["logits"].to(logits.dtype)
    apart = ((logits - ours).abs().max() / ours.abs().max()).item()
    print(f"{folder.name}: {len(written)} tensors, logits {apart:.2e} apart")
    assert apart < (1e-12 if double else 1e-5), apart
