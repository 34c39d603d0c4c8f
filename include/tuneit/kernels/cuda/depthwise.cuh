// Depthwise convolutions, channels-last, 3x3 and 5x5 with stride 1 and 2: forward, and gradients by the input and by
// the weights. The latter is summed in a fixed order, without atomics. T: how numbers are stored; K, S: kernel and
// stride; V: channels in one access, which divide their number. F is Compute<T>. blockDim is (X, 256 / X), both powers
// of two, grid (channels / V / X rounded up, parts), but for depthwise_weights: 256, grid channels K K / 256 rounded
// up. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct DepthwiseForward {
    const void* x;        // T [images, height, width, channels]
    const void* weights;  // F [channels, K, K]
    void* y;              // T [images, out_height, out_width, channels]
    int images;
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int top;  // padding
    int left;
  };
  struct DepthwiseInput {
    const void* dy;
    const void* weights;
    void* dx;
    int images;
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int top;
    int left;
  };
  struct DepthwiseParts {
    const void* dy;
    const void* x;
    void* partial;  // F [parts, K, K, channels]
    int images;
    int height;
    int width;
    int channels;
    int out_height;
    int out_width;
    int top;
    int left;
  };
  struct DepthwiseWeights {
    const void* partial;
    void* gradient;  // F [channels, K, K]
    int channels;
    int parts;
    int taps;  // K K
  };
)
TUNEIT_CUDA_KERNELS(
  // The weights of this block's channels, by taps: shared[tap * (X V) + channel].
  template <int K, int V, class F>
  __device__ __forceinline__ void load_taps(const void* weights, int channels, F* shared) {
    const int across = static_cast<int>(blockDim.x) * V;
    const int first = static_cast<int>(blockIdx.x) * across;
    for (int i = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x); i < across * K * K; i += 256) {
      const int c = first + i / (K * K);
      const int tap = i % (K * K);
      if (c < channels) shared[tap * across + i / (K * K)] = static_cast<const F*>(weights)[c * K * K + tap];
    }
    __syncthreads();
  }

  template <class T, int K, int S, int V>
  __global__ void __launch_bounds__(256) depthwise_forward(const DepthwiseForward k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    __shared__ F taps[K * K * 16 * V];
    load_taps<K, V>(k.weights, k.channels, taps);
    const int vectors = k.channels / V;
    const int across = static_cast<int>(blockDim.x) * V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (e >= vectors) return;
    const F* own = taps + static_cast<int>(threadIdx.x) * V;
    const P* x = static_cast<const P*>(k.x);
    const long long pixels = static_cast<long long>(k.images) * k.out_height * k.out_width;
    for (long long p = blockIdx.y * blockDim.y + threadIdx.y; p < pixels; p += gridDim.y * blockDim.y) {
      const int left = static_cast<int>(p % k.out_width) * S - k.left;
      const long long row = p / k.out_width;
      const int top = static_cast<int>(row % k.out_height) * S - k.top;
      const long long image = row / k.out_height * k.height;
      F sum[V] = {};
      for (int u = 0; u < K; ++u) {
        if (top + u < 0 || top + u >= k.height) continue;
        for (int v = 0; v < K; ++v) {
          if (left + v < 0 || left + v >= k.width) continue;
          const P a = x[((image + top + u) * k.width + left + v) * vectors + e];
          for (int i = 0; i < V; ++i) sum[i] += own[(u * K + v) * across + i] * widen(a.v[i]);
        }
      }
      P y;
      for (int i = 0; i < V; ++i) put(y.v[i], sum[i]);
      static_cast<P*>(k.y)[p * vectors + e] = y;
    }
  }

  template <class T, int K, int S, int V>
  __global__ void __launch_bounds__(256) depthwise_input(const DepthwiseInput k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    __shared__ F taps[K * K * 16 * V];
    load_taps<K, V>(k.weights, k.channels, taps);
    const int vectors = k.channels / V;
    const int across = static_cast<int>(blockDim.x) * V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (e >= vectors) return;
    const F* own = taps + static_cast<int>(threadIdx.x) * V;
    const P* dy = static_cast<const P*>(k.dy);
    const long long pixels = static_cast<long long>(k.images) * k.height * k.width;
    for (long long p = blockIdx.y * blockDim.y + threadIdx.y; p < pixels; p += gridDim.y * blockDim.y) {
      const int right = static_cast<int>(p % k.width) + k.left;
      const long long row = p / k.width;
      const int bottom = static_cast<int>(row % k.height) + k.top;
      const long long image = row / k.height * k.out_height;
      F sum[V] = {};
      for (int u = 0; u < K; ++u) {
        const int i = bottom - u;  // S times the row of y that saw this pixel with tap u
        if (i < 0 || i % S != 0 || i / S >= k.out_height) continue;
        for (int v = 0; v < K; ++v) {
          const int j = right - v;
          if (j < 0 || j % S != 0 || j / S >= k.out_width) continue;
          const P a = dy[((image + i / S) * k.out_width + j / S) * vectors + e];
          for (int n = 0; n < V; ++n) sum[n] += own[(u * K + v) * across + n] * widen(a.v[n]);
        }
      }
      P dx;
      for (int i = 0; i < V; ++i) put(dx.v[i], sum[i]);
      static_cast<P*>(k.dx)[p * vectors + e] = dx;
    }
  }

  template <class T, int K, int S, int V>
  __global__ void __launch_bounds__(256) depthwise_parts(const DepthwiseParts k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    __shared__ F shared[V * 256];
    const int vectors = k.channels / V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    F sums[K * K][V] = {};
    if (e < vectors) {
      const P* x = static_cast<const P*>(k.x);
      const long long pixels = static_cast<long long>(k.images) * k.out_height * k.out_width;
      for (long long p = blockIdx.y * blockDim.y + threadIdx.y; p < pixels; p += gridDim.y * blockDim.y) {
        const int left = static_cast<int>(p % k.out_width) * S - k.left;
        const long long row = p / k.out_width;
        const int top = static_cast<int>(row % k.out_height) * S - k.top;
        const long long image = row / k.out_height * k.height;
        const P dy = static_cast<const P*>(k.dy)[p * vectors + e];
        for (int u = 0; u < K; ++u)
          for (int v = 0; v < K; ++v) {
            const bool inside = top + u >= 0 && top + u < k.height && left + v >= 0 && left + v < k.width;
            if (inside) {
              const P a = x[((image + top + u) * k.width + left + v) * vectors + e];
              for (int i = 0; i < V; ++i) sums[u * K + v][i] += widen(dy.v[i]) * widen(a.v[i]);
            }
          }
      }
    }
    for (int tap = 0; tap < K * K; ++tap) {
      sum_over_rows(sums[tap], shared);
      if (threadIdx.y == 0 && e < vectors)
        for (int i = 0; i < V; ++i)
          static_cast<F*>(k.partial)[(static_cast<long long>(blockIdx.y) * K * K + tap) * k.channels + e * V + i] =
              shared[i * 256 + static_cast<int>(threadIdx.x)];
      __syncthreads();
    }
  }

  template <class T>
  __global__ void __launch_bounds__(256) depthwise_weights(const DepthwiseWeights k) {
    using F = Compute<T>;
    const int at = static_cast<int>(blockIdx.x * 256 + threadIdx.x);
    if (at >= k.taps * k.channels) return;
    F sum = 0;
    const long long stride = static_cast<long long>(k.taps) * k.channels;
    for (int i = 0; i < k.parts; ++i) sum += static_cast<const F*>(k.partial)[i * stride + at];
    static_cast<F*>(k.gradient)[at % k.channels * k.taps + at / k.channels] = sum;
  }
)
