"""The same training with Lightning, channels-last; bfloat16 is its precision "bf16-mixed". Lightning owns the loop, so
the conversation with bench/run.py is held by a callback at the end of a step."""

import itertools
import logging
import os
import time
import warnings

import lightning
import torch
from torch import nn

import common

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


class Module(lightning.LightningModule):
    def __init__(self, case, model):
        super().__init__()
        self.case, self.model, self.criterion = case, model, nn.CrossEntropyLoss()

    def training_step(self, batch, _):
        images, labels = batch
        return self.criterion(self.model(images), labels)

    def configure_optimizers(self):
        return common.sgd(self.model, fused=True)

    def on_train_start(self):  # Lightning has put the modules into training mode
        if self.case.frozen:
            self.case.freeze(self.model, evaluate=True)


class Conversation(lightning.Callback):
    """Counts the steps down; at 0 reports their seconds and waits for the next order."""

    def __init__(self, case, mode):
        self.mode, self.left, self.begin = mode, 1 if mode == "first" else case.warmup, None
        self.orders = common.commands()

    def on_train_batch_end(self, *_):
        self.left -= 1
        if self.left > 0:
            return
        if self.mode == "first":
            common.say("done")
            os._exit(0)
        common.say("ready" if self.begin is None else f"{time.perf_counter() - self.begin:.9f}")
        self.left = next(self.orders, 0)
        if self.left == 0:
            os._exit(0)
        self.begin = time.perf_counter()


class Batches(torch.utils.data.IterableDataset):
    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return itertools.cycle(self.batches)


def main():
    case, mode, argument = common.command_line()
    torch.set_num_threads(case.threads)
    batches = case.data(channels_last=True)
    model = case.model(argument if mode == "first" else "").to(memory_format=torch.channels_last)
    if case.frozen:
        case.freeze(model, evaluate=True)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=1,
        precision="bf16-mixed" if case.bf16 else "32-true",
        callbacks=[Conversation(case, mode)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Module(case, model), torch.utils.data.DataLoader(Batches(batches), batch_size=None))


main()
