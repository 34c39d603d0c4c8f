// A step of an optimizer over flat buffers: weights and what is remembered of them move, and the weights are written
// once more in the number type in which the network computes. A block takes a chunk; chunks lie anywhere in the
// buffers, each at a multiple of 4 numbers. Formulas: torch.optim.SGD, AdamW, Adam. T: of the weights, float or double;
// L: of their twins. blockDim 256, grid: chunks. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct OptimizerChunk {
    long long weight;  // where it begins in the buffer of weights and of what is remembered
    long long gradient;
    long long twin;
    long long count;
  };
  struct OptimizerBuffers {
    const OptimizerChunk* chunks;
    void* weights;          // T
    const void* gradients;  // T
    void* first;            // T: momentum, or the first moment; null: none
    void* second;           // T: the second moment
    void* twins;            // L, or null
    const float* left_out;  // not 0: nothing moves; or null
    const float* rate;      // on the device, times lr; or null: 1
    double lr;
    double decay;
  };
  struct SgdTask {
    OptimizerBuffers in;
    double momentum;
    double dampening;
    int nesterov;
  };
  struct AdamTask {
    OptimizerBuffers in;
    const float* steps;  // with this one
    double beta1;
    double beta2;
    double eps;
    int decoupled;  // AdamW
  };
)
TUNEIT_CUDA_KERNELS(
  // Calls step(weight, gradient, first, second) for each number of the chunk of this block, and stores what it changed.
  template <class T, class L, class Step>
  __device__ __forceinline__ void over_chunk(const OptimizerBuffers& in, const Step& step) {
    const OptimizerChunk chunk = in.chunks[blockIdx.x];
    T* w = static_cast<T*>(in.weights) + chunk.weight;
    const T* g = static_cast<const T*>(in.gradients) + chunk.gradient;
    T* m = in.first == nullptr ? nullptr : static_cast<T*>(in.first) + chunk.weight;
    T* v = in.second == nullptr ? nullptr : static_cast<T*>(in.second) + chunk.weight;
    L* twin = in.twins == nullptr ? nullptr : static_cast<L*>(in.twins) + chunk.twin;
    using P = Pack<T, 16 / sizeof(T)>;
    constexpr int width = 16 / sizeof(T);
    for (long long i = static_cast<long long>(threadIdx.x) * width; i < chunk.count; i += 256 * width) {
      P weight;
      P gradient;
      P first = {};
      P second = {};
      const bool whole = i + width <= chunk.count;
      const int n = whole ? width : static_cast<int>(chunk.count - i);
      if (whole) {
        weight = *reinterpret_cast<const P*>(w + i);
        gradient = *reinterpret_cast<const P*>(g + i);
        if (m != nullptr) first = *reinterpret_cast<const P*>(m + i);
        if (v != nullptr) second = *reinterpret_cast<const P*>(v + i);
      } else {
        weight = {};
        gradient = {};
        for (int j = 0; j < width; ++j)
          if (j < n) {
            weight.v[j] = w[i + j];
            gradient.v[j] = g[i + j];
            if (m != nullptr) first.v[j] = m[i + j];
            if (v != nullptr) second.v[j] = v[i + j];
          }
      }
      Pack<L, width> low;
      for (int j = 0; j < width; ++j) {
        step(weight.v[j], gradient.v[j], first.v[j], second.v[j]);
        put(low.v[j], static_cast<Compute<L>>(weight.v[j]));
      }
      if (whole) {
        *reinterpret_cast<P*>(w + i) = weight;
        if (m != nullptr) *reinterpret_cast<P*>(m + i) = first;
        if (v != nullptr) *reinterpret_cast<P*>(v + i) = second;
        if (twin != nullptr) *reinterpret_cast<Pack<L, width>*>(twin + i) = low;
      } else {
        for (int j = 0; j < width; ++j)
          if (j < n) {
            w[i + j] = weight.v[j];
            if (m != nullptr) m[i + j] = first.v[j];
            if (v != nullptr) v[i + j] = second.v[j];
            if (twin != nullptr) twin[i + j] = low.v[j];
          }
      }
    }
  }

  __device__ __forceinline__ bool left_out(const OptimizerBuffers& in) {
    return in.left_out != nullptr && *in.left_out != 0;
  }
  __device__ __forceinline__ double rate_of(const OptimizerBuffers& in) {
    return in.rate == nullptr ? in.lr : in.lr * static_cast<double>(*in.rate);
  }

  template <class T, class L>
  __global__ void __launch_bounds__(256) sgd_step(const SgdTask k) {
    if (left_out(k.in)) return;
    const T rate = static_cast<T>(rate_of(k.in));
    const T decay = static_cast<T>(k.in.decay);
    const T momentum = static_cast<T>(k.momentum);
    const T fresh = static_cast<T>(1 - k.dampening);
    const bool nesterov = k.nesterov != 0;
    over_chunk<T, L>(k.in, [&](T& w, T g, T& m, T&) {
      g += decay * w;
      if (momentum != 0) {
        m = momentum * m + fresh * g;
        g = nesterov ? g + momentum * m : m;
      }
      w -= rate * g;
    });
  }

  template <class T, class L>
  __global__ void __launch_bounds__(256) adam_step(const AdamTask k) {
    if (left_out(k.in)) return;
    __shared__ T shared[2];
    const double lr = rate_of(k.in);
    if (threadIdx.x == 0) {
      const double steps = static_cast<double>(*k.steps);
      shared[0] = static_cast<T>(lr / (1 - pow(k.beta1, steps)));
      shared[1] = static_cast<T>(1 / sqrt(1 - pow(k.beta2, steps)));
    }
    __syncthreads();
    const T size = shared[0];
    const T correction = shared[1];
    const T shrink = static_cast<T>(1 - lr * k.in.decay);
    const T decay = static_cast<T>(k.in.decay);
    const T fresh = static_cast<T>(1 - k.beta1);
    const T fresh_square = static_cast<T>(1 - k.beta2);
    const T eps = static_cast<T>(k.eps);
    const bool decoupled = k.decoupled != 0;
    over_chunk<T, L>(k.in, [&](T& w, T g, T& m, T& v) {
      if (decoupled)
        w *= shrink;
      else
        g += decay * w;
      m += fresh * (g - m);
      v += fresh_square * (g * g - v);
      w -= size * m / (sqrt(v) * correction + eps);
    });
  }
)
