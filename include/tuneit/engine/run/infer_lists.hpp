#pragma once
// How does what is put together run in inference? One operation after the other, turn after turn, and around.
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/engine/run/infer.hpp"

namespace tuneit {

template <class... Ops, detail::DTypeSet N>
struct Infer<List<Ops...>, N> {
  using Prepared = std::tuple<typename Infer<Ops, N>::Prepared...>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((Infer<Ops, N>::prepare(std::get<I>(p), t, type), t += op_tensors<Ops>), ...);
    }
    (std::index_sequence_for<Ops...>{});
  }
  static at::Tensor run(at::Tensor x, const Prepared& prepared, detail::Bound& most) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Infer<Ops, N>::run(std::move(x), std::get<I>(prepared), most)), ...);
    }
    (std::index_sequence_for<Ops...>{});
    return x;
  }
  static at::Tensor run_wired(at::Tensor x, const Prepared& p, detail::Bound& most, detail::WireFrame& frame) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = detail::infer_one<Ops, N>(std::move(x), std::get<I>(p), most, frame)), ...);
    }
    (std::index_sequence_for<Ops...>{});
    return x;
  }
};

template <int First, int Count, class Layer, detail::DTypeSet N>
struct Infer<Repeat<First, Count, Layer>, N> {
  using Turn = Infer<inference_program<Layer>, N>;
  using Prepared = std::array<typename Turn::Prepared, static_cast<std::size_t>(Count)>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    for (std::size_t i = 0; i < p.size(); ++i) Turn::prepare(p[i], t + i * tensor_count<Layer>, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& turns, detail::Bound& most) {
    for (const auto& turn : turns) x = Turn::run(std::move(x), turn, most);
    return x;
  }
  static at::Tensor run_wired(at::Tensor x, const Prepared& turns, detail::Bound& most, detail::WireFrame& frame) {
    for (const auto& turn : turns) x = Turn::run_wired(std::move(x), turn, most, frame);
    return x;
  }
};

template <class Front, class Conv, class BatchNorm, class Shortcut, class Activation, detail::DTypeSet N>
struct Infer<op::ConvSum<Front, Conv, BatchNorm, Shortcut, Activation>, N> {
  using Last = Infer<op::ConvNorm<Conv, BatchNorm, Activation>, N>;
  struct Prepared {
    typename Infer<Front, N>::Prepared front;
    typename Last::Prepared last;
    typename Infer<Shortcut, N>::Prepared shortcut;
  };
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    const at::Tensor *last = t + op_tensors<Front>, *shortcut = last + op_tensors<Conv> + op_tensors<BatchNorm>;
    Infer<Front, N>::prepare(p.front, t, type);
    Last::prepare(p.last, last, type);
    Infer<Shortcut, N>::prepare(p.shortcut, shortcut, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& p, detail::Bound& most) {
    detail::Bound added = most;
    at::Tensor around = Infer<Shortcut, N>::run(x, p.shortcut, added);
    at::Tensor y = Infer<Front, N>::run(std::move(x), p.front, most);
    return detail::run_conv<N>(std::move(y), p.last, std::move(around), most, added);
  }
  static at::Tensor run_wired(at::Tensor x, const Prepared& p, detail::Bound& most, detail::WireFrame& frame) {
    detail::Bound added = most;
    at::Tensor around = detail::infer_one<Shortcut, N>(x, p.shortcut, added, frame);
    at::Tensor y = detail::infer_one<Front, N>(std::move(x), p.front, most, frame);
    return detail::run_conv<N>(std::move(y), p.last, std::move(around), most, added);
  }
};

template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation, detail::DTypeSet N>
struct Infer<op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, N> {
  struct Prepared {
    typename Infer<Front, N>::Prepared front;
    std::vector<at::Tensor> norm;
    typename Infer<Shortcut, N>::Prepared shortcut;
  };
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    const at::Tensor *norm = t + op_tensors<Front>, *shortcut = norm + op_tensors<BatchNorm>;
    Infer<Front, N>::prepare(p.front, t, type);
    p.norm.assign(norm, shortcut);
    Infer<Shortcut, N>::prepare(p.shortcut, shortcut, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& p, detail::Bound& most) {
    detail::Bound added = most;
    at::Tensor around = Infer<Shortcut, N>::run(x, p.shortcut, added);
    at::Tensor y = Infer<Front, N>::run(std::move(x), p.front, most);
    most = detail::unknown;
    return joined(std::move(y), std::move(around), p);
  }
  static at::Tensor run_wired(at::Tensor x, const Prepared& p, detail::Bound& most, detail::WireFrame& frame) {
    detail::Bound added = most;
    at::Tensor around = detail::infer_one<Shortcut, N>(x, p.shortcut, added, frame);
    at::Tensor y = detail::infer_one<Front, N>(std::move(x), p.front, most, frame);
    most = detail::unknown;
    return joined(std::move(y), std::move(around), p);
  }

 private:
  static at::Tensor joined(at::Tensor y, const at::Tensor& around, const Prepared& p) {
    if constexpr (std::is_void_v<BatchNorm>) {
      return detail::activate_(y.add(around), detail::clamp_of<Activation>);
    } else {
      constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, detail::TensorFacts<5>{}>;
      detail::NormSaved nothing;
      return detail::norm_forward<N>(std::move(y), around, p.norm.data(), task, nothing, false);
    }
  }
};

}  // namespace tuneit
