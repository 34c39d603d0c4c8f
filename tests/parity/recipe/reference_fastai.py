"""What fastai's fine_tune does in each step: the rates and momentum of its groups, and which tensors move.

usage: reference_fastai.py     (writes reference_fastai*.txt beside itself)

The tests do not need fastai: they read the files, which were written by fastai 2.8.12 on torch 2.15. vision_learner of a
ResNet-18 for 5 classes, fine_tune(3): 10 steps an epoch, one frozen epoch and three others.
reference_fastai.txt: a line for each step, the rates of the groups from the first to the last and the momentum.
reference_fastai_parameters.txt: a line for each parameter of the backbone: its name in torchvision's ResNet-18, the group
(from 0), whether it moved in the first and in the second part, and whether weight decay is on it; running means likewise
(group -1).
"""

import pathlib

import fastai.callback.progress  # noqa: F401  (Learner.no_bar)
import fastai.callback.schedule  # noqa: F401  (Learner.fine_tune)
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.losses import CrossEntropyLossFlat
from fastai.vision.learner import vision_learner
from torchvision.models import resnet18

here = pathlib.Path(__file__).parent
torch.manual_seed(3)
torch.set_num_threads(1)
data = [(torch.randn(3, 64, 64), torch.randint(0, 5, ()).item()) for _ in range(40)]
load = torch.utils.data.DataLoader(data, batch_size=4)
dls = DataLoaders(load, load)
dls.c = 5
learner = vision_learner(dls, resnet18, n_out=5, pretrained=False, loss_func=CrossEntropyLossFlat(), normalize=False)
CHILDREN = {0: "conv1", 1: "bn1", 4: "layer1", 5: "layer2", 6: "layer3", 7: "layer4"}


def torchvision_name(name):
    number, rest = name.split(".", 1)
    return CHILDREN[int(number)] + "." + rest


body = learner.model[0]


def state():
    return {k: v.clone() for k, v in body.state_dict().items()}


class Watch(Callback):
    order = 70  # after ParamScheduler has set the numbers of the step
    run_valid = False

    def __init__(self):
        self.rows, self.parts, self.start = [], [], None

    def before_fit(self):
        self.start = state()

    def before_batch(self):
        hypers = self.opt.hypers
        self.rows.append([h["lr"] for h in hypers] + [hypers[-1]["mom"]])

    def after_fit(self):
        now = state()
        self.parts.append({k: not torch.equal(v, now[k]) for k, v in self.start.items()})


watch = Watch()
learner.add_cb(watch)
with learner.no_bar(), learner.no_logging():
    learner.fine_tune(3)

with open(here / "reference_fastai.txt", "w") as file:
    for row in watch.rows:
        file.write(" ".join(repr(float(x)) for x in row) + "\n")

groups = {id(p): i for i, group in enumerate(learner.opt.param_lists) for p in group}
first, second = watch.parts
with open(here / "reference_fastai_parameters.txt", "w") as file:
    for name, p in body.named_parameters():
        decays = learner.opt.state[p].get("do_wd", True)
        line = [groups[id(p)], int(first[name]), int(second[name]), int(decays)]
        file.write(" ".join([torchvision_name(name), *map(str, line)]) + "\n")
    for name, _ in body.named_buffers():
        if name.endswith("running_mean"):
            file.write(f"{torchvision_name(name)} -1 {int(first[name])} {int(second[name])} 0\n")
h = learner.opt.hypers[-1]
print(len(watch.rows), "steps;", {k: h[k] for k in ("sqr_mom", "eps", "wd")})
