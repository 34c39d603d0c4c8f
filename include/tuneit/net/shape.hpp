#pragma once
// What comes out of a layer, and of a whole network, for a given picture? Also finds channel counts that do not agree.
#include "tuneit/net/walk.hpp"

namespace tuneit {

/// Channels, height and width of what flows between layers; a flat vector has height and width 1. `fits` is false from
/// the first layer on whose declared input does not agree with what reaches it.
struct Shape {
  int channels = 0, height = 0, width = 0;
  bool fits = true;

  [[nodiscard]] constexpr long long numel() const { return 1LL * channels * height * width; }
  constexpr bool operator==(const Shape&) const = default;
};

namespace detail {

constexpr int slide(int size, Window w) {
  if (w.padding == Same) return (size + w.stride - 1) / w.stride;
  return (size + 2 * w.padding - w.kernel) / w.stride + 1;
}

// What two branches give together.
constexpr Shape added(Shape a, Shape b) {
  a.fits = a.fits && b.fits && a.channels == b.channels && a.height == b.height && a.width == b.width;
  return a;
}

// Is there room for the window at all?
constexpr bool covers(Shape in, Window w) {
  return w.padding == Same || (in.height + 2 * w.padding >= w.kernel && in.width + 2 * w.padding >= w.kernel);
}

}  // namespace detail

namespace detail {

// As Unsaid: the answer of a layer that has not said what comes out of it.
struct UnsaidShape : Shape {};

}  // namespace detail

template <class Layer>
constexpr detail::UnsaidShape output_shape(Layer, Shape in) {
  return {in};
}

/// Layers that keep the shape.
template <class Layer>
requires std::same_as<typename Layer::out, SameShape>
constexpr Shape output_shape(Layer, Shape in) { return in; }

template <int In, int Out, Window W, bool Bias>
constexpr Shape output_shape(Conv2d<In, Out, W, Bias>, Shape in) {
  return {Out, detail::slide(in.height, W), detail::slide(in.width, W),
          in.fits && in.channels == In && detail::covers(in, W)};
}

template <int C, NormOptions O>
constexpr Shape output_shape(BatchNorm2d<C, O>, Shape in) {
  return {in.channels, in.height, in.width, in.fits && in.channels == C};
}

template <Window W>
constexpr Shape output_shape(MaxPool2d<W>, Shape in) {
  return {in.channels, detail::slide(in.height, W), detail::slide(in.width, W), in.fits && detail::covers(in, W)};
}

constexpr Shape output_shape(GlobalAvgPool, Shape in) { return {in.channels, 1, 1, in.fits}; }
constexpr Shape output_shape(GlobalConcatPool, Shape in) { return {2 * in.channels, 1, 1, in.fits}; }

template <int H, int W>
constexpr Shape output_shape(AdaptiveAvgPool2d<H, W>, Shape in) {
  return {in.channels, H, W, in.fits && H > 0 && W > 0};
}

constexpr Shape output_shape(Flatten, Shape in) { return {in.channels * in.height * in.width, 1, 1, in.fits}; }

template <int In, int Out, bool Bias>
constexpr Shape output_shape(Linear<In, Out, Bias>, Shape in) {
  return {Out, 1, 1, in.fits && in.channels == In && in.height == 1 && in.width == 1};
}

namespace detail {

/// Does a layer say what comes out of it?
template <class Layer>
concept SaysShape = requires(Layer layer, Shape in) {
  { output_shape(layer, in) } -> std::same_as<Shape>;
};

}  // namespace detail

/// Runs a description on a shape and calls visit(leaf, in, out) for every leaf, in the order of the table: of a
/// Residual its body, then its shortcut. A visitor with a member `bool need` ("has something before set it?") finds
/// there what was so before the Residual at the beginning of both branches, and behind it what is so in either.
template <class Leaf, class Visitor>
constexpr Shape trace(Leaf leaf, Shape in, Visitor& visit) {
  Shape out = in;
  if constexpr (detail::SaysShape<Leaf>) out = output_shape(leaf, in);
  visit(leaf, in, out);
  return out;
}

template <Composite Layer, class Visitor>
constexpr Shape trace(Layer, Shape in, Visitor& visit) {
  return trace(typename Layer::layers{}, in, visit);
}

template <class... Layers, class Visitor>
constexpr Shape trace(Seq<Layers...>, Shape in, Visitor& visit) {
  ((in = trace(Layers{}, in, visit)), ...);
  return in;
}

template <fixed_string Name, class... Layers, class Visitor>
constexpr Shape trace(Named<Name, Layers...>, Shape in, Visitor& visit) {
  ((in = trace(Layers{}, in, visit)), ...);
  return in;
}

template <int First, int Count, class Layer, class Visitor>
constexpr Shape trace(Repeat<First, Count, Layer>, Shape in, Visitor& visit) {
  for (int i = 0; i < Count; ++i) in = trace(Layer{}, in, visit);
  return in;
}

template <class Body, class Shortcut, class Visitor>
constexpr Shape trace(Residual<Body, Shortcut>, Shape in, Visitor& visit) {
  if constexpr (requires { visit.need; }) {
    const bool before = visit.need;
    const Shape through = trace(Body{}, in, visit);
    const bool branch = visit.need;
    visit.need = before;
    const Shape sum = detail::added(through, trace(Shortcut{}, in, visit));
    visit.need = visit.need || branch;
    return sum;
  } else {
    const Shape through = trace(Body{}, in, visit);
    return detail::added(through, trace(Shortcut{}, in, visit));
  }
}

namespace detail {

struct Ignore {
  template <class Leaf>
  constexpr void operator()(Leaf, Shape, Shape) const {}
};

template <class Visitor, class... Blocks>
constexpr Shape trace_blocks(List<Blocks...>, Shape in, Visitor& visit) {
  ((in = trace(typename Blocks::layers{}, in, visit)), ...);
  return in;
}

}  // namespace detail

/// What a model makes of one picture of side x side pixels: {classes, 1, 1} for a classifier.
template <NetworkLike Model>
constexpr Shape shape(int side = Model::input::side) {
  detail::Ignore ignore;
  return detail::trace_blocks(typename Model::blocks{}, Shape{Model::input::channels, side, side}, ignore);
}

}  // namespace tuneit
