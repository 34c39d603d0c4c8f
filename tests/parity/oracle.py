"""The same PyTorch on every processor: what all scripts here compute is pinned before torch is loaded.

`import oracle` comes before `import torch` (CMake refuses a script that forgets it). Libraries choose their loops by the
processor, and these round differently: MKL's matrix products with AVX-512 are others than with AVX2, and on an Intel others
than on an AMD. References must not move with the machine on which they are made, so they come from
  MKL       the loops for AVX2; those of one make differ from the other's in the last digits, so what is compared to the
            bit makes its products by `product` below (COMPATIBLE, which is the same on every make, takes 2 to 4 times as
            long: too much for the references with tolerances)
  ATen      the loops for AVX2, which all processors have that tuneit's kernels run on
  oneDNN    convolutions for AVX2
What is tested keeps the processor's own choice: `outside` is the environment without the pins, for programs that a script
starts. tests/processors.cmake shows that the references with bits are the same under other instruction sets.
"""
import os
import sys

assert "torch" not in sys.modules, "import oracle before torch"
outside = dict(os.environ)


def has_avx2():
    try:
        with open("/proc/cpuinfo") as file:
            return any(line.startswith("flags") and " avx2 " in line + " " for line in file)
    except OSError:
        return False


os.environ.pop("MKL_ENABLE_INSTRUCTIONS", None)
os.environ["MKL_CBWR"] = "AVX2" if has_avx2() else "COMPATIBLE"
if has_avx2():
    os.environ["ATEN_CPU_CAPABILITY"] = "avx2"
    os.environ["ONEDNN_MAX_CPU_ISA"] = "AVX2"


def product(a, b):
    """a @ b with three terms a sum, each rounded as it is written: (x0 y0 + x1 y1) + x2 y2. No BLAS, so the same anywhere."""
    assert a.shape[-1] == 3 and b.shape[-2] == 3
    terms = [a[..., :, i:i + 1] * b[..., i:i + 1, :] for i in range(3)]
    return (terms[0] + terms[1]) + terms[2]
