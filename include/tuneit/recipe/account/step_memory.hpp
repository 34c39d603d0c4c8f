#pragma once
// How much memory does a training step need at its peak? An interpreter of the operations (net/program.hpp) that keeps
// account of what the engine's interpreter allocates, keeps for the backward pass and frees (engine/layers/), without
// computing anything. What an operation keeps it says itself; here is how operations are put together.
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tuneit/net/program.hpp"
#include "tuneit/net/shape.hpp"
#include "tuneit/net/wire_crossing.hpp"
#include "tuneit/net/wire_names.hpp"
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

template <fixed_string Wire>
constexpr Flowing account(Save<Wire>, Flowing x, StepAccount& a) {
  return a.save(x, name_hash<Wire>);
}
/// The network's caller holds what it is given.
template <fixed_string Name>
constexpr Flowing account(Output<Name>, Flowing x, StepAccount& a) {
  if (x.wire >= 0) a.wire(a.wires().all[x.wire].name).kept = true;
  return {x.shape, true, x.wire};
}
template <fixed_string Wire>
constexpr Flowing account(From<Wire>, Flowing x, StepAccount& a) {
  StepAccount::Back b{};
  a.leave(x, false, b);
  WireAccount& w = a.wire(name_hash<Wire>);
  const int number = a.number_of(w);
  if (w.need && w.left > 1) b.dy = a.size(w.shape);  // added to what is there
  if (w.need && w.left == 1) a.move_gradient(w);
  a.back(b);
  a.set_need(w.need);
  const bool last = w.left == 1;
  if (!last) {
    a.read(w, false);
    return {w.shape, true, number};
  }
  const bool free = w.owns && !w.kept;  // the flow is the only one who holds it
  --w.left;
  if (w.owns && w.kept) a.keep_to_save(w);
  return {w.shape, !free, free ? -1 : number};
}
/// One's own way to merge keeps both; Multiply each for the gradient of the other.
template <class Fn, fixed_string Wire>
constexpr Flowing account(Merge<Fn, Wire>, Flowing x, StepAccount& a) {
  WireAccount& w = a.wire(name_hash<Wire>);
  const bool need = a.needs_input(), adds = std::is_same_v<Fn, Add>, joins = std::is_same_v<Fn, Concat>,
             product = std::is_same_v<Fn, Multiply>, any = need || w.need;
  const Shape out = Fn::out(x.shape, w.shape);
  StepAccount::Back b{};
  const bool here = adds && !x.held;
  if (!here) a.take(a.size(out));
  if (!adds) b.dy = a.size(out);
  if (need && joins) b.dx = a.size(x.shape);
  if (need && product) b.dx = a.size(x.shape);
  if (!joins && !adds && !product) b.dx = a.size(x.shape);
  if (adds && !need) b.dy = 0;
  a.leave_gradient(w, b);
  if (!here) a.leave(x, !adds && !joins && (product ? w.need : any), b);
  a.back(b);
  a.set_need(any);
  a.read(w, !adds && !joins && (product ? need : any));
  return {out, false};
}
/// A layer of one's own that reads wires, which it may keep.
template <ReadsWires Layer>
requires(Accounted<Layer> && !WireTag<Layer>) constexpr Flowing account(Layer, Flowing x, StepAccount& a) {
  Facts f = a.facts(op_tensors<Layer>);
  for (std::size_t i = 0; i < Layer::reads::names.size(); ++i)
    if (a.wire(Layer::reads::names[i]).need) f.need.wires |= std::uint32_t{1} << i;
  const bool keeps = f.need.x || f.need.wires != 0 || f.trains_any;
  Shape out = x.shape;
  if constexpr (MakesShape<Layer>) out = Layer::out(x.shape);
  SavedSizes s{.input = keeps, .output = keeps};
  if constexpr (SaysSaved<Layer>) s = Layer::saved(x.shape, out, f);
  const Flowing y = a.run(x, out, s, op_tensors<Layer>);
  bool need = a.needs_input();
  for (const std::uint64_t name : Layer::reads::names) {
    WireAccount& w = a.wire(name);
    need = need || w.need;
    StepAccount::Back b{};
    a.leave_gradient(w, b);
    a.back(b);
    a.read(w, keeps || w.need);
  }
  a.set_need(need);
  return y;
}

template <class... Ops>
constexpr Flowing account(List<Ops...>, Flowing x, StepAccount& a) {
  ((x = account(Ops{}, x, a)), ...);
  return x;
}
/// Forward as if nothing before it trained: nothing is kept.
template <class... Ops>
constexpr Flowing account(op::Unread<Ops...>, Flowing x, StepAccount& a) {
  const int wires = a.wires().count;
  bool needs[most_wires]{};
  a.still_wires(needs);
  a.set_need(false);
  x = account(List<Ops...>{}, x, a);
  a.wake_wires(needs, wires);
  a.set_need(false);
  return x;
}
template <int First, int Count, class Layer>
constexpr Flowing account(Repeat<First, Count, Layer>, Flowing x, StepAccount& a) {
  for (int i = 0; i < Count; ++i) {
    const int outside = a.wires().count;
    x = account(program<Layer>{}, x, a);
    if constexpr (wired<Layer>) {
      if (x.wire >= outside) x.wire = -1;
      a.forget_wires(outside);
    }
  }
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

/// What lies on wires where blocks begin to train: the inputs, which somebody holds, or what the blocks before made.
template <class Model>
constexpr auto plan_of([[maybe_unused]] std::size_t first) {
  if constexpr (has_wires<Model>)
    return wire_plan_at<Model>(first);
  else
    return Ignore{};
}
template <class Model, class Plan>
constexpr void put_crossing(StepAccount& a, const Plan& plan, int side, std::size_t first) {
  WireShapes wires;
  KeepShapes keep;
  trace_up_to<Model>(first, side, wires, keep);
  a.begin_wires(plan.reads);
  for (int i = 0; i < plan.begin_count; ++i) {
    const Crossing& c = plan.begin[i];
    const Shape s = c.output < 0 ? wires.shape(c.name) : keep.outputs.shape(c.name);
    if (first > 0) a.take(a.size(s));
    if (c.output < 0) a.put(c.name, s, c.reads, first > 0);
  }
}

}  // namespace tuneit::detail
