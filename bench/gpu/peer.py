"""PyTorch as main.cpp asks tuneit: the same questions on standard input, the same answers. Eager channels-last under
autocast with a fused optimizer, or through torch.compile. MODE: eager, compile (mode "default"), reduce-overhead."""

import json
import sys
import time

import torch
import torchvision
from torch import nn

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
TYPES = {"BF16": torch.bfloat16, "FP16": torch.float16}


def network(name):
    if name == "EfficientNetLite0":
        import timm

        return timm.create_model("tf_efficientnet_lite0", num_classes=10, drop_rate=0.2, drop_path_rate=0.2)
    if name == "TinyNet":  # of the dry run
        stem = [nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU()]
        return nn.Sequential(*stem, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    makers = {
        "ResNet18": torchvision.models.resnet18,
        "ResNet50": torchvision.models.resnet50,
        "MobileNetV2": torchvision.models.mobilenet_v2,
    }
    return makers[name](num_classes=10)


def wait():
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


class Job:
    def __init__(self, name, numbers, batch, side, mode, source, warmup):
        if source != "device":
            raise ValueError("batches lie on the device here")
        begin = time.perf_counter()
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = numbers == "TF32"
        if DEVICE.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        self.type = TYPES.get(numbers)
        torch.manual_seed(0)
        self.model = network(name).to(DEVICE, memory_format=torch.channels_last).train()
        fused = DEVICE.type == "cuda" or None
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-2, momentum=0.9, weight_decay=1e-4, fused=fused)
        self.criterion = nn.CrossEntropyLoss()
        self.images = [
            torch.randn(batch, 3, side, side, device=DEVICE, dtype=self.type).contiguous(memory_format=torch.channels_last)
            for _ in range(4)
        ]
        self.labels = [torch.randint(10, (batch,), device=DEVICE) for _ in range(4)]
        self.turn = 0
        self.forward = self.loss
        if mode == "compile":
            self.forward = torch.compile(self.loss)
        elif mode == "reduce-overhead":
            self.forward = torch.compile(self.loss, mode="reduce-overhead")
        self.run(warmup)
        wait()
        self.ready = time.perf_counter() - begin

    def loss(self, images, labels):
        with torch.autocast(DEVICE.type, self.type, enabled=self.type is not None):
            return self.criterion(self.model(images), labels)

    def run(self, steps):
        for _ in range(steps):
            i = self.turn % 4
            self.turn += 1
            value = self.forward(self.images[i], self.labels[i])
            value.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            self.last = value.detach()

    def profile(self, steps, file):
        activities = [torch.profiler.ProfilerActivity.CPU]
        if DEVICE.type == "cuda":
            activities.append(torch.profiler.ProfilerActivity.CUDA)
        with torch.profiler.profile(activities=activities) as profiler:
            self.run(steps)
            wait()
        if file != "-":
            profiler.export_chrome_trace(file)
        kernels = {}
        for e in profiler.events():
            if e.device_type == torch.autograd.DeviceType.CUDA:
                number, seconds = kernels.get(e.name, (0, 0.0))
                kernels[e.name] = (number + 1, seconds + e.time_range.elapsed_us() * 1e-6)
        return {"steps": steps, "kernels": kernels}


def answer(words, job):
    question, arguments = words[0], words[1:]
    if question == "case":
        name, numbers, batch, side, mode, source, warmup = arguments
        job = None  # its memory is free before the next one takes some
        job = Job(name, numbers, int(batch), int(side), mode, source, int(warmup))
        peak = torch.cuda.max_memory_allocated() if DEVICE.type == "cuda" else 0
        return {"ready": job.ready, "loss": job.last.item(), "peak_bytes": peak}, job
    if question == "run":
        wait()
        begin = time.perf_counter()
        job.run(int(arguments[0]))
        host = time.perf_counter() - begin
        wait()
        return {"seconds": time.perf_counter() - begin, "host_seconds": host}, job
    if question == "profile":
        return job.profile(int(arguments[0]), (arguments + ["-"])[1]), job
    raise ValueError(f"this is no question: {question}")


def main():
    job = None
    for line in sys.stdin:
        try:
            reply, job = answer(line.split(), job)
        except Exception as e:  # the next question may be answered
            reply = {"error": f"{type(e).__name__}: {e}"[:500]}
        print(json.dumps(reply), flush=True)


main()
