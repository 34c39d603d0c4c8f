// A step of an optimizer over tensors of one buffer: weights and what is remembered of them move, and the weights are
// written once more in the number type in which the network computes. Gradients lie anywhere, in the type of the weights
// or of their casts. What a launch is told of its tensors are parameters of the kernel, so nothing is sent to the device
// before it, and a graph keeps it as it is. A block takes 4,096 numbers of one tensor. Formulas: torch.optim.SGD, AdamW,
// Adam. T: of the weights, float or double; L: of their casts. blockDim 256, grid: blocks. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct OptimizerTensors {  // 4,096 bytes of parameters are what every CUDA takes
    const void* gradients[176];
    unsigned at[176];           // where a weight begins, in eights of numbers of the buffer
    unsigned remembered[176];   // the same of what is remembered of it
    unsigned count[176];
    unsigned short first[176];  // its first block
    unsigned low[6];            // a bit each: its gradient is in the type of the casts
    int size;
  };
  struct OptimizerBuffers {
    void* weights;          // T
    void* first;            // T: momentum, or the first moment; null: none
    void* second;           // T: the second moment
    void* casts;            // L, of the weights [casts_begin, casts_end) in eights; or null
    const float* left_out;  // not 0: nothing moves; or null
    const void* rate;       // T, on the device
    unsigned casts_begin;
    unsigned casts_end;
    double decay;
  };
  struct SgdTask {
    OptimizerBuffers in;
    double momentum;
    double dampening;
    int nesterov;
    OptimizerTensors tensors;
  };
  struct AdamTask {
    OptimizerBuffers in;
    const float* steps;  // with this one
    double beta1;
    double beta2;
    double eps;
    int decoupled;  // AdamW
    OptimizerTensors tensors;
  };
)
TUNEIT_CUDA_KERNELS(
  // `count` numbers of S, of which those there are; in one access where it is whole.
  template <class P, class S>
  __device__ __forceinline__ P read_pack(const S* from, int there, int width) {
    if (there == width) return *reinterpret_cast<const P*>(from);
    P pack = {};
    for (int j = 0; j < width; ++j)
      if (j < there) pack.v[j] = from[j];
    return pack;
  }
  template <class P, class S>
  __device__ __forceinline__ void write_pack(S* to, const P& pack, int there, int width) {
    if (there == width) {
      *reinterpret_cast<P*>(to) = pack;
      return;
    }
    for (int j = 0; j < width; ++j)
      if (j < there) to[j] = pack.v[j];
  }

  // Calls step(weight, gradient, first, second) for each number of this block, and stores what it changed.
  template <class T, class L, class Step>
  __device__ __forceinline__ void over_block(const OptimizerTensors& all, const OptimizerBuffers& in,
                                             const Step& step) {
    int of = 0;  // the last tensor that does not begin behind this block
    for (int half = 128; half > 0; half /= 2)
      if (of + half < all.size && all.first[of + half] <= blockIdx.x) of += half;
    constexpr int width = 16 / sizeof(T);
    using P = Pack<T, width>;
    using Low = Pack<L, width>;
    const long long begin = (static_cast<long long>(blockIdx.x) - all.first[of]) * 4096;
    const long long end = begin + 4096 < all.count[of] ? begin + 4096 : all.count[of];
    const unsigned at = all.at[of];
    T* w = static_cast<T*>(in.weights) + 8LL * at;
    const void* g = all.gradients[of];
    const bool low = (all.low[of / 32] >> (of % 32) & 1u) != 0;
    T* m = in.first == nullptr ? nullptr : static_cast<T*>(in.first) + 8LL * all.remembered[of];
    T* v = in.second == nullptr ? nullptr : static_cast<T*>(in.second) + 8LL * all.remembered[of];
    const bool casts = in.casts != nullptr && at >= in.casts_begin && at < in.casts_end;
    L* cast = casts ? static_cast<L*>(in.casts) + 8LL * (at - in.casts_begin) : nullptr;
    for (long long i = begin + static_cast<long long>(threadIdx.x) * width; i < end; i += 256 * width) {
      const int there = i + width <= end ? width : static_cast<int>(end - i);
      P weight = read_pack<P>(w + i, there, width);
      P gradient = {};
      if (low) {
        const Low stored = read_pack<Low>(static_cast<const L*>(g) + i, there, width);
        for (int j = 0; j < width; ++j) gradient.v[j] = static_cast<T>(widen(stored.v[j]));
      } else {
        gradient = read_pack<P>(static_cast<const T*>(g) + i, there, width);
      }
      P first = {};
      P second = {};
      if (m != nullptr) first = read_pack<P>(m + i, there, width);
      if (v != nullptr) second = read_pack<P>(v + i, there, width);
      Low rounded_weight;
      for (int j = 0; j < width; ++j) {
        step(weight.v[j], gradient.v[j], first.v[j], second.v[j]);
        put(rounded_weight.v[j], static_cast<Compute<L>>(weight.v[j]));
      }
      write_pack(w + i, weight, there, width);
      if (m != nullptr) write_pack(m + i, first, there, width);
      if (v != nullptr) write_pack(v + i, second, there, width);
      if (cast != nullptr) write_pack(cast + i, rounded_weight, there, width);
    }
  }

  __device__ __forceinline__ bool left_out(const OptimizerBuffers& in) {
    return in.left_out != nullptr && *in.left_out != 0;
  }

  template <class T, class L>
  __global__ void __launch_bounds__(256) sgd_step(const __grid_constant__ SgdTask k) {
    if (left_out(k.in)) return;
    const T rate = *static_cast<const T*>(k.in.rate);
    const T decay = static_cast<T>(k.in.decay);
    const T momentum = static_cast<T>(k.momentum);
    const T fresh = static_cast<T>(1 - k.dampening);
    const bool nesterov = k.nesterov != 0;
    over_block<T, L>(k.tensors, k.in, [&](T& w, T g, T& m, T&) {
      g += decay * w;
      if (momentum != 0) {
        m = momentum * m + fresh * g;
        g = nesterov ? g + momentum * m : m;
      }
      w -= rate * g;
    });
  }

  template <class T, class L>
  __global__ void __launch_bounds__(256) adam_step(const __grid_constant__ AdamTask k) {
    if (left_out(k.in)) return;
    __shared__ T shared[2];
    const double lr = static_cast<double>(*static_cast<const T*>(k.in.rate));
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
    over_block<T, L>(k.tensors, k.in, [&](T& w, T g, T& m, T& v) {
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
