"""torchvision's models beside ours: names and sizes of all, logits and ten training steps of some.

usage: make_zoo.py DIR

NAME.table, for every model of torchvision that tuneit has: parameters and GFLOPs from the metadata of its weights, then
a line for each tensor of its state dict, name and sizes (made on the device `meta`, without numbers).

NAME.safetensors, for MobileNetV2, VGG-11 and VGG-11 with batch norm: weights (NAME.pth), a batch, logits in evaluation and
in training mode after torch.manual_seed(5), so that dropout draws what tuneit draws from a generator seeded with 5.

NAME-steps-fp64.safetensors and -fp32: where ten steps of SGD end, from NAME-start.safetensors. The rates are small: fresh
depthwise convolutions have weights of 0.01, and at a rate of 2e-3 two right implementations of MobileNetV2 in double
precision were 4e-2 apart after these ten steps, the losses of the first four being equal to ten digits. tuneit's Trainer draws its
fresh weights and its dropout from one generator, seeded with 0: before the first step the same draws are made here, with
torch.nn.init. They are the start of the convolutions and linear layers, so what is compared in the end is
tuneit's initialisation, too. The first hidden layer of the VGGs (100 million weights) is frozen and in no file.
"""

import oracle  # before torch
import pathlib
import sys

import torch
import torchvision
from fresh_weights import fresh
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(2)
VGGS = [f"vgg{depth}{norm}" for depth in (11, 13, 16, 19) for norm in ("", "_bn")]
LARGE = "classifier.0.weight"  # of a VGG


def write_table(name):
    with torch.device("meta"):
        model = getattr(torchvision.models, name)(weights=None)
    meta = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta
    lines = [f"{meta['num_params']} {meta['_ops']:.3f}"]
    for key, value in model.state_dict().items():
        lines.append(" ".join([key, *map(str, value.shape)]))
    (out / f"{name}.table").write_text("\n".join(lines) + "\n")


def used(model):
    """Batch norms and biases as after some training, so that nothing is at its special value."""
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.1)
                m.running_var.uniform_(0.5, 1.5)
                m.weight.uniform_(0.5, 1.5)
                m.bias.normal_(0, 0.1)
            elif getattr(m, "bias", None) is not None:
                m.bias.uniform_(-0.1, 0.1)
    return model


def record(name, x, large=None):
    model = used(getattr(torchvision.models, name)(weights=None))
    torch.save(model.state_dict(), out / f"{name}.pth")
    tensors = {"x": x}
    with torch.no_grad():
        model.eval()
        tensors["eval"] = model(x)
        if large is not None:
            tensors["large"], tensors["eval_large"] = large, model(large)
        model.train()
        torch.manual_seed(5)
        tensors["train"] = model(x)
    save_file(tensors, out / f"{name}.safetensors")
    print(name, "logits up to", tensors["eval"].abs().max().item())


def kept(model):
    return {k: v.contiguous() for k, v in model.state_dict().items() if k != LARGE}


def ten_steps(name, side, rate, frozen=(), types=(torch.float64, torch.float32)):
    torch.manual_seed(12)
    data = {}
    for i in range(10):
        data[f"x{i}"], data[f"y{i}"] = torch.randn(4, 3, side, side), torch.randint(0, 2, (4,))
    model = getattr(torchvision.models, name)(num_classes=2)
    used(model)
    last = list(dict(model.named_modules()))[-1]
    assert isinstance(model.get_submodule(last), torch.nn.Linear)
    fresh(model, last)
    generator = torch.get_rng_state()  # where tuneit's is before the first step
    start = {k: v.clone() for k, v in model.state_dict().items()}
    save_file(data | kept(model), out / f"{name}-start.safetensors")
    for dtype in types:
        end = "fp64" if dtype == torch.float64 else "fp32"
        model.load_state_dict(start)
        model.to(dtype, memory_format=torch.channels_last)
        model.train()
        for module in map(model.get_submodule, frozen):
            module.eval()
            module.requires_grad_(False)
        sgd = torch.optim.SGD(
            [p for p in model.parameters() if p.requires_grad], lr=rate, momentum=0.9, weight_decay=1e-3
        )
        torch.set_rng_state(generator)
        losses = []
        for i in range(10):
            sgd.zero_grad()
            x = data[f"x{i}"].to(dtype, memory_format=torch.channels_last)
            loss = torch.nn.functional.cross_entropy(model(x), data[f"y{i}"])
            loss.backward()
            sgd.step()
            losses.append(loss.item())
        tensors = kept(model)
        tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
        save_file(tensors, out / f"{name}-steps-{end}.safetensors")
        print(name, end, losses)


for model_name in ["mobilenet_v2", *VGGS, *(f"resnet{depth}" for depth in (18, 34, 50, 101, 152))]:
    write_table(model_name)

torch.manual_seed(1)
record("mobilenet_v2", torch.randn(4, 3, 96, 96))
record("vgg11", torch.randn(2, 3, 64, 64), large=torch.randn(1, 3, 224, 224))
record("vgg11_bn", torch.randn(2, 3, 64, 64))
ten_steps("mobilenet_v2", 40, 1e-5)
ten_steps("vgg11", 48, 1e-3, frozen=["classifier.0"])
stages = [f"features.{i}" for i in range(8)]
ten_steps("vgg11_bn", 48, 1e-4, frozen=["classifier.0", *stages], types=[torch.float64])
