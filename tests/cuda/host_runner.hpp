#pragma once
// Our CUDA kernels on the made up device: their code, run by the host on the shadow of the device's memory.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "cuda/own_kernels.hpp"
#include "tuneit/aten/cuda/launcher.hpp"

/// What our own operations read and write, as it is counted of LibTorch's: arguments and results, once. Of an operation
/// of two kernels the second one reads what the first has read. T: how numbers are stored.
template <class T>
struct Moved {
  template <class Task>
  static std::int64_t bytes(const Task&) {
    return 0;
  }
  static std::int64_t of(std::int64_t numbers) { return numbers * static_cast<std::int64_t>(sizeof(T)); }
  static std::int64_t bytes(const tuneit::kernels::cuda::NormApply& t) {
    return of(t.rows * t.channels) * (2 + (t.r != nullptr));
  }
  static std::int64_t bytes(const tuneit::kernels::cuda::NormReduce& t) {
    return of(t.rows * t.channels) * (2 + (t.more != nullptr) + (t.y != nullptr && t.y != t.x) + (t.g != nullptr));
  }
  static std::int64_t bytes(const tuneit::kernels::cuda::NormGradient& t) { return of(t.rows * t.channels); }
  template <class Task>
  static std::int64_t both_sides(const Task& t) {  // of a depthwise convolution
    return of(std::int64_t{t.images} * t.channels * (t.height * t.width + t.out_height * t.out_width));
  }
  static std::int64_t bytes(const tuneit::kernels::cuda::DepthwiseForward& t) { return both_sides(t); }
  static std::int64_t bytes(const tuneit::kernels::cuda::DepthwiseInput& t) { return both_sides(t); }
  static std::int64_t bytes(const tuneit::kernels::cuda::DepthwiseParts& t) { return both_sides(t); }
  // Weights and what is remembered of them, in the numbers that T is computed with, read and written; gradients as they
  // are; casts.
  template <class Task>
  static std::int64_t of_step(const Task& t) {
    using F = tuneit::kernels::cuda::Compute<T>;
    std::int64_t all = 0;
    for (int i = 0; i < t.tensors.size; ++i) {
      const std::int64_t n = t.tensors.count[i], wide = n * static_cast<std::int64_t>(sizeof(F));
      const bool low = (t.tensors.low[i / 32] >> (i % 32) & 1U) != 0;
      const bool cast =
          t.in.casts != nullptr && t.tensors.at[i] >= t.in.casts_begin && t.tensors.at[i] < t.in.casts_end;
      all += 2 * wide * (1 + (t.in.first != nullptr) + (t.in.second != nullptr));
      all += (low ? of(n) : wide) + (cast ? of(n) : 0);
    }
    return all;
  }
  static std::int64_t bytes(const tuneit::kernels::cuda::SgdTask& t) { return of_step(t); }
  static std::int64_t bytes(const tuneit::kernels::cuda::AdamTask& t) { return of_step(t); }
  template <class Task>
  static std::int64_t of_gradients(const Task& t) {
    std::int64_t all = 0;
    for (int i = 0; i < t.tensors.size; ++i)
      all += t.tensors.count[i] * static_cast<std::int64_t>(sizeof(tuneit::kernels::cuda::Compute<T>));
    return all;
  }
  static std::int64_t bytes(const tuneit::kernels::cuda::GradientNormTask& t) { return of_gradients(t); }
  static std::int64_t bytes(const tuneit::kernels::cuda::GradientScaleTask& t) { return 2 * of_gradients(t); }
  static std::int64_t bytes(const tuneit::kernels::cuda::CrossEntropyTask& t) {
    return of(static_cast<std::int64_t>(t.rows) * t.classes) * (1 + (t.gradient != nullptr)) + t.rows * 8;
  }
};

/// Of the bytes of a task, those that may be pointers: what is told of tensors behind them are numbers.
template <class Task>
constexpr std::size_t pointer_bytes() {
  if constexpr (requires(Task t) { t.tensors.gradients; })
    return offsetof(Task, tensors) + sizeof(Task::tensors.gradients);
  return sizeof(Task);
}

class HostRunner final : public tuneit::aten::cuda::Runner {
 public:
  HostRunner() {
    namespace k = tuneit::kernels::cuda;
    each<float, 4>(k::Numbers::Float);
    each<double, 2>(k::Numbers::Double);
    each<k::Bf16, 8>(k::Numbers::Bf16);
    each<k::Half, 8>(k::Numbers::Half);
  }
  const void* find(const tuneit::kernels::cuda::Kernel& kernel, const tuneit::kernels::cuda::Variant& v,
                   c10::Device) override {
    const auto found = entries_.find(instance(kernel.name, v));
    return found == entries_.end() ? nullptr : &*found;
  }
  void run(const void* handle, tuneit::aten::cuda::Blocks blocks, tuneit::aten::cuda::Threads threads, void* task,
           c10::Device) override {
    const auto& [name, entry] = *static_cast<const std::pair<const std::string, Entry>*>(handle);
    std::vector<char> own(entry.bytes);
    std::memcpy(own.data(), task, entry.bytes);
    for (std::size_t at = 0; at + sizeof(void*) <= entry.pointers;
         at += sizeof(void*)) {  // pointers become the shadow's
      void* p = nullptr;
      std::memcpy(&p, own.data() + at, sizeof p);
      if (void* const here = fake_cuda::shadow(p)) std::memcpy(own.data() + at, &here, sizeof here);
    }
    fake_cuda::launch(
        name.substr(0, name.find('<')),
        [this, blocks, threads, own, call = entry.call] {
          cuda_on_host::launch({blocks.x, blocks.y}, {threads.x, threads.y}, [&] { call(own.data()); }, {seed_++});
        },
        entry.moved(task));
  }

 private:
  struct Entry {
    std::size_t bytes, pointers;
    std::function<void(const void*)> call;
    std::function<std::int64_t(const void*)> moved;
  };
  template <class T, class Task>
  void add(const tuneit::kernels::cuda::Variant& v, void (*kernel)(Task)) {
    entries_[instance(tuneit::kernels::cuda::kernel_of<Task>.name, v)] = {
        sizeof(Task), pointer_bytes<Task>(), [kernel](const void* task) { kernel(*static_cast<const Task*>(task)); },
        [](const void* task) { return Moved<T>::bytes(*static_cast<const Task*>(task)); }};
  }
  template <class T, int V>
  void norms(tuneit::kernels::cuda::Numbers n) {
    namespace k = tuneit::kernels::cuda;
    add<T>(k::Variant{n, V}, &k::norm_moments<T, V>);
    add<T>(k::Variant{n, V}, &k::norm_fixed<k::Compute<T>>);
    add<T>(k::Variant{n, V}, &k::norm_apply<T, V>);
    add<T>(k::Variant{n, V}, &k::norm_reduce<T, V>);
    add<T>(k::Variant{n, V}, &k::norm_gradient<T, V>);
  }
  template <class T, int V, int K, int S>
  void depthwise(tuneit::kernels::cuda::Numbers n) {
    namespace k = tuneit::kernels::cuda;
    add<T>(k::Variant{n, V, K, S}, &k::depthwise_forward<T, K, S, V>);
    add<T>(k::Variant{n, V, K, S}, &k::depthwise_input<T, K, S, V>);
    add<T>(k::Variant{n, 2, K, S}, &k::depthwise_parts<T, K, S, 2>);
  }
  template <class T, int V>
  void each(tuneit::kernels::cuda::Numbers n) {
    namespace k = tuneit::kernels::cuda;
    using F = k::Compute<T>;
    norms<T, V>(n);
    norms<T, 1>(n);
    add<T>(k::Variant{n, V}, &k::cross_entropy<F>);
    add<T>(k::Variant{n, V}, &k::sgd_step<F, T>);
    add<T>(k::Variant{n, V}, &k::adam_step<F, T>);
    add<T>(k::Variant{n, V}, &k::gradient_norm<F>);
    add<T>(k::Variant{n, V}, &k::gradient_scale<F>);
    add<T>(k::Variant{n, V}, &k::finish_bytes<T>);
    add<T>(k::Variant{n, V}, &k::depthwise_weights<T>);
    depthwise<T, V, 3, 1>(n);
    depthwise<T, V, 3, 2>(n);
    depthwise<T, V, 5, 1>(n);
    depthwise<T, V, 5, 2>(n);
  }

  std::map<std::string, Entry> entries_;
  unsigned seed_ = 0;
};
