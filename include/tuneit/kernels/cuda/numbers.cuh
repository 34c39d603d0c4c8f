// Numbers as they are stored and as they are computed with; see source.hpp for what these macros are. No includes. From
// elsewhere come float_from_half, half_from_float, bf16_from_float, which are bits to numbers and back: on a device
// device.cuh, on the host whoever runs this there.
TUNEIT_CUDA_KERNELS(
  struct Bf16 {
    unsigned short bits;
  };
  struct Half {
    unsigned short bits;
  };

  template <class T>
  struct ComputeOf {
    using type = float;
  };
  template <>
  struct ComputeOf<double> {
    using type = double;
  };
  template <class T>
  using Compute = typename ComputeOf<T>::type;

  __device__ __forceinline__ float widen(float x) { return x; }
  __device__ __forceinline__ double widen(double x) { return x; }
  __device__ __forceinline__ float widen(Bf16 x) { return __uint_as_float(static_cast<unsigned>(x.bits) << 16); }
  __device__ __forceinline__ float widen(Half x) { return float_from_half(x.bits); }

  __device__ __forceinline__ void put(float& to, float x) { to = x; }
  __device__ __forceinline__ void put(double& to, double x) { to = x; }
  __device__ __forceinline__ void put(Bf16& to, float x) { to.bits = bf16_from_float(x); }
  __device__ __forceinline__ void put(Half& to, float x) { to.bits = half_from_float(x); }

  // x as it is once it was stored.
  template <class T>
  __device__ __forceinline__ Compute<T> rounded(Compute<T> x) {
    T stored;
    put(stored, x);
    return widen(stored);
  }

  // V neighbours, read and written in one access.
  template <class T, int V>
  struct alignas(sizeof(T) * V) Pack {
    T v[V];
  };

  // Sums of N numbers of each thread over threadIdx.y, which has a power of two: for threads of threadIdx.y == 0 the
  // k-th of their column is then in shared[k * 256 + threadIdx.x]. For all 256 threads; `shared` has N * 256.
  template <int N, class F>
  __device__ __forceinline__ void sum_over_rows(const F (&value)[N], F* shared) {
    const int t = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
    for (int k = 0; k < N; ++k) shared[k * 256 + t] = value[k];
    for (int half = static_cast<int>(blockDim.y) / 2; half > 0; half /= 2) {
      __syncthreads();
      if (static_cast<int>(threadIdx.y) < half)
        for (int k = 0; k < N; ++k)
          shared[k * 256 + t] += shared[k * 256 + t + half * static_cast<int>(blockDim.x)];
    }
  }
)
