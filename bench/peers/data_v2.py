"""Pictures to batches with torchvision's own decoder and its second transforms on bytes in tensors."""

import common
import torch
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

transform = v2.Compose(
    [
        v2.RandomResizedCrop(common.SIDE, antialias=True),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)

if __name__ == "__main__":
    read = lambda path: decode_image(path, ImageReadMode.RGB)
    common.main(lambda case, weights: common.pictures(case, transform, read))
