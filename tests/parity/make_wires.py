"""Networks with wires, several inputs and outputs: ten steps of SGD in double precision.

usage: make_wires.py DIR

Each network of test_wires.cpp once more in PyTorch, with the same names: NAME.safetensors has the batch ("x", and "y" of the
network with two inputs), all tensors at the beginning ("begin.*"), the outputs of each step ("out.STEP.NAME"), the first
step's gradients ("gradient.*") and all tensors at the end ("end.*"). The loss is half the mean square of each output, one
after the other, times 1, 2, 3.
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
rate = 0.05


def conv(i, o, k=3, s=1):
    return nn.Conv2d(i, o, k, stride=s, padding=k // 2, bias=False)


class Level(nn.Module):
    """Convolution and batch norm, once more, ReLU behind each."""

    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(i, o), nn.BatchNorm2d(o), conv(o, o), nn.BatchNorm2d(o)

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class Unet(nn.Module):
    """Four levels; in the middle turns that add what they were given; the gate is a product."""

    def __init__(self):
        super().__init__()
        self.enc1, self.enc2, self.enc3, self.enc4 = Level(3, 4), Level(4, 8), Level(8, 12), Level(12, 16)
        self.mid = nn.ModuleList([conv(16, 16) for _ in range(3)])
        self.up3, self.dec3 = nn.ConvTranspose2d(16, 12, 2, stride=2, bias=False), Level(24, 12)
        self.up2, self.dec2 = conv(12, 8, 1), Level(16, 8)
        self.up1, self.dec1 = conv(8, 4, 1), Level(8, 4)
        self.mask = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        c1 = self.enc1(x)
        c2 = self.enc2(F.max_pool2d(c1, 2))
        c3 = self.enc3(F.max_pool2d(c2, 2))
        x = self.enc4(F.max_pool2d(c3, 2))
        for turn in self.mid:
            x = torch.tanh(turn(x)) + x
        x = self.dec3(torch.cat([self.up3(x), c3], 1))
        x = F.interpolate(x, scale_factor=2, mode="bilinear")
        x = self.dec2(torch.cat([self.up2(x), c2], 1))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        x = self.dec1(torch.cat([self.up1(x), c1], 1))
        x = torch.sigmoid(x) * x
        return {"mask": self.mask(x)}

    def frozen(self):
        return [self.enc1, self.enc2, self.enc3, self.enc4]


class Pyramid(nn.Module):
    """Three levels from the top down, with an output each."""

    def __init__(self):
        super().__init__()
        self.c1, self.c2, self.c3 = Level(3, 6), Level(6, 8), Level(8, 10)
        self.l1, self.l2, self.l3 = (nn.Conv2d(c, 6, 1) for c in (6, 8, 10))
        self.gn = nn.GroupNorm(3, 6)
        self.far, self.mid, self.near = (nn.Conv2d(6, 2, 1) for _ in range(3))

    def forward(self, x):
        c1 = self.c1(x)
        c2 = self.c2(F.max_pool2d(c1, 2))
        p3 = self.gn(self.l3(self.c3(F.max_pool2d(c2, 2))))
        p2 = F.interpolate(p3, scale_factor=2) + self.l2(c2)
        p1 = F.interpolate(p2, scale_factor=2) + self.l1(c1)
        return {"far": self.far(p3), "mid": self.mid(p2), "near": self.near(p1)}


class Block(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(i, o, s=s), nn.BatchNorm2d(o), conv(o, o), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, s), nn.BatchNorm2d(o)) if s != 1 or i != o else nn.Identity()

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.downsample(x))


class TwoHeads(nn.Module):
    """A small ResNet with a class and an age."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = conv(3, 8), nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 8, 1), Block(8, 8, 1))
        self.layer2 = nn.Sequential(Block(8, 12, 2), Block(12, 12, 1))
        self.fc, self.age = nn.Linear(12, 5), nn.Linear(12, 1)

    def forward(self, x):
        x = self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))).mean((2, 3))
        return {"class": self.fc(x), "age": self.age(x)}


class TwoInputs(nn.Module):
    """A picture and a vector beside it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.h, self.fc = nn.Conv2d(3, 6, 3, padding=1), nn.Linear(10, 8), nn.Linear(8, 3)

    def forward(self, x, y):
        x = torch.tanh(self.conv1(x)).mean((2, 3))
        return {"out": self.fc(F.gelu(self.h(torch.cat([x, y], 1))))}


def record(name, model, *inputs):
    torch.manual_seed(1)
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1), m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5), m.bias.normal_(0, 0.1)
    inputs = [torch.randn(*s).contiguous() for s in inputs]
    tensors = dict(zip("xy", inputs))
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    tensors |= {"begin." + k: v.clone() for k, v in state.items()}
    model.train()
    for frozen in getattr(model, "frozen", list)():
        frozen.eval()
        frozen.requires_grad_(False)
    trained = {k: p for k, p in model.named_parameters() if p.requires_grad}
    for step in range(10):
        outputs = model(*inputs)
        loss = sum((i + 1) * 0.5 * y.square().mean() for i, y in enumerate(outputs.values()))
        model.zero_grad()
        loss.backward()
        tensors |= {f"out.{step}.{k}": y.detach().clone().contiguous() for k, y in outputs.items()}
        if step == 0:
            tensors |= {"gradient." + k: p.grad.clone().contiguous() for k, p in trained.items()}
        with torch.no_grad():
            for p in trained.values():
                p.sub_(p.grad, alpha=rate)
    tensors |= {"end." + k: v.clone() for k, v in state.items()}
    save_file({k: v.contiguous() for k, v in tensors.items()}, out / f"{name}.safetensors")
    print(name, loss.item())


torch.manual_seed(0)
record("unet", Unet(), (2, 3, 192, 256))
record("pyramid", Pyramid(), (2, 3, 32, 32))
record("two_heads", TwoHeads(), (4, 3, 16, 16))
record("two_inputs", TwoInputs(), (4, 3, 12, 12), (4, 4))
