"""A thousand learning rates of every schedule: ten epochs of a hundred steps at the rate 1, as its own library has them.

usage: make_schedules.py DIR

Writes DIR/NAME.txt, a line for each step: the rate, and the momentum where the schedule moves it. plateau.txt has a line
for each of a thousand epochs: the loss and the rate after it. The schedulers are those of torch.optim.lr_scheduler,
transformers.optimization and timm.scheduler. Two have no library here and are written down from their source: fastai's
fit_one_cycle (fastai/callback/schedule.py: combined_cos, in double precision; fastai itself computes the position in single
precision), and ULMFiT's slanted triangular rates (arXiv 1801.06146, section 3.2).
"""

import oracle  # before torch
import math
import pathlib
import random
import sys

import torch
import transformers.optimization as hf
from timm.scheduler import CosineLRScheduler, PolyLRScheduler, StepLRScheduler
from torch.optim import lr_scheduler as lrs

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
EPOCHS, STEPS = 10, 100
TOTAL = EPOCHS * STEPS


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)


def write(name, rows):
    with open(out / f"{name}.txt", "w") as file:
        for row in rows:
            file.write(" ".join(repr(float(x)) for x in row) + "\n")


def stepped(name, make, every=1, momentum=False):
    """A scheduler of torch's kind, stepped after so many optimizer steps."""
    opt = optimizer()
    scheduler = make(opt)
    rows = []
    for step in range(TOTAL):
        group = opt.param_groups[0]
        rows.append((group["lr"], group["momentum"]) if momentum else (group["lr"],))
        opt.step()
        if (step + 1) % every == 0:
            scheduler.step()
    write(name, rows)


def timm_steps(name, make, per_epoch=False):
    opt = optimizer()
    scheduler = make(opt)
    rows = []
    for step in range(TOTAL):
        if not per_epoch:
            scheduler.step_update(step)
        elif step % STEPS == 0:
            scheduler.step(step // STEPS)
        rows.append((opt.param_groups[0]["lr"],))
    write(name, rows)


stepped("step_epochs", lambda o: lrs.StepLR(o, 3, 0.5), STEPS)
stepped("step_steps", lambda o: lrs.StepLR(o, 70, 0.9))
stepped("multistep_epochs", lambda o: lrs.MultiStepLR(o, [3, 7], 0.1), STEPS)
stepped("multistep_steps", lambda o: lrs.MultiStepLR(o, [800, 150, 151], 0.3))
stepped("exponential", lambda o: lrs.ExponentialLR(o, 0.9), STEPS)
stepped("constant_epochs", lambda o: lrs.ConstantLR(o, 0.1, 4), STEPS)
stepped("constant_steps", lambda o: lrs.ConstantLR(o, 1 / 3, 250))
stepped("constant_throughout", lambda o: lrs.ConstantLR(o, 0.1, TOTAL + 1))
stepped(
    "constant_then",  # a tenth of the rate for three epochs, then a cosine over the rest, stepped per epoch
    lambda o: lrs.SequentialLR(o, [lrs.ConstantLR(o, 0.1, EPOCHS), lrs.CosineAnnealingLR(o, EPOCHS - 3)], milestones=[3]),
    STEPS,
)
stepped("linear_epochs", lambda o: lrs.LinearLR(o, 0.25, 0.9, 5), STEPS)
stepped("linear_steps", lambda o: lrs.LinearLR(o, 1 / 3, 1.0, 300))
stepped("linear_throughout", lambda o: lrs.LinearLR(o, 0.1, 1.0, TOTAL))
stepped("polynomial_torch", lambda o: lrs.PolynomialLR(o, TOTAL, 2.5))
stepped("cosine_torch", lambda o: lrs.CosineAnnealingLR(o, TOTAL, 0.05))
stepped("cosine_torch_epochs", lambda o: lrs.CosineAnnealingLR(o, EPOCHS, 0.0), STEPS)
stepped("restarts", lambda o: lrs.CosineAnnealingWarmRestarts(o, 230, 1, 0.1))
stepped("restarts_longer", lambda o: lrs.CosineAnnealingWarmRestarts(o, STEPS, 2))
stepped("onecycle_torch", lambda o: lrs.OneCycleLR(o, 1.0, TOTAL), momentum=True)
stepped(
    "onecycle_torch_other",
    lambda o: lrs.OneCycleLR(
        o, 1.0, TOTAL, pct_start=0.45, div_factor=10, final_div_factor=50, base_momentum=0.8, max_momentum=0.9
    ),
    momentum=True,
)
stepped(
    "torchvision",  # references/classification/train.py: a linear warm-up, then a cosine, stepped per epoch
    lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, 0.01, total_iters=3), lrs.CosineAnnealingLR(o, EPOCHS - 3)], milestones=[3]
    ),
    STEPS,
)
stepped(
    "sequential",
    lambda o: lrs.SequentialLR(
        o,
        [lrs.LinearLR(o, 0.1, 1.0, 100), lrs.ConstantLR(o, 1.0, 1), lrs.LinearLR(o, 1.0, 0.0, 700)],
        milestones=[100, 300],
    ),
)

W = 100
stepped("hf_constant", lambda o: hf.get_constant_schedule_with_warmup(o, W))
stepped("hf_linear", lambda o: hf.get_linear_schedule_with_warmup(o, W, TOTAL))
stepped("hf_cosine", lambda o: hf.get_cosine_schedule_with_warmup(o, W, TOTAL))
stepped("hf_cosine_floor", lambda o: hf.get_cosine_with_min_lr_schedule_with_warmup(o, W, TOTAL, min_lr_rate=0.1))
stepped("hf_restarts", lambda o: hf.get_cosine_with_hard_restarts_schedule_with_warmup(o, W, TOTAL, 4))
stepped("hf_polynomial", lambda o: hf.get_polynomial_decay_schedule_with_warmup(o, W, TOTAL, 1e-3, 1.5))
stepped("hf_inverse_sqrt", lambda o: hf.get_inverse_sqrt_schedule(o, W))
stepped("hf_inverse_sqrt_timescale", lambda o: hf.get_inverse_sqrt_schedule(o, W, 250))
stepped("hf_inverse_sqrt_cold", lambda o: hf.get_inverse_sqrt_schedule(o, 0))

timm_steps("timm_cosine", lambda o: CosineLRScheduler(o, TOTAL, 0.02, t_in_epochs=False))
timm_steps(
    "timm_cosine_warmup",
    lambda o: CosineLRScheduler(o, TOTAL - W, 0.02, warmup_t=W, warmup_prefix=True, t_in_epochs=False),
)
timm_steps(
    "timm_cosine_cycles",
    lambda o: CosineLRScheduler(o, STEPS, cycle_mul=2.0, cycle_limit=9, t_in_epochs=False),
)
timm_steps("timm_cosine_epochs", lambda o: CosineLRScheduler(o, EPOCHS, 0.02), per_epoch=True)
timm_steps("timm_step", lambda o: StepLRScheduler(o, 3, 0.5), per_epoch=True)
timm_steps("timm_poly", lambda o: PolyLRScheduler(o, TOTAL, 0.5, 0.1, t_in_epochs=False))


def sched_cos(start, end, pos):
    return start + (1 + math.cos(math.pi * (1 - pos))) * (end - start) / 2


def combined_cos(pct, start, middle, end, pos):
    if pos < pct:
        return sched_cos(start, middle, pos / pct)
    return sched_cos(middle, end, (pos - pct) / (1 - pct))


def fastai(name, pct, div, div_final):
    write(
        name,
        [
            (combined_cos(pct, 1 / div, 1, 1 / div_final, t / TOTAL), combined_cos(pct, 0.95, 0.85, 0.95, t / TOTAL))
            for t in range(TOTAL)
        ],
    )


fastai("onecycle_fastai", 0.25, 25, 1e5)
fastai("onecycle_fastai_fine_tune", 0.3, 5, 1e5)


def slanted(t, cut_frac, ratio):
    cut = math.floor(TOTAL * cut_frac)
    p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
    return (1 + p * (ratio - 1)) / ratio


write("slanted", [(slanted(t, 0.1, 32),) for t in range(TOTAL)])
write("slanted_other", [(slanted(t, 0.35, 10),) for t in range(TOTAL)])

# a loss that falls, rests, and jumps now and then
random.seed(5)
opt = optimizer()
scheduler = lrs.ReduceLROnPlateau(opt, "min", 0.9, patience=3, threshold=0.01, cooldown=2, min_lr=0.01, eps=0)
rows, loss = [], 3.0
for epoch in range(1000):
    loss *= random.choice([0.97, 0.995, 1.0, 1.0, 1.02, 1.01])
    if epoch == 400:
        loss = float("nan")
    scheduler.step(loss)
    rows.append((loss, opt.param_groups[0]["lr"]))
    if loss != loss:
        loss = 1.0
write("plateau", rows)
print(len(list(out.glob("*.txt"))), "schedules of", TOTAL, "steps")
