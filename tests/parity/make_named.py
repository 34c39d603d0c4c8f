"""What Lightning's BackboneFinetuning does in each step of a training.

usage: make_named.py DIR

A small network of the attributes that the callback wants, `backbone` (convolution and batch norm) and `head`; an optimizer
of the head alone, as in the callback's example; ten epochs of four steps; the backbone is unfrozen at epoch 3. Writes
DIR/lightning.txt, a line for each step: the rate of the head, the rate of the backbone (0: its tensors are in no group), and
whether these moved in the step: the convolution, the batch norm's weight, its running mean, the head.
"""

import oracle  # before torch
import pathlib
import sys
import warnings

import lightning
import torch
from lightning.pytorch.callbacks import BackboneFinetuning

warnings.filterwarnings("ignore")
out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(4)
torch.set_num_threads(1)
rows = []


class Network(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.backbone = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU())
        self.head = torch.nn.Linear(4, 2)

    def watched(self):
        conv, norm = self.backbone[0], self.backbone[1]
        return [t.detach().clone() for t in (conv.weight, norm.weight, norm.running_mean, self.head.weight)]

    def on_train_batch_start(self, batch, index):
        self.before = self.watched()

    def training_step(self, batch, index):
        x, y = batch
        return torch.nn.functional.cross_entropy(self.head(self.backbone(x).mean((2, 3))), y)

    def on_train_batch_end(self, outputs, batch, index):
        moved = [int(not torch.equal(a, b)) for a, b in zip(self.before, self.watched())]
        groups = self.optimizers().param_groups
        rows.append([groups[0]["lr"], groups[1]["lr"] if len(groups) > 1 else 0.0, *moved])

    def configure_optimizers(self):
        return torch.optim.Adam(self.head.parameters(), lr=1e-3)


data = [(torch.randn(3, 8, 8), torch.randint(0, 2, ()).item()) for _ in range(32)]
trainer = lightning.Trainer(
    max_epochs=10,
    accelerator="cpu",
    callbacks=[BackboneFinetuning(unfreeze_backbone_at_epoch=3)],
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Network(), torch.utils.data.DataLoader(data, batch_size=8))
with open(out / "lightning.txt", "w") as file:
    for row in rows:
        file.write(" ".join(map(repr, row)) + "\n")
print(len(rows), "steps")
