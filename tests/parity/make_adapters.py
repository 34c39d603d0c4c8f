"""Ten steps of PEFT's LoRA, DoRA and IA3 on all 3x3 convolutions of torchvision's ResNet-18 with a new head, and the
files that PEFT writes of them.

usage: make_adapters.py DIR
"""

import oracle  # before torch
import pathlib
import sys

import peft
import torch
import torchvision
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
convs = r"layer\d\.\d\.conv\d"
configs = {
    "lora": peft.LoraConfig(r=8, lora_alpha=16, target_modules=convs, modules_to_save=["fc"]),
    "rslora": peft.LoraConfig(r=4, lora_alpha=8, use_rslora=True, target_modules=convs, modules_to_save=["fc"]),
    "dora": peft.LoraConfig(r=8, lora_alpha=16, use_dora=True, target_modules=convs, modules_to_save=["fc"]),
    "ia3": peft.IA3Config(target_modules=convs, feedforward_modules=[], modules_to_save=["fc"]),
    "ia3_input": peft.IA3Config(target_modules=convs, feedforward_modules=convs, modules_to_save=["fc"]),
}


def ours(name):
    """A tensor's name in tuneit; None of what PEFT keeps beside the network."""
    if "original_module" in name:
        return None
    name = name.removeprefix("base_model.model.").replace(".base_layer.", ".").replace("modules_to_save.", "")
    return name.replace(".default", "").replace("lora_magnitude_vector.weight", "lora_magnitude_vector")


def network():
    torch.manual_seed(3)
    net = torchvision.models.resnet18(num_classes=5)
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            for t, low, high in ((m.weight, 0.6, 1.2), (m.bias, -0.2, 0.2), (m.running_mean, -0.2, 0.2), (m.running_var, 0.6, 1.4)):
                torch.nn.init.uniform_(t, low, high)
    return net


save_file({k: v.contiguous() for k, v in network().state_dict().items()}, out / "base.safetensors")
torch.manual_seed(4)
batches = {f"x{i}": torch.randn(2, 3, 48, 48) for i in range(10)}
batches.update({f"y{i}": torch.randint(0, 5, (2,)) for i in range(10)})
save_file(batches, out / "batches.safetensors")

for name, config in configs.items():
    for dtype in (torch.float32, torch.float64) if name == "lora" else (torch.float64,):
        net = network()
        torch.manual_seed(5)
        model = peft.get_peft_model(net, config).to(dtype)
        for n, p in model.named_parameters():  # not at their special values
            if "lora_B" in n or "ia3_l" in n:
                with torch.no_grad():
                    p.add_(torch.randn(p.shape).mul(0.02).to(dtype))
        model.eval()  # statistics are frozen, nothing is dropped
        data = {"start." + ours(n): p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01, momentum=0.9)
        losses = []
        for i in range(10):
            loss = torch.nn.functional.cross_entropy(model(batches[f"x{i}"].to(dtype)), batches[f"y{i}"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        data["losses"] = torch.tensor(losses, dtype=torch.float64)
        data.update({"end." + ours(n): p.detach().clone() for n, p in model.named_parameters() if p.requires_grad})
        kind = "float" if dtype == torch.float32 else "double"
        model.save_pretrained(out / f"{name}.{kind}.peft")
        with torch.no_grad():
            data["logits"] = model(batches["x0"].to(dtype))
            data["merged"] = model.merge_and_unload()(batches["x0"].to(dtype))
        save_file({k: v.contiguous() for k, v in data.items()}, out / f"{name}.{kind}.safetensors")
