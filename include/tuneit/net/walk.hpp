#pragma once
// The tensors of each tag, in the order of the state dict: the one place that says which layer owns which tensors.
// A layer of one's own takes part by an overload of `walk_tensors` in its namespace, or says `using tensors = None;`.
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tuneit/meta/text.hpp"
#include "tuneit/net/compose.hpp"
#include "tuneit/net/layer.hpp"

namespace tuneit {

/// What a tensor is for its layer. The last three are buffers.
enum class Kind : std::uint8_t { Weight, Bias, RunningMean, RunningVar, BatchCount };

/// Which sort of layer owns a tensor.
enum class Owner : std::uint8_t { Conv, Norm, Linear, Other };

namespace detail {

/// What a layer has not said. A network with such a layer is refused (LayerLacks); that the question has an answer all
/// the same keeps the refusal one error.
struct Unsaid {};

}  // namespace detail

template <class Layer, class Sink>
constexpr detail::Unsaid walk_tensors(Layer, Sink&) {
  return {};
}

/// A layer without tensors.
template <class Layer, class Sink>
requires std::same_as<typename Layer::tensors, None>
constexpr void walk_tensors(Layer, Sink&) {}

template <int In, int Out, Window W, bool Bias, class Sink>
constexpr void walk_tensors(Conv2d<In, Out, W, Bias>, Sink& sink) {
  static_assert(In % W.groups == 0 && Out % W.groups == 0, "tuneit: Conv2d: groups must divide both channel counts");
  sink.tensor("weight", Kind::Weight, Owner::Conv, {Out, In / W.groups, W.kernel, W.kernel});
  if constexpr (Bias) sink.tensor("bias", Kind::Bias, Owner::Conv, {Out});
}

template <int C, NormOptions O, class Sink>
constexpr void walk_tensors(BatchNorm2d<C, O>, Sink& sink) {
  sink.tensor("weight", Kind::Weight, Owner::Norm, {C});
  sink.tensor("bias", Kind::Bias, Owner::Norm, {C});
  sink.tensor("running_mean", Kind::RunningMean, Owner::Norm, {C});
  sink.tensor("running_var", Kind::RunningVar, Owner::Norm, {C});
  sink.tensor("num_batches_tracked", Kind::BatchCount, Owner::Norm, {});
}

template <int In, int Out, bool Bias, class Sink>
constexpr void walk_tensors(Linear<In, Out, Bias>, Sink& sink) {
  sink.tensor("weight", Kind::Weight, Owner::Linear, {Out, In});
  if constexpr (Bias) sink.tensor("bias", Kind::Bias, Owner::Linear, {Out});
}

template <Composite Layer, class Sink>
constexpr void walk_tensors(Layer, Sink& sink) {
  walk_tensors(typename Layer::layers{}, sink);
}

template <class... Layers, class Sink>
constexpr void walk_tensors(Seq<Layers...>, Sink& sink) {
  (walk_tensors(Layers{}, sink), ...);
}

template <fixed_string Name, class... Layers, class Sink>
constexpr void walk_tensors(Named<Name, Layers...>, Sink& sink) {
  const auto outside = sink.enter(Name.data(), Name.size());
  (walk_tensors(Layers{}, sink), ...);
  sink.leave(outside);
}

template <int First, int Count, class Layer, class Sink>
constexpr void walk_tensors(Repeat<First, Count, Layer>, Sink& sink) {
  for (int i = First; i < First + Count; ++i) {
    const auto outside = sink.enter(i);
    walk_tensors(Layer{}, sink);
    sink.leave(outside);
  }
}

template <class Body, class Shortcut, class Sink>
constexpr void walk_tensors(Residual<Body, Shortcut>, Sink& sink) {
  walk_tensors(Body{}, sink);
  walk_tensors(Shortcut{}, sink);
}

namespace detail {

// A sink to ask with: it cannot be copied, so that a `walk_tensors` that takes a copy is no answer.
struct AskingSink {
  AskingSink() = default;
  AskingSink(const AskingSink&) = delete;
  AskingSink& operator=(const AskingSink&) = delete;
  constexpr void tensor(std::string_view, Kind, Owner, std::initializer_list<int>) {}
  constexpr std::size_t enter(const char*, std::size_t) { return 0; }
  constexpr std::size_t enter(int) { return 0; }
  constexpr void leave(std::size_t) {}
};

/// Does a layer say which tensors it has?
template <class Layer>
concept SaysTensors = requires(Layer layer, AskingSink& sink) {
  { walk_tensors(layer, sink) } -> std::same_as<void>;
};

}  // namespace detail
}  // namespace tuneit
