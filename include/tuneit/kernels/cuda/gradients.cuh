// Gradients that are limited by a common 2-norm: one kernel adds up their squares, one scales them. Tensors are told as
// parameters, as those of an optimizer's step. A block takes 16,384 numbers of one tensor; blocks leave sums side by
// side, those of several launches behind each other, and the last block of the last launch adds all of them up in a
// fixed order. Formula: torch.nn.utils.clip_grad_norm_. T: float or double. blockDim 256, grid: blocks. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct GradientTensors {
    void* gradients[280];  // T
    unsigned count[280];
    unsigned short first[280];  // its first block
    int size;
  };
  struct GradientNormTask {
    double* partial;  // of all blocks of all launches
    int* ticket;      // 0 before, and afterwards
    void* norm;       // T
    void* scale;      // T: min(1, most / (norm + 1e-6)); a norm that is no number stays none
    double most;
    int before;  // blocks of the launches before this one
    int last;    // there is no launch behind this one
    GradientTensors tensors;
  };
  struct GradientScaleTask {
    const void* scale;  // T
    GradientTensors tensors;
  };
)
TUNEIT_CUDA_KERNELS(
  // Calls f(numbers, how many there are) for each pack of this block's numbers; f says whether they are stored.
  template <class T, class F>
  __device__ __forceinline__ void over_gradients(const GradientTensors& all, const F& f) {
    int of = 0;  // the last tensor that does not begin behind this block
    for (int half = 256; half > 0; half /= 2)
      if (of + half < all.size && all.first[of + half] <= blockIdx.x) of += half;
    constexpr int width = 16 / sizeof(T);
    using P = Pack<T, width>;
    const long long begin = (static_cast<long long>(blockIdx.x) - all.first[of]) * 16384;
    const long long end = begin + 16384 < all.count[of] ? begin + 16384 : all.count[of];
    T* g = static_cast<T*>(all.gradients[of]);
    for (long long i = begin + static_cast<long long>(threadIdx.x) * width; i < end; i += 256 * width) {
      const int there = i + width <= end ? width : static_cast<int>(end - i);
      P pack = {};
      if (there == width)
        pack = *reinterpret_cast<const P*>(g + i);
      else
        for (int j = 0; j < width; ++j)
          if (j < there) pack.v[j] = g[i + j];
      if (!f(pack.v)) continue;
      if (there == width)
        *reinterpret_cast<P*>(g + i) = pack;
      else
        for (int j = 0; j < width; ++j)
          if (j < there) g[i + j] = pack.v[j];
    }
  }

  template <class T>
  __global__ void __launch_bounds__(256) gradient_norm(const __grid_constant__ GradientNormTask k) {
    __shared__ double sums[256];
    __shared__ bool ends;
    const int t = static_cast<int>(threadIdx.x);
    T own = 0;
    over_gradients<T>(k.tensors, [&](const T (&g)[16 / sizeof(T)]) {
      for (int j = 0; j < static_cast<int>(16 / sizeof(T)); ++j) own += g[j] * g[j];
      return false;
    });
    sums[t] = static_cast<double>(own);
    for (int half = 128; half > 0; half /= 2) {
      __syncthreads();
      if (t < half) sums[t] += sums[t + half];
    }
    if (t == 0) {
      k.partial[k.before + static_cast<int>(blockIdx.x)] = sums[0];
      __threadfence();
      ends = atomicAdd(k.ticket, 1) == static_cast<int>(gridDim.x) - 1;
      if (ends) *k.ticket = 0;
    }
    __syncthreads();
    if (!ends || k.last == 0) return;
    __threadfence();
    double sum = 0;
    for (int i = t; i < k.before + static_cast<int>(gridDim.x); i += 256)
      sum += static_cast<const volatile double*>(k.partial)[i];
    sums[t] = sum;
    for (int half = 128; half > 0; half /= 2) {
      __syncthreads();
      if (t < half) sums[t] += sums[t + half];
    }
    if (t != 0) return;
    const T norm = static_cast<T>(sqrt(sums[0]));
    const T scale = static_cast<T>(k.most) / (norm + static_cast<T>(1e-6));
    *static_cast<T*>(k.norm) = norm;
    *static_cast<T*>(k.scale) = scale > 1 ? T(1) : scale;
  }

  template <class T>
  __global__ void __launch_bounds__(256) gradient_scale(const __grid_constant__ GradientScaleTask k) {
    const T scale = *static_cast<const T*>(k.scale);
    over_gradients<T>(k.tensors, [&](T (&g)[16 / sizeof(T)]) {
      for (int j = 0; j < static_cast<int>(16 / sizeof(T)); ++j) g[j] *= scale;
      return true;
    });
  }
)
