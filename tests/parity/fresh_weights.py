"""The start of a network as tuneit's Trainer draws it."""

import torch


def fresh(model, last):
    """The draws of tuneit's Trainer for a new head `last`, in the order of the state dict."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, m in model.named_modules():
            if isinstance(m, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif name == last:
                m.reset_parameters()
            elif isinstance(m, torch.nn.Linear):
                torch.nn.init.normal_(m.weight, 0, 0.01)
