"""Ten optimizer steps of ResNet-18 in PyTorch: the start, the batches, and where they end.

usage: make_training.py DIR

The recipe: two classes, conv1 to layer2 frozen with their batch norms in evaluation mode, the head at ten times the
rate. sgd.safetensors: SGD with momentum and weight decay; adamw.safetensors: AdamW. A third, all.safetensors, trains
everything (batch norms on batch statistics) with Nesterov momentum and label smoothing. These are in double precision,
in which two right implementations agree; NAME-fp32.safetensors is the same in single precision, and shows how far
rounding alone carries ten steps.

AdamW's rate is a usual one for fine-tuning and small for a reason: a first step of Adam is the sign of the gradient, so
where a gradient is all rounding error its direction is arbitrary, in PyTorch too. At a rate of 3e-4 from fresh batch norm
biases, PyTorch's own two implementations of AdamW (fused, loop) were 2e-2 apart after these ten steps.
"""

import oracle  # before torch
import math
import pathlib
import sys

import torch
import torchvision
from safetensors.torch import save_file
from torchvision.ops import sigmoid_focal_loss

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)
FROZEN = ("conv1", "bn1", "layer1", "layer2")


def start():
    torch.manual_seed(11)
    model = torchvision.models.resnet18(weights=None)
    model.fc = torch.nn.Linear(512, 2)
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
                m.bias.normal_(0, 0.1)
    return model


def batches():
    torch.manual_seed(12)
    return [(torch.randn(8, 3, 64, 64), torch.randint(0, 2, (8,))) for _ in range(10)]


def cross_entropy(smoothing=0.0):
    return lambda step, z, y: torch.nn.functional.cross_entropy(z, y, label_smoothing=smoothing)


def train(name, freeze, optimizer, loss_of=cross_entropy()):
    for file, dtype in ((name, torch.float64), (name + "-fp32", torch.float32)):
        train_in(dtype, file, freeze, optimizer, loss_of)


def train_in(dtype, name, freeze, optimizer, loss_of):
    model = start().to(dtype, memory_format=torch.channels_last)
    model.train()
    if freeze:
        for child, module in model.named_children():
            if child in FROZEN:
                module.eval()
                module.requires_grad_(False)
    head = [p for n, p in model.named_parameters() if n.startswith("fc.")]
    body = [p for n, p in model.named_parameters() if not n.startswith("fc.") and p.requires_grad]
    step = optimizer(body, head)
    losses = []
    for i, (x, y) in enumerate(batches()):
        step.zero_grad()
        loss = loss_of(i, model(x.to(dtype, memory_format=torch.channels_last)), y)
        loss.backward()
        step.step()
        losses.append(loss.item())
    tensors = {k: v.contiguous() for k, v in model.state_dict().items()}
    tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
    save_file(tensors, out / f"{name}.safetensors")
    print(name, losses)


save_file({k: v.contiguous() for k, v in start().state_dict().items()}, out / "start.safetensors")
data = {}
for i, (x, y) in enumerate(batches()):
    data[f"x{i}"], data[f"y{i}"] = x, y
save_file(data, out / "batches.safetensors")

train(
    "sgd",
    True,
    lambda body, head: torch.optim.SGD(
        [{"params": body}, {"params": head, "lr": 2e-2}], lr=2e-3, momentum=0.9, weight_decay=1e-3
    ),
)
train(
    "adamw",
    True,
    lambda body, head: torch.optim.AdamW([{"params": body}, {"params": head, "lr": 1e-4}], lr=1e-5, weight_decay=1e-2),
)
train(
    "all",
    False,
    lambda body, head: torch.optim.SGD(
        [{"params": body}, {"params": head, "lr": 1e-2}], lr=1e-3, momentum=0.9, weight_decay=1e-3, nesterov=True
    ),
    cross_entropy(0.1),
)


class Groups:
    """SGD on the body with a limit of 1, AdamW on the head with a limit of 0.1 and half a cosine over 50 steps."""

    def __init__(self, body, head):
        self.body, self.head, self.taken = body, head, 0
        self.sgd = torch.optim.SGD(body, lr=2e-3, momentum=0.9, weight_decay=1e-3)
        self.adamw = torch.optim.AdamW(head, lr=1e-4, weight_decay=1e-2)
        self.cosine = torch.optim.lr_scheduler.LambdaLR(
            self.adamw, lambda t: 0.5 * (1 + math.cos(math.pi * t / 50))
        )  # fmt: skip

    def zero_grad(self):
        self.sgd.zero_grad()
        self.adamw.zero_grad()

    def step(self):
        torch.nn.utils.clip_grad_norm_(self.body, 1.0)
        torch.nn.utils.clip_grad_norm_(self.head, 0.1)
        self.sgd.step()
        self.adamw.step()
        self.cosine.step()


train("groups", True, Groups)


def of_phases(step, z, y):
    """Three steps of cross-entropy, three of focal loss, four of cross-entropy with label smoothing and weights."""
    if 3 <= step < 6:
        return sigmoid_focal_loss(
            z, torch.nn.functional.one_hot(y, 2).to(z.dtype), alpha=0.25, gamma=3, reduction="mean"
        )
    if step < 3:
        return torch.nn.functional.cross_entropy(z, y)
    weight = torch.tensor([1, 3], dtype=z.dtype)
    return torch.nn.functional.cross_entropy(z, y, weight=weight, label_smoothing=0.2)


train(
    "losses",
    True,
    lambda body, head: torch.optim.SGD(
        [{"params": body}, {"params": head, "lr": 2e-2}], lr=2e-3, momentum=0.9, weight_decay=1e-3
    ),
    of_phases,
)
