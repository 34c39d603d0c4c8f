// What numbers.cuh leaves open, by instructions of the device. No includes.
TUNEIT_CUDA_KERNELS(
  __device__ __forceinline__ float float_from_half(unsigned short bits) {
    float x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
    return x;
  }
  __device__ __forceinline__ unsigned short half_from_float(float x) {
    unsigned short bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
    return bits;
  }
  __device__ __forceinline__ unsigned short bf16_from_float(float x) {
    if constexpr (__CUDA_ARCH__ >= 800) {
      unsigned short bits;
      asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
      return bits;
    } else {  // to nearest, ties to even; NaN stays
      const unsigned u = __float_as_uint(x);
      if ((u & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
      return static_cast<unsigned short>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
  }
)
