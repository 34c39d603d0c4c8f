#pragma once
// How does an operation run in inference? As its plain forward, unless a specialisation of Infer prepares its tensors.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "tuneit/engine/checks/told_shape.hpp"
#include "tuneit/engine/layers/forward.hpp"
#include "tuneit/engine/layers/infer_conv.hpp"
#include "tuneit/engine/run/autograd.hpp"
#include "tuneit/engine/run/forward_lists.hpp"
#include "tuneit/engine/run/precision.hpp"
#include "tuneit/engine/run/wires.hpp"
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
    using Run = detail::RunnableForward<Op, detail::TensorFacts<op_tensors<Op>>{}>;
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
      at::Tensor y = detail::recorded_forward<detail::RunnableForward<Op, F{}>>(std::move(x), c);
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

}  // namespace tuneit
