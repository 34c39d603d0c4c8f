"""Networks with several outputs or inputs in training: ten steps of SGD with momentum, in double precision.

usage: make_heads.py DIR

Each network of test_heads.cpp once more in PyTorch, with the same names: NAME.safetensors has the inputs ("input.0", ...),
what each loss takes ("target.0", ...), all tensors at the beginning ("begin.*") and at the end ("end.*"), the loss of each
step ("loss"), hits of the classes ("correct") and the outputs of the trained network in evaluation ("out.NAME").
"""

import oracle  # before torch
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)
torch.set_default_dtype(torch.float64)


def conv(i, o, k=3):
    return nn.Conv2d(i, o, k, padding=k // 2, bias=False)


class TwoHeads(nn.Module):
    """A class and an age, of what is pooled."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(3, 8), nn.BatchNorm2d(8), conv(8, 12), nn.BatchNorm2d(12)
        self.fc, self.age = nn.Linear(12, 5), nn.Linear(12, 1)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x))).mean((2, 3))
        return {"class": self.fc(x), "age": self.age(x)}

    def loss(self, y, t):
        return F.cross_entropy(y["class"], t[0], label_smoothing=0.1) + 0.5 * F.mse_loss(y["age"], t[1])


class Unet(nn.Module):
    """A class in the middle, a mask and a depth of each pixel at the end; two losses of the depth."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(3, 6), nn.BatchNorm2d(6), conv(6, 10), nn.BatchNorm2d(10)
        self.fc = nn.Linear(10, 4)
        self.up, self.conv3, self.bn3 = nn.ConvTranspose2d(10, 6, 2, stride=2, bias=False), conv(12, 6), nn.BatchNorm2d(6)
        self.mask, self.depth = nn.Conv2d(6, 2, 1), nn.Conv2d(6, 1, 1)

    def forward(self, x):
        c1 = F.relu(self.bn1(self.conv1(x)))
        c2 = F.relu(self.bn2(self.conv2(F.max_pool2d(c1, 2))))
        d = F.relu(self.bn3(self.conv3(torch.cat([self.up(c2), c1], 1))))
        return {"class": self.fc(c2.mean((2, 3))), "mask": self.mask(d), "depth": self.depth(d)}

    def loss(self, y, t):  # the class comes last
        depth = 0.25 * F.mse_loss(y["depth"], t[0]) + 0.1 * F.smooth_l1_loss(y["depth"], t[0], beta=1.0)
        return depth + 0.7 * F.binary_cross_entropy_with_logits(y["mask"], t[1]) + F.cross_entropy(y["class"], t[2])


class TwoInputs(nn.Module):
    """A picture and a vector beside it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, self.h, self.fc = conv(3, 6), nn.BatchNorm2d(6), nn.Linear(10, 8), nn.Linear(8, 3)

    def forward(self, x, y):
        x = torch.tanh(self.bn1(self.conv1(x))).mean((2, 3))
        return {"out": self.fc(F.gelu(self.h(torch.cat([x, y], 1))))}

    def loss(self, y, t):
        return F.cross_entropy(y["out"], t[0])


def record(name, model, inputs, targets, classes):
    torch.manual_seed(1)
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1), m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5), m.bias.normal_(0, 0.1)
    tensors = {f"input.{i}": x for i, x in enumerate(inputs)} | {f"target.{i}": t for i, t in enumerate(targets)}
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    tensors |= {"begin." + k: v.clone() for k, v in state.items()}
    model.train()
    sgd = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    losses, correct = [], []
    for _ in range(10):
        y = model(*inputs)
        loss = model.loss(y, targets)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
        correct.append(float((y[classes[0]].argmax(1) == targets[classes[1]]).sum()))
    tensors |= {"end." + k: v.clone() for k, v in state.items()}
    tensors |= {"loss": torch.tensor(losses), "correct": torch.tensor(correct)}
    model.eval()
    tensors |= {"out." + k: v.detach() for k, v in model(*inputs).items()}
    save_file({k: v.contiguous() for k, v in tensors.items()}, out / f"{name}.safetensors")
    print(name, losses[0], losses[-1])


torch.manual_seed(0)
randn, classes = torch.randn, lambda n, k: torch.randint(0, k, (n,))
record("two_heads", TwoHeads(), [randn(6, 3, 12, 12)], [classes(6, 5), randn(6, 1)], ("class", 0))
pixels = [randn(4, 1, 16, 24), torch.randint(0, 2, (4, 2, 16, 24)).double()]
record("unet", Unet(), [randn(4, 3, 16, 24)], [*pixels, classes(4, 4)], ("class", 2))
record("two_inputs", TwoInputs(), [randn(8, 3, 12, 12), randn(8, 4)], [classes(8, 3)], ("out", 0))
