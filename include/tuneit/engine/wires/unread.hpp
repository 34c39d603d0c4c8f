#pragma once
// Operations on which only outputs without a loss depend: forward as the others, and nothing back.
#include <ATen/core/Tensor.h>

#include <utility>

#include "tuneit/engine/layers/list.hpp"
#include "tuneit/net/segments.hpp"

namespace tuneit {

template <class... Ops, auto F, Need N>
struct Train<op::Unread<Ops...>, F, N> {
  using Saved = detail::NothingSaved;
  static at::Tensor forward(at::Tensor x, Saved&, const Context& c) {
    using Run = Train<List<Ops...>, F, Need{}>;
    typename Run::Saved nothing{};
    return Run::forward(std::move(x), nothing, c);
  }
  static Gradient backward(Gradient, Saved&, const Context&) { return {}; }
};

}  // namespace tuneit
