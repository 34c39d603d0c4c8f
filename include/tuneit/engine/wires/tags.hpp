#pragma once
// What wires do in a pass, and back: saving, merging, going on from one, giving out.
#include <ATen/core/Tensor.h>

#include <concepts>
#include <utility>

#include "tuneit/aten/merge.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/net/layers/wires.hpp"
#include "tuneit/verdict/reasons/networks.hpp"

namespace tuneit {

namespace detail {

/// Which dimension of a batch has the channels: of tokens [N, T, D] the last.
inline std::int64_t channel_dim(const at::Tensor& x) { return x.dim() == 3 ? 2 : 1; }

template <class Fn>
struct MergeRun;
template <class Fn>
concept MergesForward = requires(const at::Tensor& t) {
  { Fn::forward(t, t) } -> std::convertible_to<at::Tensor>;
};
template <class Fn>
concept MergesBackward = requires(const at::Tensor& t) {
  { Fn::backward(t, t, t) } -> std::convertible_to<std::pair<at::Tensor, at::Tensor>>;
};
/// How a way to merge runs: one's own by its members, and keeps both.
template <class Fn>
struct MergeRun {
  struct Saved {
    at::Tensor x, w;
  };
  static at::Tensor forward(at::Tensor x, at::Tensor w, Saved* saved, bool, bool) {
    at::Tensor y = Fn::forward(x, w);
    if (saved != nullptr) *saved = {std::move(x), std::move(w)};
    return y;
  }
  /// Gradients of x and w, those that are needed.
  static std::pair<at::Tensor, at::Tensor> backward(at::Tensor dy, Saved& saved, bool need_x, bool need_w) {
    auto [dx, dw] = Fn::backward(dy, saved.x, saved.w);
    saved = {};
    if (need_x && need_w && dx.is_alias_of(dw)) dw = dw.clone();
    if (dx.is_alias_of(dy) || dw.is_alias_of(dy)) dy.reset();
    return {std::move(dx), std::move(dw)};
  }
};
template <>
struct MergeRun<Add> {
  using Saved = NothingSaved;
  static at::Tensor forward(at::Tensor x, const at::Tensor& w, Saved*, bool, bool) {
    return exclusive(x) ? x.add_(w) : x.add(w);
  }
  static std::pair<at::Tensor, at::Tensor> backward(at::Tensor dy, Saved&, bool need_x, bool need_w) {
    if (!need_w) return {std::move(dy), {}};
    if (!need_x) return {{}, std::move(dy)};
    at::Tensor dw = dy.clone();
    return {std::move(dy), std::move(dw)};
  }
};
// What lacks one of the two is refused once, and then runs as Add does.
template <class Fn, class Question>
struct RefusedMerge : MergeRun<Add> {
  using once = std::bool_constant<reported<LayerLacks<Fn, Question>>()>;
};

template <class Fn>
requires(!MergesForward<Fn>) struct MergeRun<Fn> : RefusedMerge<Fn, MergeForward> {
};
template <class Fn>
requires(MergesForward<Fn> && !MergesBackward<Fn>) struct MergeRun<Fn> : RefusedMerge<Fn, MergeBackward> {
};
template <>
struct MergeRun<Multiply> {
  struct Saved {
    at::Tensor x, w;  // each for the gradient of the other
  };
  static at::Tensor forward(at::Tensor x, at::Tensor w, Saved* saved, bool need_x, bool need_w) {
    at::Tensor y = x.mul(w);
    if (saved != nullptr && need_x) saved->w = std::move(w);
    if (saved != nullptr && need_w) saved->x = std::move(x);
    return y;
  }
  static std::pair<at::Tensor, at::Tensor> backward(at::Tensor dy, Saved& saved, bool need_x, bool need_w) {
    at::Tensor dw = need_w ? dy.mul(std::exchange(saved.x, {})) : at::Tensor();
    at::Tensor dx = need_x ? dy.mul_(std::exchange(saved.w, {})) : at::Tensor();
    return {std::move(dx), std::move(dw)};
  }
};
template <>
struct MergeRun<Concat> {
  using Saved = std::int64_t;  // channels of x
  static at::Tensor forward(const at::Tensor& x, const at::Tensor& w, Saved* saved, bool, bool) {
    const std::int64_t d = channel_dim(x);
    if (saved != nullptr) *saved = x.size(d);
    return aten::cat(x, w, d);
  }
  static std::pair<at::Tensor, at::Tensor> backward(const at::Tensor& dy, Saved& saved, bool need_x, bool need_w) {
    const std::int64_t d = channel_dim(dy);
    const auto part = [&](bool need, std::int64_t from, std::int64_t size) {
      return need ? aten::dense_copy(dy.narrow(d, from, size)) : at::Tensor();
    };
    return {part(need_x, 0, saved), part(need_w, saved, dy.size(d) - saved)};
  }
};

/// Is a gradient wanted of a reader of one wire, of that?
template <Need N>
inline constexpr bool needs_wire = (N.wires & 1) != 0;

}  // namespace detail

template <fixed_string Wire, auto F, Need N>
struct Train<Save<Wire>, F, N> {
  using Saved = detail::NothingSaved;
  static constexpr std::uint64_t name = detail::name_hash<Wire>;

  static at::Tensor forward(at::Tensor x, Saved&, const Context& c) {
    c.frame().save(name, x);
    return x;
  }
  static Gradient backward(Gradient dy, Saved&, const Context& c) {
    detail::WireFrame& frame = c.frame();
    at::Tensor g = std::exchange(frame.gradients[detail::WireFrame::find(frame.names, name)], {});
    if (!g.defined()) return dy;
    if (!dy.value.defined()) return {std::move(g)};
    if (!dy.more.defined()) return {std::move(dy.value), std::move(g)};
    dy.value.add_(g);
    return dy;
  }
};

template <fixed_string Wire, auto F, Need N>
struct Train<From<Wire>, F, N> {
  using Saved = detail::NothingSaved;
  static constexpr std::uint64_t name = detail::name_hash<Wire>;

  static at::Tensor forward(at::Tensor x, Saved&, const Context& c) {
    x.reset();
    return c.frame().take(name);
  }
  static Gradient backward(Gradient dy, Saved&, const Context& c) {
    if constexpr (detail::needs_wire<N>)
      if (dy.value.defined()) c.frame().add_gradient(name, std::move(dy).sum());
    return {};  // what was before is a wire or an output, which have gradients of their own
  }
};

template <class Fn, fixed_string Wire, auto F, Need N>
struct Train<Merge<Fn, Wire>, F, N> {
  using Run = detail::MergeRun<Fn>;
  using Saved = typename Run::Saved;
  static constexpr std::uint64_t name = detail::name_hash<Wire>;
  static constexpr bool need_wire = detail::needs_wire<N>, keeps = N.x || need_wire;

  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    return Run::forward(std::move(x), c.frame().take(name), keeps ? &saved : nullptr, N.x, need_wire);
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    auto [dx, dw] = Run::backward(std::move(dy).sum(), saved, N.x, need_wire);
    if constexpr (need_wire) c.frame().add_gradient(name, std::move(dw));
    if constexpr (!N.x) return {};
    return {std::move(dx)};
  }
};

template <fixed_string Name, auto F, Need N>
struct Train<Output<Name>, F, N> {
  using Saved = detail::NothingSaved;
  static constexpr std::uint64_t name = detail::name_hash<Name>;

  static at::Tensor forward(at::Tensor x, Saved&, const Context& c) {
    detail::WireFrame& frame = c.frame();
    frame.outputs[detail::WireFrame::find(frame.output_names, name)] = x;
    return x;
  }
  static Gradient backward(Gradient dy, Saved&, const Context& c) {
    detail::WireFrame& frame = c.frame();
    at::Tensor g = std::exchange(frame.outputs[detail::WireFrame::find(frame.output_names, name)], {});
    if (!dy.value.defined()) return {std::move(g)};
    if (!g.defined()) return dy;  // of an unused output, in the middle of the network
    dy.value = std::move(dy).sum().add_(g);
    dy.more.reset();
    return dy;
  }
};

// --- under autograd: the same, and nothing is overwritten
template <fixed_string Wire, auto F>
struct Forward<Save<Wire>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    c.frame().save(detail::name_hash<Wire>, x);
    return x;
  }
};
template <fixed_string Wire, auto F>
struct Forward<From<Wire>, F> {
  static at::Tensor run(const at::Tensor&, const Context& c) { return c.frame().take(detail::name_hash<Wire>); }
};
template <class Fn, fixed_string Wire, auto F>
struct Forward<Merge<Fn, Wire>, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    const at::Tensor w = c.frame().take(detail::name_hash<Wire>);
    if constexpr (std::is_same_v<Fn, Add>)
      return x.add(w);
    else
      return detail::MergeRun<Fn>::forward(x, w, nullptr, false, false);
  }
};
template <fixed_string Name, auto F>
struct Forward<Output<Name>, F> {
  static at::Tensor run(at::Tensor x, const Context& c) {
    detail::WireFrame& frame = c.frame();
    frame.outputs[detail::WireFrame::find(frame.output_names, detail::name_hash<Name>)] = x;
    return x;
  }
};

}  // namespace tuneit
