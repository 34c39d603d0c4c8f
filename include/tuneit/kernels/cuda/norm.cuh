// Batch norm, an addition and a clamp behind it (ReLU: from 0 on, ReLU6: up to 6), of channels-last numbers [rows,
// channels]: y = clamp(factor (norm(x)) + r). Forward: norm_moments, norm_finish, norm_apply; with fixed statistics the
// last two. Backward: norm_reduce, norm_pullback, norm_gradient. Sums are taken in a fixed order, without atomics:
// equal bits in each run. T: how numbers are stored; V: channels in one access, which divide their number. blockDim is
// (X, 256 / X), both powers of two, grid (channels / V / X rounded up, parts), but for norm_finish and norm_pullback:
// (32, 8), grid channels / 32 rounded up. F is Compute<T>. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct NormMoments {
    const void* x;  // T [rows, channels]
    void* partial;  // F [parts, 2, channels]: sums about the first row, and of squares
    long long rows;
    int channels;
  };
  struct NormFinish {
    const void* x;        // as in NormMoments
    const void* partial;  // null: the running statistics are taken
    const void* weight;   // F [channels], as all of these
    const void* bias;
    void* running_mean;   // moves with the batch; null: does not
    void* running_variance;
    void* coefficients;  // F [4, channels]: mean, 1 / sqrt(variance + eps), this times weight, bias
    double eps;
    double momentum;
    long long rows;
    int channels;
    int parts;
  };
  struct NormApply {
    const void* x;
    const void* r;  // or null
    void* y;
    const void* coefficients;
    const float* factors;  // one for each sample, or null
    long long rows;
    long long rows_of_sample;
    int channels;
    float low;
    float high;
  };
  struct NormReduce {
    const void* dy;
    const void* more;  // a second gradient to be added, or null
    const void* x;
    const void* y;  // where the clamp is looked up; null: it is computed from x
    void* g;        // dy + more where the clamp let it pass, without factor; null: not written
    const void* coefficients;
    const float* factors;
    void* partial;  // F [parts, 2, channels]: sums of factor g, and of factor g (x - mean)
    long long rows;
    long long rows_of_sample;
    int channels;
    float low;
    float high;
  };
  struct NormPullback {
    const void* partial;
    const void* coefficients;
    void* weight_gradient;  // F [channels], or null
    void* bias_gradient;
    void* pullback;  // F [3, channels]: p, q, s of dx = p g + q (x - mean) + s
    long long rows;
    int channels;
    int parts;
    int of_batch;  // the statistics were those of the batch
  };
  struct NormGradient {
    const void* dy;  // or g, without a clamp
    const void* x;   // null: q and s are 0
    const void* y;   // as in NormReduce
    void* dx;
    const void* coefficients;
    const void* pullback;  // null: q and s are 0, p is in the coefficients
    const float* factors;
    long long rows;
    long long rows_of_sample;
    int channels;
    float low;
    float high;
  };
)
TUNEIT_CUDA_KERNELS(
  template <class T, int V>
  __global__ void __launch_bounds__(256) norm_moments(const NormMoments k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    __shared__ F shared[2 * V * 256];
    const int vectors = k.channels / V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    F sums[2 * V] = {};
    if (e < vectors) {
      const P* x = static_cast<const P*>(k.x);
      F about[V];
      for (int i = 0; i < V; ++i) about[i] = widen(x[e].v[i]);
      for (long long r = blockIdx.y * blockDim.y + threadIdx.y; r < k.rows; r += gridDim.y * blockDim.y) {
        const P a = x[r * vectors + e];
        for (int i = 0; i < V; ++i) {
          const F d = widen(a.v[i]) - about[i];
          sums[i] += d;
          sums[V + i] += d * d;
        }
      }
    }
    sum_over_rows(sums, shared);
    if (threadIdx.y == 0 && e < vectors) {
      F* to = static_cast<F*>(k.partial) + 2ll * blockIdx.y * k.channels + e * V;
      for (int i = 0; i < V; ++i) {
        to[i] = shared[i * 256 + static_cast<int>(threadIdx.x)];
        to[k.channels + i] = shared[(V + i) * 256 + static_cast<int>(threadIdx.x)];
      }
    }
  }

  // Both sums of a channel over all parts, in double precision; for threads of threadIdx.y == 0.
  template <class F>
  __device__ __forceinline__ void sum_over_parts(const F* partial, int parts, int channels, int c, double& first,
                                                 double& second) {
    __shared__ double shared[2][8][32];
    double a = 0;
    double b = 0;
    if (c < channels)
      for (int i = static_cast<int>(threadIdx.y); i < parts; i += 8) {
        a += static_cast<double>(partial[2ll * i * channels + c]);
        b += static_cast<double>(partial[(2ll * i + 1) * channels + c]);
      }
    shared[0][threadIdx.y][threadIdx.x] = a;
    shared[1][threadIdx.y][threadIdx.x] = b;
    __syncthreads();
    first = 0;
    second = 0;
    for (int i = 0; i < 8; ++i) {
      first += shared[0][i][threadIdx.x];
      second += shared[1][i][threadIdx.x];
    }
  }

  template <class F>
  __device__ __forceinline__ void move_running(void* running, int c, double of_batch, double momentum) {
    F* at = static_cast<F*>(running) + c;
    *at = static_cast<F>(static_cast<double>(*at) + momentum * (of_batch - static_cast<double>(*at)));
  }

  template <class T>
  __global__ void __launch_bounds__(256) norm_finish(const NormFinish k) {
    using F = Compute<T>;
    const int c = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
    double mean = 0;
    double variance = 0;
    sum_over_parts(static_cast<const F*>(k.partial), k.parts, k.channels, c, mean, variance);
    if (threadIdx.y != 0 || c >= k.channels) return;
    const double n = static_cast<double>(k.rows);
    if (k.partial != nullptr) {
      mean /= n;
      variance = variance / n - mean * mean;
      variance = variance < 0 ? 0 : variance;
      mean += static_cast<double>(widen(static_cast<const T*>(k.x)[c]));
      if (k.running_mean != nullptr) {
        move_running<F>(k.running_mean, c, mean, k.momentum);
        move_running<F>(k.running_variance, c, variance * (n / (n - 1)), k.momentum);
      }
    } else {
      mean = static_cast<double>(static_cast<const F*>(k.running_mean)[c]);
      variance = static_cast<double>(static_cast<const F*>(k.running_variance)[c]);
    }
    F* to = static_cast<F*>(k.coefficients) + c;
    const double scale = 1 / sqrt(variance + k.eps);
    to[0] = static_cast<F>(mean);
    to[k.channels] = static_cast<F>(scale);
    to[2 * k.channels] = static_cast<F>(scale * static_cast<double>(static_cast<const F*>(k.weight)[c]));
    to[3 * k.channels] = static_cast<const F*>(k.bias)[c];
  }

  // mean, weight / sqrt(variance + eps), bias of V channels.
  template <class F, int V>
  struct NormChannels {
    F mean[V];
    F a[V];
    F b[V];
    __device__ __forceinline__ NormChannels(const void* coefficients, int channels, int first) {
      const F* from = static_cast<const F*>(coefficients) + first;
      for (int i = 0; i < V; ++i) {
        mean[i] = from[i];
        a[i] = from[2 * channels + i];
        b[i] = from[3 * channels + i];
      }
    }
    __device__ __forceinline__ F operator()(int i, F x) const { return (x - mean[i]) * a[i] + b[i]; }
  };

  template <class T, int V>
  __global__ void __launch_bounds__(256) norm_apply(const NormApply k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    const int vectors = k.channels / V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (e >= vectors) return;
    const NormChannels<F, V> norm(k.coefficients, k.channels, e * V);
    const F low = static_cast<F>(k.low);
    const F high = static_cast<F>(k.high);
    for (long long r = blockIdx.y * blockDim.y + threadIdx.y; r < k.rows; r += gridDim.y * blockDim.y) {
      const long long at = r * vectors + e;
      const P x = static_cast<const P*>(k.x)[at];
      P around = {};
      if (k.r != nullptr) around = static_cast<const P*>(k.r)[at];
      F factor = 1;
      if (k.factors != nullptr) factor = static_cast<F>(k.factors[r / k.rows_of_sample]);
      P y;
      for (int i = 0; i < V; ++i) {
        F v = factor * norm(i, widen(x.v[i])) + widen(around.v[i]);
        v = v < low ? low : v;  // NaN stays
        put(y.v[i], v > high ? high : v);
      }
      static_cast<P*>(k.y)[at] = y;
    }
  }

  template <class T, int V>
  __global__ void __launch_bounds__(256) norm_reduce(const NormReduce k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    __shared__ F shared[2 * V * 256];
    const int vectors = k.channels / V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    F sums[2 * V] = {};
    if (e < vectors) {
      const NormChannels<F, V> norm(k.coefficients, k.channels, e * V);
      const F low = static_cast<F>(k.low);
      const F high = static_cast<F>(k.high);
      for (long long r = blockIdx.y * blockDim.y + threadIdx.y; r < k.rows; r += gridDim.y * blockDim.y) {
        const long long at = r * vectors + e;
        P dy = static_cast<const P*>(k.dy)[at];
        const P x = static_cast<const P*>(k.x)[at];
        P y = x;
        P more = {};
        if (k.y != nullptr) y = static_cast<const P*>(k.y)[at];
        if (k.more != nullptr) more = static_cast<const P*>(k.more)[at];
        F factor = 1;
        if (k.factors != nullptr) factor = static_cast<F>(k.factors[r / k.rows_of_sample]);
        for (int i = 0; i < V; ++i) {
          const F value = widen(x.v[i]);
          const F v = k.y != nullptr ? widen(y.v[i]) : rounded<T>(norm(i, value));
          F d = widen(dy.v[i]) + widen(more.v[i]);
          d = v > low && v < high ? d : F(0);
          put(dy.v[i], d);
          d = factor * widen(dy.v[i]);
          sums[i] += d;
          sums[V + i] += d * (value - norm.mean[i]);
        }
        if (k.g != nullptr) static_cast<P*>(k.g)[at] = dy;
      }
    }
    sum_over_rows(sums, shared);
    if (threadIdx.y == 0 && e < vectors) {
      F* to = static_cast<F*>(k.partial) + 2ll * blockIdx.y * k.channels + e * V;
      for (int i = 0; i < V; ++i) {
        to[i] = shared[i * 256 + static_cast<int>(threadIdx.x)];
        to[k.channels + i] = shared[(V + i) * 256 + static_cast<int>(threadIdx.x)];
      }
    }
  }

  template <class T>
  __global__ void __launch_bounds__(256) norm_pullback(const NormPullback k) {
    using F = Compute<T>;
    const int c = static_cast<int>(blockIdx.x * 32 + threadIdx.x);
    double sum = 0;
    double product = 0;
    sum_over_parts(static_cast<const F*>(k.partial), k.parts, k.channels, c, sum, product);
    if (threadIdx.y != 0 || c >= k.channels) return;
    const F* from = static_cast<const F*>(k.coefficients) + c;
    const double scale = static_cast<double>(from[k.channels]);
    const double p = static_cast<double>(from[2 * k.channels]);
    if (k.weight_gradient != nullptr) {
      static_cast<F*>(k.weight_gradient)[c] = static_cast<F>(product * scale);
      static_cast<F*>(k.bias_gradient)[c] = static_cast<F>(sum);
    }
    const double n = static_cast<double>(k.rows);
    F* to = static_cast<F*>(k.pullback) + c;
    to[0] = static_cast<F>(p);
    to[k.channels] = static_cast<F>(k.of_batch != 0 ? -p * scale * scale * product / n : 0);
    to[2 * k.channels] = static_cast<F>(k.of_batch != 0 ? -p * sum / n : 0);
  }

  template <class T, int V>
  __global__ void __launch_bounds__(256) norm_gradient(const NormGradient k) {
    using F = Compute<T>;
    using P = Pack<T, V>;
    const int vectors = k.channels / V;
    const int e = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (e >= vectors) return;
    const NormChannels<F, V> norm(k.coefficients, k.channels, e * V);
    F p[V];
    F q[V];
    F s[V];
    for (int i = 0; i < V; ++i) {
      p[i] = norm.a[i];
      q[i] = 0;
      s[i] = 0;
      if (k.pullback != nullptr) {
        const F* from = static_cast<const F*>(k.pullback) + e * V + i;
        p[i] = from[0];
        q[i] = from[k.channels];
        s[i] = from[2 * k.channels];
      }
    }
    const F low = static_cast<F>(k.low);
    const F high = static_cast<F>(k.high);
    for (long long r = blockIdx.y * blockDim.y + threadIdx.y; r < k.rows; r += gridDim.y * blockDim.y) {
      const long long at = r * vectors + e;
      const P dy = static_cast<const P*>(k.dy)[at];
      P x = {};
      if (k.x != nullptr) x = static_cast<const P*>(k.x)[at];
      P y = x;
      if (k.y != nullptr) y = static_cast<const P*>(k.y)[at];
      F factor = 1;
      if (k.factors != nullptr) factor = static_cast<F>(k.factors[r / k.rows_of_sample]);
      P dx;
      for (int i = 0; i < V; ++i) {
        const F value = widen(x.v[i]);
        const F v = k.y != nullptr ? widen(y.v[i]) : rounded<T>(norm(i, value));
        const F d = v > low && v < high ? factor * widen(dy.v[i]) : F(0);
        put(dx.v[i], p[i] * d + (q[i] * (value - norm.mean[i]) + s[i]));
      }
      static_cast<P*>(k.dx)[at] = dx;
    }
  }
)
