"""Losses and their gradients in PyTorch, torchvision and timm, in double precision.

usage: make_losses.py DIR

One file: the outputs and targets, and for each case CASE.loss (its mean) and CASE.gradient (by the outputs, of the
mean, or of the sum where the name ends with _sum).
"""

import oracle  # before torch
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from timm.data.mixup import mixup_target
from timm.loss import SoftTargetCrossEntropy
from torchvision.ops import sigmoid_focal_loss

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(22)
N, K = 9, 6
data = {
    "x": torch.randn(N, K, dtype=torch.float64) * 4,
    "labels": torch.randint(0, K, (N,)),
    "soft": torch.softmax(torch.randn(N, K, dtype=torch.float64) * 2, 1),
    "bits": (torch.rand(N, K) > 0.5).double(),
    "reals": torch.randn(N, K, dtype=torch.float64),
}
labels, soft, bits, reals = (data[k] for k in ("labels", "soft", "bits", "reals"))
weights = torch.tensor([1, 2, 0.5, 3, 0.25, 1.5], dtype=torch.float64)
onehot = F.one_hot(labels, K).double()
SHARE = 0.3


def mixed(loss):
    return lambda x, r: SHARE * loss(x, labels, r) + (1 - SHARE) * loss(x, labels.flip(0), r)


def timm_mixed(x, reduction):
    return SoftTargetCrossEntropy()(x, mixup_target(labels, K, SHARE, 0.1).double())


CASES = {
    "ce": lambda x, r: F.cross_entropy(x, labels, reduction=r),
    "ce_sum": lambda x, r: F.cross_entropy(x, labels, reduction=r),
    "ce_smooth": lambda x, r: F.cross_entropy(x, labels, label_smoothing=0.1, reduction=r),
    "ce_weights": lambda x, r: F.cross_entropy(x, labels, weight=weights, reduction=r),
    "ce_weights_smooth": lambda x, r: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.1, reduction=r),
    "ce_weights_smooth_sum": lambda x, r: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.1, reduction=r),
    "ce_soft": lambda x, r: F.cross_entropy(x, soft, reduction=r),
    "ce_soft_weights": lambda x, r: F.cross_entropy(x, soft, weight=weights, reduction=r),
    "ce_mixed": mixed(lambda x, y, r: F.cross_entropy(x, y, reduction=r)),
    "ce_mixed_weights_smooth": mixed(
        lambda x, y, r: F.cross_entropy(x, y, weight=weights, label_smoothing=0.1, reduction=r)
    ),
    "ce_mixed_timm": timm_mixed,
    "bce": lambda x, r: F.binary_cross_entropy_with_logits(x, bits, reduction=r),
    "bce_sum": lambda x, r: F.binary_cross_entropy_with_logits(x, bits, reduction=r),
    "bce_labels": lambda x, r: F.binary_cross_entropy_with_logits(x, onehot, reduction=r),
    "bce_positive": lambda x, r: F.binary_cross_entropy_with_logits(
        x, bits, pos_weight=torch.full((K,), 2.5, dtype=torch.float64), reduction=r
    ),
    "mse": lambda x, r: F.mse_loss(x, reals, reduction=r),
    "mse_sum": lambda x, r: F.mse_loss(x, reals, reduction=r),
    "focal": lambda x, r: sigmoid_focal_loss(x, bits, reduction=r),
    "focal_sum": lambda x, r: sigmoid_focal_loss(x, bits, reduction=r),
    "focal_plain": lambda x, r: sigmoid_focal_loss(x, bits, alpha=-1, gamma=1.5, reduction=r),
    "focal_labels": lambda x, r: sigmoid_focal_loss(x, onehot, alpha=0.7, gamma=3, reduction=r),
}

for case, loss in CASES.items():
    x = data["x"].clone().requires_grad_(True)
    loss(x, "sum" if case.endswith("_sum") else "mean").backward()
    data[case + ".loss"] = loss(x, "mean").detach()
    data[case + ".gradient"] = x.grad
save_file(data, out / "losses.safetensors")
