"""Pictures to batches as people write it: ImageFolder with PIL, torchvision's transforms, a DataLoader with workers."""

import common
from torchvision import transforms

transform = transforms.Compose(
    [
        transforms.RandomResizedCrop(common.SIDE),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)

if __name__ == "__main__":
    common.main(lambda case, weights: common.pictures(case, transform))
