// Softmax cross-entropy of labels with smoothing and weights of classes, its gradient, hits, and what went wrong, in
// one kernel. Formula: torch's cross_entropy; the target of a row is 1 - smoothing on its label plus smoothing /
// classes on each class, each times the weight of its class. A warp takes a row, blocks leave sums side by side, and
// the last block to end adds them up in a fixed order: equal bits in each run. T: float or double. blockDim (32, 4),
// grid rows / 4 rounded up. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct CrossEntropyPart {
    double loss;
    int hits;
    int wrong;  // labels that are no class
  };
  struct CrossEntropyTask {
    const void* logits;           // T [rows, classes]
    const long long* labels;      // [rows]
    const void* class_weights;    // T [classes], or null
    void* gradient;               // T [rows, classes], of the mean or the sum, or null
    CrossEntropyPart* partial;    // [blocks]
    int* ticket;                  // 0 before, and afterwards
    void* loss;                   // T: the mean over what counts: rows, or the sum of their labels' weights
    long long* hits;              // rows whose first largest logit is their label's
    bool* outside;                // a label was no class
    double smoothing;
    long long ignored;            // rows with this label do not count, where `ignores`
    int ignores;
    int is_sum;                   // the gradient is that of the sum
    int rows;
    int classes;
  };
)
TUNEIT_CUDA_KERNELS(
  template <class T>
  __device__ __forceinline__ T sum_of_warp(T x) {
    for (int lane = 16; lane > 0; lane /= 2) x += __shfl_xor_sync(0xffffffffu, x, lane);
    return x;
  }

  // What a mean divides by: the same in each block.
  template <class T>
  __device__ __forceinline__ double weight_of_rows(const CrossEntropyTask& k) {
    if (k.class_weights == nullptr && k.ignores == 0) return static_cast<double>(k.rows);
    __shared__ double shared[128];
    const int t = static_cast<int>(threadIdx.y * 32 + threadIdx.x);
    double sum = 0;
    for (int r = t; r < k.rows; r += 128) {
      const long long label = k.labels[r];
      if (label < 0 || label >= k.classes || (k.ignores != 0 && label == k.ignored)) continue;
      sum += k.class_weights == nullptr ? 1 : static_cast<double>(static_cast<const T*>(k.class_weights)[label]);
    }
    shared[t] = sum;
    for (int half = 64; half > 0; half /= 2) {
      __syncthreads();
      if (t < half) shared[t] += shared[t + half];
    }
    __syncthreads();
    return shared[0];
  }

  // The row of a warp: its loss, whether it is hit, and whether its label is a class; writes its gradient.
  template <class T>
  __device__ __forceinline__ CrossEntropyPart row_of_warp(const CrossEntropyTask& k, int row, T scale) {
    const T* x = static_cast<const T*>(k.logits) + static_cast<long long>(row) * k.classes;
    const T* weights = static_cast<const T*>(k.class_weights);
    const long long label = k.labels[row];
    const bool counts = k.ignores == 0 || label != k.ignored;
    const bool valid = label >= 0 && label < k.classes;
    int best = static_cast<int>(threadIdx.x) < k.classes ? static_cast<int>(threadIdx.x) : 0;
    T most = x[best];
    for (int c = best + 32; c < k.classes; c += 32)
      if (x[c] > most || (x[c] != x[c] && most == most)) {
        most = x[c];
        best = c;
      }
    for (int lane = 16; lane > 0; lane /= 2) {
      const T other = __shfl_xor_sync(0xffffffffu, most, lane);
      const int at = __shfl_xor_sync(0xffffffffu, best, lane);
      const bool equal = other == most || (other != other && most != most);
      if (equal ? at < best : other > most || other != other) {
        most = other;
        best = at;
      }
    }
    T sum = 0;
    for (int c = static_cast<int>(threadIdx.x); c < k.classes; c += 32) sum += exp(x[c] - most);
    sum = sum_of_warp(sum);
    const T log_sum = most + log(sum);
    const T even = static_cast<T>(k.smoothing / static_cast<double>(k.classes));
    const T on = static_cast<T>(1 - k.smoothing);
    const T own = !valid ? T(0) : weights == nullptr ? on : on * weights[label];
    T all = 0;   // the target's sum
    T loss = 0;  // of what is spread over the classes
    if (k.smoothing != 0)
      for (int c = static_cast<int>(threadIdx.x); c < k.classes; c += 32) {
        const T w = weights == nullptr ? even : even * weights[c];
        all += w;
        loss += w == 0 ? T(0) : w * (log_sum - x[c]);
      }
    all = sum_of_warp(all) + own;
    loss = sum_of_warp(loss);
    if (valid) loss += own * (log_sum - x[label]);
    if (k.gradient != nullptr) {
      T* g = static_cast<T*>(k.gradient) + static_cast<long long>(row) * k.classes;
      const T by = counts && valid ? scale : T(0);
      for (int c = static_cast<int>(threadIdx.x); c < k.classes; c += 32) {
        T target = weights == nullptr ? even : even * weights[c];
        if (c == label) target += own;
        g[c] = by * (exp(x[c] - log_sum) * all - target);
      }
    }
    return {counts && valid ? static_cast<double>(loss) : 0, counts && best == label ? 1 : 0, counts && !valid ? 1 : 0};
  }

  template <class T>
  __global__ void __launch_bounds__(128) cross_entropy(const CrossEntropyTask k) {
    __shared__ CrossEntropyPart parts[128];
    __shared__ bool last;
    const int t = static_cast<int>(threadIdx.y * 32 + threadIdx.x);
    const double weight = weight_of_rows<T>(k);
    const int row = static_cast<int>(blockIdx.x * 4 + threadIdx.y);
    CrossEntropyPart part = {0, 0, 0};
    if (row < k.rows) part = row_of_warp<T>(k, row, static_cast<T>(k.is_sum != 0 ? 1 : 1 / weight));
    if (threadIdx.x == 0) parts[threadIdx.y] = part;
    __syncthreads();
    if (t == 0) {
      for (int i = 1; i < 4; ++i) {
        part.loss += parts[i].loss;
        part.hits += parts[i].hits;
        part.wrong += parts[i].wrong;
      }
      k.partial[blockIdx.x] = part;
      __threadfence();
      last = atomicAdd(k.ticket, 1) == static_cast<int>(gridDim.x) - 1;
    }
    __syncthreads();
    if (!last) return;
    __threadfence();
    part = {0, 0, 0};
    for (int i = t; i < static_cast<int>(gridDim.x); i += 128) {
      const volatile CrossEntropyPart& of_block = k.partial[i];
      part.loss += of_block.loss;
      part.hits += of_block.hits;
      part.wrong += of_block.wrong;
    }
    parts[t] = part;
    for (int half = 64; half > 0; half /= 2) {
      __syncthreads();
      if (t < half) {
        parts[t].loss += parts[t + half].loss;
        parts[t].hits += parts[t + half].hits;
        parts[t].wrong += parts[t + half].wrong;
      }
    }
    if (t != 0) return;
    *static_cast<T*>(k.loss) = static_cast<T>(parts[0].loss / weight);
    *k.hits = parts[0].hits;
    *k.outside = parts[0].wrong > 0;
    *k.ticket = 0;
  }
)
