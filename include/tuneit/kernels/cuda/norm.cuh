// Batch norm, an addition and a clamp behind it (ReLU: from 0 on, ReLU6: up to 6), of channels-last numbers [rows,
// channels]: y = clamp(factor (norm(x)) + r). Forward: norm_moments (with fixed statistics norm_fixed), norm_apply.
// Backward: norm_reduce, norm_gradient. Blocks leave sums side by side, and the last one of a column to end adds them
// up in a fixed order: equal bits in each run. T: how numbers are stored; V: channels in one access, which divide their
// number. blockDim is (X, 256 / X), both powers of two, grid (channels / V / X rounded up, parts); of norm_fixed 256,
// grid channels / 256 rounded up. F is Compute<T>. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct NormMoments {
    const void* x;       // T [rows, channels]
    void* partial;       // F [parts, 2, channels]: sums about the first row, and of squares
    int* tickets;        // [grid.x]: 0 before, and afterwards
    const void* weight;  // F [channels], as all of these
    const void* bias;
    void* running_mean;  // moves with the batch; null: does not
    void* running_variance;
    void* coefficients;  // F [4, channels]: mean, 1 / sqrt(variance + eps), this times weight, bias
    double eps;
    double momentum;
    long long rows;
    int channels;
  };
  struct NormFixed {
    const void* weight;
    const void* bias;
    const void* running_mean;
    const void* running_variance;
    void* coefficients;  // as of NormMoments
    double eps;
    int channels;
  };
  struct NormApply {
    const void* x;
    const void* r;  // or null
    void* y;
    const void* coefficients;
    const void* factors;  // F, one for each sample, or null
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
    const void* factors;
    void* partial;          // F [parts, 2, channels]: sums of factor g, and of factor g (x - mean)
    int* tickets;           // as of NormMoments
    void* weight_gradient;  // F [channels], or null
    void* bias_gradient;
    void* pullback;  // F [3, channels]: p, q, s of dx = p g + q (x - mean) + s
    long long rows;
    long long rows_of_sample;
    int channels;
    int of_batch;  // the statistics were those of the batch
    float low;
    float high;
  };
  struct NormGradient {
    const void* dy;  // or g, without a clamp
    const void* x;   // null: q and s are 0
    const void* y;   // as in NormReduce
    void* dx;
    const void* coefficients;
    const void* pullback;  // null: q and s are 0, p is in the coefficients
    const void* factors;
    long long rows;
    long long rows_of_sample;
    int channels;
    float low;
    float high;
  };
)
TUNEIT_CUDA_KERNELS(
  // A block's sums of its channels (at threadIdx.y == 0 in `shared`) go to its row of `partial`. The last block of a
  // column to come here adds up all parts, in their order and in double precision: true for one thread of each channel
  // in it, with both sums of channel `c`.
  template <int V, class F>
  __device__ __forceinline__ bool sum_over_blocks(const F* shared, void* partial, int* tickets, int channels, int& c,
                                                  double& first, double& second) {
    __shared__ bool last;
    __shared__ double slices[2][256];
    const int across = static_cast<int>(blockDim.x) * V;
    const int begin = static_cast<int>(blockIdx.x) * across;
    const int x = static_cast<int>(threadIdx.x);
    F* parts = static_cast<F*>(partial);
    if (threadIdx.y == 0 && begin + x * V < channels)
      for (int i = 0; i < V; ++i) {
        F* to = parts + 2ll * blockIdx.y * channels + begin + x * V + i;
        to[0] = shared[i * 256 + x];
        to[channels] = shared[(V + i) * 256 + x];
      }
    __threadfence();
    __syncthreads();
    const int t = static_cast<int>(threadIdx.y * blockDim.x + threadIdx.x);
    if (t == 0) last = atomicAdd(tickets + blockIdx.x, 1) == static_cast<int>(gridDim.y) - 1;
    __syncthreads();
    if (!last) return false;
    __threadfence();
    c = begin + t % across;
    double a = 0;
    double b = 0;
    if (c < channels)
      for (int i = t / across; i < static_cast<int>(gridDim.y); i += 256 / across) {
        const volatile F* from = parts + 2ll * i * channels + c;
        a += static_cast<double>(from[0]);
        b += static_cast<double>(from[channels]);
      }
    slices[0][t] = a;
    slices[1][t] = b;
    __syncthreads();
    if (t == 0) tickets[blockIdx.x] = 0;
    if (t >= across || c >= channels) return false;
    first = 0;
    second = 0;
    for (int i = t; i < 256; i += across) {
      first += slices[0][i];
      second += slices[1][i];
    }
    return true;
  }

  template <class F>
  __device__ __forceinline__ void move_running(void* running, int c, double of_batch, double momentum) {
    F* at = static_cast<F*>(running) + c;
    *at = static_cast<F>(static_cast<double>(*at) + momentum * (of_batch - static_cast<double>(*at)));
  }
  template <class F>
  __device__ __forceinline__ void store_coefficients(void* coefficients, const void* weight, const void* bias,
                                                     int channels, int c, double mean, double variance, double eps) {
    F* to = static_cast<F*>(coefficients) + c;
    const double scale = 1 / sqrt(variance + eps);
    to[0] = static_cast<F>(mean);
    to[channels] = static_cast<F>(scale);
    to[2 * channels] = static_cast<F>(scale * static_cast<double>(static_cast<const F*>(weight)[c]));
    to[3 * channels] = static_cast<const F*>(bias)[c];
  }

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
    int c;
    double mean;
    double variance;
    if (!sum_over_blocks<V>(shared, k.partial, k.tickets, k.channels, c, mean, variance)) return;
    const double n = static_cast<double>(k.rows);
    mean /= n;
    variance = variance / n - mean * mean;
    variance = variance < 0 ? 0 : variance;
    mean += static_cast<double>(widen(static_cast<const T*>(k.x)[c]));
    if (k.running_mean != nullptr) {
      move_running<F>(k.running_mean, c, mean, k.momentum);
      move_running<F>(k.running_variance, c, variance * (n / (n - 1)), k.momentum);
    }
    store_coefficients<F>(k.coefficients, k.weight, k.bias, k.channels, c, mean, variance, k.eps);
  }

  template <class F>
  __global__ void __launch_bounds__(256) norm_fixed(const NormFixed k) {
    const int c = static_cast<int>(blockIdx.x * 256 + threadIdx.x);
    if (c >= k.channels) return;
    store_coefficients<F>(k.coefficients, k.weight, k.bias, k.channels, c,
                          static_cast<double>(static_cast<const F*>(k.running_mean)[c]),
                          static_cast<double>(static_cast<const F*>(k.running_variance)[c]), k.eps);
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
      if (k.factors != nullptr) factor = static_cast<const F*>(k.factors)[r / k.rows_of_sample];
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
        if (k.factors != nullptr) factor = static_cast<const F*>(k.factors)[r / k.rows_of_sample];
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
    int c;
    double sum;
    double product;
    if (!sum_over_blocks<V>(shared, k.partial, k.tickets, k.channels, c, sum, product)) return;
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
      if (k.factors != nullptr) factor = static_cast<const F*>(k.factors)[r / k.rows_of_sample];
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
