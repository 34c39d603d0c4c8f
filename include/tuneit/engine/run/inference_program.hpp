#pragma once
// A network, or a part of it, prepared for inference: weights folded and packed once, then run as often as wanted.
#include <array>
#include <tuple>
#include <vector>

#include "tuneit/aten/layers.hpp"
#include "tuneit/engine/layers/affine.hpp"
#include "tuneit/engine/layers/embedding.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/infer_conv.hpp"
#include "tuneit/engine/layers/layer_norm.hpp"
#include "tuneit/engine/layers/norm_forward.hpp"
#include "tuneit/engine/layers/smooth.hpp"
#include "tuneit/engine/rewrite/bottleneck.hpp"
#include "tuneit/engine/rewrite/effective.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/wires.hpp"
#include "tuneit/engine/spatial/pool.hpp"
#include "tuneit/engine/spatial/upsample.hpp"
#include "tuneit/engine/wires/tags.hpp"
#include "tuneit/net/inference_program.hpp"

namespace tuneit {

/// How an operation runs in inference: `Prepared` is what is made of its tensors once.
///   static void prepare(Prepared&, const at::Tensor* tensors, at::ScalarType numbers);
///   static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound& most);
/// most: a bound on x, of which an operation makes that of its result, or `unknown` (engine/layers/infer_conv.hpp says
/// what for). What is not named here runs as its plain forward. What names wires has a `run_wired` that is handed
/// these.
template <class Op, detail::DTypeSet N>
struct Infer {
  struct Prepared {
    std::vector<at::Tensor> tensors;
    at::ScalarType numbers = at::ScalarType::Undefined;
  };

  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType numbers) {
    p.tensors.assign(t, t + op_tensors<Op>);
    p.numbers = numbers;
  }
  static at::Tensor run(at::Tensor x, const Prepared& p, detail::Bound& most) {
    most = detail::unknown;
    if constexpr (detail::OwnLayer<Op>) {
      const Shape in = detail::shape_of(x);
      at::Tensor y = plain(std::move(x), p);
      detail::check_told(&type_name<Op>, in, detail::told_shape<Op>(in), y);
      return y;
    } else {
      return plain(std::move(x), p);
    }
  }

 private:
  static at::Tensor plain(at::Tensor x, const Prepared& p) {
    using Run = Forward<Op, detail::TensorFacts<op_tensors<Op>>{}>;
    const at::Generator none;
    const Context c{p.tensors.data(), nullptr, &none, 0, p.numbers};
    if constexpr (requires { typename Run::by_training; })
      return Run::run(std::move(x), c);  // as it is in training
    else
      return detail::recorded_forward<Run>(std::move(x), c);
  }

 public:
  static at::Tensor run_wired(at::Tensor x, const Prepared& p, detail::Bound& most, detail::WireFrame& frame) {
    using F = detail::TensorFacts<op_tensors<Op>>;
    const at::Generator none;
    const Context c{p.tensors.data(), nullptr, &none, 0, p.numbers, nullptr, &frame};
    if constexpr (detail::WireTag<Op>) {
      if constexpr (detail::use_of<Op> != detail::WireUse::Save && detail::use_of<Op> != detail::WireUse::Output)
        most = detail::unknown;
      typename Train<Op, F{}, Need{}>::Saved nothing{};
      return Train<Op, F{}, Need{}>::forward(std::move(x), nothing, c);
    } else {
      most = detail::unknown;
      frame.reading = Op::reads::names;
      const Shape in = detail::shape_of(x);
      at::Tensor y = detail::recorded_forward<Forward<Op, F{}>>(std::move(x), c);
      frame.reading = {};
      if constexpr (detail::OwnLayer<Op>) detail::check_told(&type_name<Op>, in, detail::told_shape<Op>(in), y);
      for (const std::uint64_t name : Op::reads::names) frame.pass_by(name);
      return y;
    }
  }
};

namespace detail {

/// An operation that may name wires.
template <class Op, DTypeSet N>
at::Tensor infer_one(at::Tensor x, const typename Infer<Op, N>::Prepared& p, Bound& most, WireFrame& frame) {
  if constexpr (names_wires<Op>)
    return Infer<Op, N>::run_wired(std::move(x), p, most, frame);
  else
    return Infer<Op, N>::run(std::move(x), p, most);
}

}  // namespace detail

template <int In, int Out, Window W, bool Bias, class Activation, detail::DTypeSet N>
struct Infer<op::ConvAct<Conv2d<In, Out, W, Bias>, Activation>, N> {
  using Prepared = detail::PackedConv;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    detail::pack_conv(p, t, Bias, nullptr, W, detail::clamp_of<Activation>, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& conv, detail::Bound& most) {
    return detail::run_conv<N>(std::move(x), conv, {}, most);
  }
};

template <int In, int Out, Window W, bool Bias, detail::DTypeSet N>
struct Infer<Conv2d<In, Out, W, Bias>, N> : Infer<op::ConvAct<Conv2d<In, Out, W, Bias>, Identity>, N> {};

template <int In, int Out, Window W, bool Bias, class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::ConvNorm<Conv2d<In, Out, W, Bias>, BatchNorm, Activation>, N> {
  using Prepared = detail::PackedConv;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    constexpr detail::NormTask norm = detail::norm_task<BatchNorm, Activation, detail::TensorFacts<5>{}>;
    detail::pack_conv(p, t, Bias, &norm, W, detail::clamp_of<Activation>, type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& conv, detail::Bound& most) {
    return detail::run_conv<N>(std::move(x), conv, {}, most);
  }
};

template <class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::Norm<BatchNorm, Activation>, N> {
  using Prepared = std::vector<at::Tensor>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType) { p.assign(t, t + 5); }
  static at::Tensor run(at::Tensor x, const Prepared& t, detail::Bound& most) {
    most = detail::unknown;
    constexpr detail::NormTask task = detail::norm_task<BatchNorm, Activation, detail::TensorFacts<5>{}>;
    detail::NormSaved nothing;
    return detail::norm_forward<N>(std::move(x), {}, t.data(), task, nothing, false);
  }
};

template <class Layer, class Activation, detail::DTypeSet N>
struct Infer<op::Affine<Layer, Activation>, N> {
  using Prepared = std::vector<at::Tensor>;
  static void prepare(Prepared& p, const at::Tensor* t, at::ScalarType type) {
    p.assign(t, t + op_tensors<Layer>);
    for (at::Tensor& one : p) one = one.to(type);
  }
  static at::Tensor run(at::Tensor x, const Prepared& t, detail::Bound& most) {
    most = detail::unknown;
    return detail::affine_forward<N>(x, t[0], detail::has_bias<Layer> ? t[1] : at::Tensor(),
                                     detail::clamp_of<Activation>);
  }
};

namespace detail {

/// What a rule has changed runs as what it was, on weights that are made once. Run: of Base, with what has joined it,
/// which has Behind more tensors.
template <class Base, class Fn, class Run, std::size_t Behind = 0>
struct InferMade : Run {
  static void prepare(typename Run::Prepared& p, const at::Tensor* t, at::ScalarType type) {
    constexpr std::size_t own = tensor_count<Base>, all = tensor_count<op::Effective<Base, Fn>>;
    const at::NoGradGuard no_grad;
    std::array<at::Tensor, own + Behind> made;
    typename Effect<Fn, Base>::Kept kept{};
    Effect<Fn, Base>::make(t, made.data(), kept);
    for (std::size_t i = 0; i < Behind; ++i) made[own + i] = t[all + i];
    Run::prepare(p, made.data(), type);
  }
};

}  // namespace detail

template <class Base, class Fn, detail::DTypeSet N>
struct Infer<op::Effective<Base, Fn>, N> : detail::InferMade<Base, Fn, Infer<detail::FirstOp<program<Base>>, N>> {};
template <class Base, class Fn, class Activation, detail::DTypeSet N>
struct Infer<op::Affine<op::Effective<Base, Fn>, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::Affine<Base, Activation>, N>> {};
template <class Base, class Fn, class Activation, detail::DTypeSet N>
struct Infer<op::ConvAct<op::Effective<Base, Fn>, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::ConvAct<Base, Activation>, N>> {};
template <class Base, class Fn, class BatchNorm, class Activation, detail::DTypeSet N>
struct Infer<op::ConvNorm<op::Effective<Base, Fn>, BatchNorm, Activation>, N>
    : detail::InferMade<Base, Fn, Infer<op::ConvNorm<Base, BatchNorm, Activation>, N>, 5> {};

template <Window W, detail::DTypeSet N>
struct Infer<MaxPool2d<W>, N> {
  using Prepared = detail::Nothing;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) {
    if (W.is_plain() && detail::has_kernels<N>(x)) return detail::max_pool_forward<N>(x, W, nullptr);
    return detail::max_pool<W>(x);
  }
};

template <detail::DTypeSet N>
struct Infer<GlobalAvgPool, N> {
  using Prepared = detail::Nothing;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) { return detail::average_forward<N>(x); }
};

template <int H, int W, detail::DTypeSet N>
struct Infer<AdaptiveAvgPool2d<H, W>, N> {
  using Prepared = detail::Nothing;
  static void prepare(Prepared&, const at::Tensor*, at::ScalarType) {}
  static at::Tensor run(at::Tensor x, const Prepared&, detail::Bound&) {
    return detail::adaptive_average<H, W>(std::move(x));
  }
};

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

/// The blocks [First, Last) of a model, prepared for inference in a number type. Results equal those of `infer` up to
/// rounding: the folded weights round differently.
template <class Model, std::size_t First = 0, std::size_t Last = Model::block_count,
          detail::DTypeSet N = detail::single | detail::bfloat16>
class InferenceProgram {
  template <class... Blocks>
  static std::tuple<inference_program<typename Blocks::layers>...> programs(List<Blocks...>);
  using Programs = decltype(programs(typename Model::blocks{}));
  template <std::size_t I>
  using Run = Infer<std::tuple_element_t<First + I, Programs>, N>;
  template <std::size_t... I>
  static std::tuple<typename Run<I>::Prepared...> prepared_of(std::index_sequence<I...>);
  using Indices = std::make_index_sequence<Last - First>;

 public:
  /// Makes the program from tensors (table order) unless it is up to date: tensors changed in place are noticed by
  /// their version; what changes them unseen (an optimizer below autograd) says so by another `epoch`.
  void prepare(const std::vector<at::Tensor>& tensors, at::ScalarType numbers, long long epoch = 0) {
    std::uint64_t versions = 1;
    for (std::size_t i = table<Model>.block_begin[First]; i < table<Model>.block_begin[Last]; ++i)
      versions += tensors[i].unsafeGetTensorImpl()->version_counter().current_version();
    if (versions == versions_ && epoch == epoch_) return;
    make(tensors, numbers);
    versions_ = versions;
    epoch_ = epoch;
  }

  /// x: what flows into block First, in the program's number type. It is not overwritten while somebody else holds it.
  [[nodiscard]] at::Tensor run(at::Tensor x) const {
    if constexpr (detail::has_wires<Model>) return run_wired(std::move(x), {}, nullptr, nullptr);
    detail::Bound most = detail::unknown;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = Run<I>::run(std::move(x), std::get<I>(prepared_), most)), ...);
    }
    (Indices{});
    return x;
  }

  /// The same of a network with wires. `others`: the inputs behind the first, or what crosses the cut before First.
  /// `outputs` receives all outputs, `crossing` what crosses the cut behind the last block; either may be null.
  [[nodiscard]] at::Tensor run_wired(at::Tensor x, const std::vector<at::Tensor>& others,
                                     std::vector<at::Tensor>* outputs, std::vector<at::Tensor>* crossing) const {
    detail::WireStore<Model, First, Last> wires;
    wires.begin(others);
    detail::Bound most = detail::unknown;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((x = detail::infer_one<std::tuple_element_t<First + I, Programs>, N>(std::move(x), std::get<I>(prepared_), most,
                                                                            wires.frame())),
       ...);
    }
    (Indices{});
    if (crossing != nullptr) *crossing = wires.end();
    if (outputs != nullptr) *outputs = wires.outputs_of(x);
    return x;
  }

 private:
  [[gnu::cold]] void make(const std::vector<at::Tensor>& tensors, at::ScalarType numbers) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Run<I>::prepare(std::get<I>(prepared_), tensors.data() + table<Model>.block_begin[First + I], numbers), ...);
    }
    (Indices{});
  }

  decltype(prepared_of(Indices{})) prepared_{};
  std::uint64_t versions_ = 0;
  long long epoch_ = 0;
};

}  // namespace tuneit
