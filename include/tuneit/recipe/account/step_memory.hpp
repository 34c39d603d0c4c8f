#pragma once
// How much memory does a training step need at its peak? An interpreter of the operations (net/program.hpp) that keeps
// account of what the engine's interpreter allocates, keeps for the backward pass and frees (engine/layers/), without
// computing anything. What an operation keeps it says itself; here is how operations are put together.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tuneit/net/program.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/recipe/account/step_account.hpp"

namespace tuneit::detail {

/// An operation that is one layer, or is joined and says what it keeps.
template <class Op>
concept Accounted = LoneLayer<Op> || SaysSaved<Op>;

/// What an operation says it keeps. A layer that does not say has only a forward, which autograd records: it keeps its
/// input and its result; what its forward keeps beside them is not known here.
template <Accounted Op>
constexpr Flowing account(Op, Flowing x, StepAccount& a) {
  constexpr std::size_t tensors = op_tensors<Op>;
  const Facts f = a.facts(tensors);
  Shape out = x.shape;
  if constexpr (MakesShape<Op>) out = Op::out(x.shape);
  if constexpr (SaysSaved<Op>)
    return a.run(x, out, Op::saved(x.shape, out, f), tensors);
  else
    return a.run(x, out, {.input = f.need.x || f.trains_any, .output = f.need.x || f.trains_any}, tensors);
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
  if constexpr (!std::is_void_v<BatchNorm>) y.shape = BatchNorm::out(y.shape);
  y.shape = added(y.shape, around.shape);
  a.take(a.size(y.shape));
  // On the way back the norm's input takes its gradient, and dy goes on as that of the shortcut.
  StepAccount::Back sum{.gradients = norm > 0 ? a.gradients(2) : 0, .freed = keeps ? a.size(y.shape) : 0};
  if (norm == 0 && keeps) sum.dx = a.size(y.shape);
  a.back(sum);
  if ((!keeps || norm == 0) && !y.held) a.give(a.size(y.shape));
  if (!around_is_x && !around.held) a.give(a.size(around.shape));
  if (!keeps && !x.held) a.give(in);
  a.advance(norm + op_tensors<Shortcut>);
  return {y.shape, keeps};
}

}  // namespace tuneit::detail
