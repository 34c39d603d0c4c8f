"""Pictures to batches with NVIDIA DALI's pipeline for the CPU: the decoder that decodes only the crop, and what its
examples do with it."""

import math
import os

import common
from nvidia.dali import fn, pipeline_def, types

MEAN, DEVIATION = [255 * m for m in (0.485, 0.456, 0.406)], [255 * s for s in (0.229, 0.224, 0.225)]


@pipeline_def(batch_size=common.BATCH, device_id=None, seed=1)
def batches(folder):
    files, labels = fn.readers.file(file_root=folder, random_shuffle=True)
    pictures = fn.decoders.image_random_crop(files, random_area=[0.08, 1.0], random_aspect_ratio=[3 / 4, 4 / 3])
    pictures = fn.resize(pictures, size=common.SIDE, interp_type=types.INTERP_LINEAR, antialias=True)
    mirror = fn.random.coin_flip()
    return fn.crop_mirror_normalize(pictures, mirror=mirror, mean=MEAN, std=DEVIATION), labels


def prepare(case, weights):
    kind = case.name.split("/")[0].split("-")[1]
    pipeline = batches(os.path.join(os.environ["TUNEIT_BENCH_PICTURES"], kind), num_threads=case.threads)
    pipeline.build()

    def run(steps):
        last = math.nan
        for _ in range(steps):
            images, labels = pipeline.run()
            last = float(images.as_array()[0, 0, 0, 0])
        return last

    return run


if __name__ == "__main__":
    common.main(prepare)
