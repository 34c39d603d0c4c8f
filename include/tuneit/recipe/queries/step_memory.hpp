#pragma once
// How much memory does a training step need at its peak? An interpreter of the operations (net/program.hpp) that keeps
// account of what the engine's interpreter allocates, keeps for the backward pass and frees (engine/train/), without
// computing anything.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tuneit/net/program.hpp"
#include "tuneit/recipe/queries/step_account.hpp"
#include "tuneit/recipe/queries/step_layers.hpp"

namespace tuneit::detail {

template <int In, int Out, Window W, bool Bias, class Activation>
constexpr Flowing account(op::ConvAct<Conv2d<In, Out, W, Bias>, Activation>, Flowing x, StepAccount& a) {
  constexpr std::size_t tensors = Bias ? 2 : 1;
  const Shape out = output_shape(Conv2d<In, Out, W, Bias>{}, x.shape);
  const WinogradAccount winograd(W, In, Out, x.shape, a.batch());
  const bool fast = winograd.runs(a.bytes(), a.batch(), false);
  const bool weight = a.trains(0), bias = Bias && a.trains(tensors - 1), need = a.needs_input();
  const bool keeps = weight || bias || need, keeps_x = weight || (!fast && keeps);
  const bool keeps_y = keeps && !std::is_same_v<Activation, Identity>;
  StepAccount::Back b{.gradients = a.gradients(tensors),
                      .dx = need ? a.size(x.shape) : 0,
                      .dy = a.size(out),
                      .first = keeps_y ? a.size(out) : 0};
  a.take(a.size(out));
  if (fast) a.touch(winograd.scratch());
  if (fast && need) b.scratch = winograd.scratch();
  if (weight) {
    const std::int64_t scratch = winograd.runs(a.bytes(), a.batch(), true)
                                     ? winograd.gradient_scratch()
                                     : 2 * a.numel(0) * a.bytes();  // the gradient in oneDNN's order, and summed up
    if (scratch > b.scratch) b.scratch = scratch;
  }
  if (!fast && keeps && a.bytes() < 4) {  // a copy of the weight in the lower precision
    a.take(a.numel(0) * a.bytes());
    b.freed += a.numel(0) * a.bytes();
  }
  a.leave(x, keeps_x, b);
  a.back(b);
  a.pass(tensors);
  return {out, keeps_y};
}
template <int In, int Out, Window W, bool Bias>
constexpr Flowing account(Conv2d<In, Out, W, Bias>, Flowing x, StepAccount& a) {
  return account(op::ConvAct<Conv2d<In, Out, W, Bias>, Identity>{}, x, a);
}

template <class BatchNorm, class Activation>
constexpr Flowing account(op::Norm<BatchNorm, Activation>, Flowing x, StepAccount& a) {
  const bool affine = a.trains(0) || a.trains(1), keeps = a.needs_input() || affine;
  const bool keeps_x = keeps && (a.of_batch(2) || affine), in_place = !keeps_x && !x.held;
  StepAccount::Back b{.gradients = a.gradients(2)};  // dx is written over dy
  if (!in_place) a.take(a.size(x.shape));
  if (keeps_x && !x.held) b.freed += a.size(x.shape);
  const bool keeps_y = keeps && !keeps_x;
  if (keeps_y) b.freed += a.size(x.shape);
  a.back(b);
  a.pass(5);
  return {output_shape(BatchNorm{}, x.shape), keeps_y};
}

template <class BatchNorm, class Activation, class Pool>
constexpr Flowing account(op::NormPool<BatchNorm, Activation, Pool>, Flowing x, StepAccount& a) {
  const Shape out = output_shape(Pool{}, output_shape(BatchNorm{}, x.shape));
  const bool keeps = a.needs_input() || a.trains(0) || a.trains(1);
  a.take(a.size(out));
  StepAccount::Back b{.gradients = a.gradients(2), .dy = a.size(out)};
  if (keeps) {
    const std::int64_t maxima = a.size(out) + a.count(out);  // their values, and where they were: a byte each
    a.take(maxima);
    b.freed += maxima;
    if (a.needs_input()) b.dx = x.held ? a.size(x.shape) : 0;  // else it is written over x
    if (!x.held && !a.needs_input()) b.freed += a.size(x.shape);
  } else if (!x.held) {
    a.give(a.size(x.shape));
  }
  a.back(b);
  a.pass(5);
  return {out, false};
}

template <class Layer, class Activation>
constexpr Flowing account(op::Affine<Layer, Activation>, Flowing x, StepAccount& a) {
  constexpr std::size_t tensors = op_tensors<Layer>;
  const Shape out = output_shape(Layer{}, x.shape);
  const bool weight = a.trains(0),
             keeps_y = !std::is_same_v<Activation, Identity> && (a.needs_input() || a.gradients(tensors) > 0);
  a.take(a.size(out));
  StepAccount::Back b{
      .gradients = a.gradients(tensors), .dx = a.needs_input() ? a.size(x.shape) : 0, .dy = a.size(out)};
  if (keeps_y) b.freed += a.size(out);
  if (a.bytes() < 4) {  // the weight in the lower precision, and its gradient before it is in single precision
    const std::int64_t copy = a.numel(0) * a.bytes();
    if (a.needs_input()) {
      a.take(copy);
      b.freed += copy;
    } else {
      a.touch(copy);
    }
    if (weight) b.scratch = copy;
  }
  a.leave(x, weight, b);
  a.back(b);
  a.pass(tensors);
  return {out, keeps_y};
}

template <class NormBefore, class ActBefore, class Conv, class NormBehind, class ActBehind>
constexpr Flowing account(op::Depthwise<NormBefore, ActBefore, Conv, NormBehind, ActBehind>, Flowing x,
                          StepAccount& a) {
  using Self = op::Depthwise<NormBefore, ActBefore, Conv, NormBehind, ActBehind>;
  constexpr std::size_t tensors = op_tensors<Self>;
  Shape out = x.shape;
  if constexpr (!std::is_void_v<NormBefore>) out = output_shape(NormBefore{}, out);
  out = output_shape(Conv{}, out);
  if constexpr (!std::is_void_v<NormBehind>) out = output_shape(NormBehind{}, out);
  const bool keeps = a.needs_input() || a.gradients(tensors) > 0;
  a.take(a.size(out));
  StepAccount::Back b{
      .gradients = a.gradients(tensors), .dx = a.needs_input() ? a.size(x.shape) : 0, .dy = a.size(out)};
  if constexpr (!std::is_void_v<NormBehind>) {  // the values between convolution and norm, and behind it
    if (keeps) {
      a.take(a.size(out));
      b.freed += a.size(out);
    }
  }
  a.leave(x, keeps, b);
  a.back(b);
  a.pass(tensors);
  return {out, false};
}

template <class... Ops>
constexpr Flowing account(List<Ops...>, Flowing x, StepAccount& a) {
  ((x = account(Ops{}, x, a)), ...);
  return x;
}
template <int First, int Count, class Layer>
constexpr Flowing account(Repeat<First, Count, Layer>, Flowing x, StepAccount& a) {
  for (int i = 0; i < Count; ++i) x = account(program<Layer>{}, x, a);
  return x;
}

template <class Front, class BatchNorm, class Drop, class Shortcut, class Activation>
constexpr Flowing account(op::Sum<Front, BatchNorm, Drop, Shortcut, Activation>, Flowing x, StepAccount& a) {
  constexpr std::size_t front = op_tensors<Front>, norm = op_tensors<BatchNorm>,
                        all = front + norm + op_tensors<Shortcut>;
  constexpr bool around_is_x = std::is_same_v<Shortcut, List<>>;
  const bool need = a.needs_input(), keeps = need || a.gradients(all) > 0;
  const std::int64_t in = a.size(x.shape);
  // The end of the way back: the input, which both ways read, and the gradient that came through the shortcut.
  StepAccount::Back end{.freed = keeps && !x.held ? in : 0, .more = need ? in : 0};
  if (keeps && !need && around_is_x) end.freed += in;
  a.back(end);
  const auto begin = a.position();
  a.go_to({begin.at + front + norm, begin.need});
  const Flowing around = account(Shortcut{}, {x.shape, true}, a);
  a.go_to(begin);
  Flowing y = account(Front{}, {x.shape, true}, a);
  if constexpr (!std::is_void_v<BatchNorm>) y.shape = output_shape(BatchNorm{}, y.shape);
  y.shape = added(y.shape, around.shape);
  a.take(a.size(y.shape));
  // On the way back the norm's input takes its gradient, and dy goes on as that of the shortcut.
  StepAccount::Back sum{.gradients = norm > 0 ? a.gradients(2) : 0, .freed = keeps ? a.size(y.shape) : 0};
  if (norm == 0 && keeps) sum.dx = a.size(y.shape);
  a.back(sum);
  if ((!keeps || norm == 0) && !y.held) a.give(a.size(y.shape));
  if (!around_is_x && !around.held) a.give(a.size(around.shape));
  if (!keeps && !x.held) a.give(in);
  a.pass(norm + op_tensors<Shortcut>);
  return {y.shape, keeps};
}

}  // namespace tuneit::detail
