#pragma once
// What do layers take in a training step that are operations of their own: pooling, what only changes the shape or the
// values, and what autograd records?
#include <cstddef>
#include <cstdint>

#include "tuneit/net/module_network.hpp"
#include "tuneit/net/operations.hpp"
#include "tuneit/recipe/queries/step_account.hpp"

namespace tuneit::detail {

/// A layer with only a forward, one's own too, runs through autograd, which keeps its input and its result. What its
/// forward keeps beside them is not known here.
template <LoneLayer Layer>
constexpr Flowing account(Layer layer, Flowing x, StepAccount& a) {
  const Shape out = output_shape(layer, x.shape);
  constexpr std::size_t tensors = op_tensors<Layer>;
  a.take(a.size(out));
  if (!a.needs_input() && a.gradients(tensors) == 0) {  // nothing is recorded
    if (!x.held) a.give(a.size(x.shape));
    a.back({});
    a.pass(tensors);
    return {out, false};
  }
  a.back({.gradients = a.gradients(tensors),
          .dx = a.needs_input() ? a.size(x.shape) : 0,
          .dy = a.size(out),
          .freed = a.size(out) + (x.held ? 0 : a.size(x.shape))});
  a.pass(tensors);
  return {out, true};
}

/// Of a network that runs as a module only the tensors are known.
template <class... Layers>
constexpr Flowing account(Declared<Layers...>, Flowing x, StepAccount& a) {
  constexpr std::size_t tensors = op_tensors<Declared<Layers...>>;
  a.back({.gradients = a.gradients(tensors)});
  a.pass(tensors);
  return x;
}

template <LoneLayer Activation>
requires is_clamp<Activation>
constexpr Flowing account(Activation, Flowing x, StepAccount& a) {
  if (x.held) a.take(a.size(x.shape));  // else in place
  const bool keeps_y = a.needs_input();
  a.back({.dx = keeps_y ? a.size(x.shape) : 0,
          .dy = keeps_y ? a.size(x.shape) : 0,
          .freed = keeps_y ? a.size(x.shape) : 0});
  return {x.shape, keeps_y};
}

template <Window W>
constexpr Flowing account(MaxPool2d<W> pool, Flowing x, StepAccount& a) {
  const Shape out = output_shape(pool, x.shape);
  a.take(a.size(out));
  StepAccount::Back b{.dx = a.size(x.shape), .dy = a.size(out)};
  if (a.needs_input()) {
    a.take(a.count(out));
    b.freed += a.count(out);
  }
  if (!x.held) a.give(a.size(x.shape));
  a.back(b);
  return {out, false};
}

constexpr Flowing account(GlobalAvgPool pool, Flowing x, StepAccount& a) {
  const Shape out = output_shape(pool, x.shape);
  a.take(a.size(out));
  if (!x.held) a.give(a.size(x.shape));
  a.back({.dx = a.needs_input() ? a.size(x.shape) : 0, .dy = a.size(out)});
  return {out, false};
}

template <int H, int W>
constexpr Flowing account(AdaptiveAvgPool2d<H, W> pool, Flowing x, StepAccount& a) {
  const Shape out = output_shape(pool, x.shape);
  if (x.shape.height == H && x.shape.width == W) return {out, x.held};  // every pixel is a cell
  StepAccount::Back b{.dx = a.needs_input() ? a.size(x.shape) : 0, .dy = a.size(out)};
  a.take(a.size(out));
  a.leave(x, a.needs_input(), b);
  a.back(b);
  return {out, false};
}

/// Images are channels-last, so that more than one pixel is copied.
constexpr Flowing account(Flatten flatten, Flowing x, StepAccount& a) {
  const Shape out = output_shape(flatten, x.shape);
  if (x.shape.height == 1 && x.shape.width == 1) return {out, x.held};
  a.take(a.size(out));
  if (!x.held) a.give(a.size(x.shape));
  a.back({.dx = a.needs_input() ? a.size(x.shape) : 0, .dy = a.size(out)});
  return {out, false};
}

template <auto P>
constexpr Flowing account(Dropout<P>, Flowing x, StepAccount& a) {
  if (!a.live() || P == 0) return x;
  const std::int64_t size = a.size(x.shape);
  a.take(size);  // the mask
  a.take(size);
  if (!x.held) a.give(size);
  if (!a.needs_input()) a.give(size);
  a.back({.freed = a.needs_input() ? size : 0});  // dx is written over dy
  return {x.shape, false};
}

}  // namespace tuneit::detail
