#pragma once
// One recipe for all tasks of texts, so that a program compiles a network's layers once: the outputs are of each token,
// [N, T, K], and what stands before the classifier, and the loss, are chosen at run time. Of a text as a whole the
// first token's count, and no other's.
#include <utility>

#include "tuneit/app/text/text_trainer.hpp"
#include "tuneit/engine/layers/context.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/recipe.hpp"

namespace tuneit::app {

/// The task of this process's network. A program has one.
inline TextTask& chosen_task() {
  static TextTask task = TextTask::Classes;
  return task;
}

/// BERT's pooler (the first token through a linear layer and tanh) where the task is of the text as a whole: it takes
/// the first token's place, and the others are 0. Else tokens stay as they are. [N, T, D] to [N, T, D].
template <int D>
struct ChosenPooler : LayerTag {
  static constexpr DrawsFrom draws = DrawsFrom::Nothing;
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("dense.weight", Kind::Weight, Owner::Linear, {D, D});
    s.tensor("dense.bias", Kind::Bias, Owner::Linear, {D});
  }
  static constexpr Shape out(Shape in) { return in.with_fit(in.rank == 2 && in.channels() == D); }
  static constexpr Cost cost(Shape, Shape) { return {.macs = static_cast<long long>(D) * D}; }
};

/// BERT for any of the tasks.
template <bert::Sizes S>
struct BertForAny : bert::Model<S> {
  template <class Task>
  struct head_for : tasks::NoHead {};
  template <int K>
  struct head_for<tasks::Tags<K>> {
    using type = List<Block<"pooler", Named<"pooler", ChosenPooler<S.hidden>>>, bert::Classifier<S, K>>;
    static constexpr int fresh = 1;
  };
};

/// The loss of the task. Of labels and numbers no hits are counted.
struct TaskLoss : Loss<TaskLoss> {
  using targets = MultiLabel<0>;
  static constexpr bool of_tokens = true;
  static constexpr double label_smoothing = 0;
  static constexpr bool fits(Shape) { return true; }  // of each token, or of the one that stands for the text
};

/// The first blocks, so many, keep their values: their rate is 0 (and so is what weight decay takes).
struct HoldFirst : PolicyTag {
  static constexpr Stage stage = Stage::Scale;
  static constexpr std::array numbers{
      Hyperparameter{.name = "held-blocks", .value = 1, .most = 100, .whole = true, .about = "that do not move"}};
  template <class Model, class P>
  static constexpr void apply(P& plan, const double* n) {
    for (std::size_t i = 0; i < P::size; ++i)
      if (table<Model>.rows[i].block < n[0]) plan.rows[i].lr_scale = 0;
  }
};

/// How the rate goes, as TextSchedule says.
struct TaskSchedule : PolicyTag {
  using slot = slots::Schedule;
  static constexpr std::array numbers{Hyperparameter{
      .name = "schedule", .value = 0, .most = 2, .whole = true, .about = "0: a line, 1: a cosine, 2: none"}};
  static constexpr double factor(const ScheduleTime& m, const double* n) {
    return n[0] > 1 ? 1 : n[0] > 0 ? CosineLr::factor(m) : LinearDecay::factor(m);
  }
};

}  // namespace tuneit::app

namespace tuneit {

template <int D, auto F, Need N>
struct Train<app::ChosenPooler<D>, F, N> {
  struct Saved {
    at::Tensor x, y;  // of the first tokens
  };
  static at::Tensor forward(at::Tensor x, Saved& saved, const Context& c) {
    if (app::of_tokens(app::chosen_task())) return x;
    const at::ScalarType type = x.scalar_type();
    at::Tensor first = x.select(1, 0).contiguous();
    at::Tensor y = aten::linear(first, detail::in_numbers(c.tensor(0), type), detail::in_numbers(c.tensor(1), type));
    y.tanh_();
    at::Tensor all = aten::zeros(x.sizes(), x.options());
    all.select(1, 0).copy_(y);
    saved = {std::move(first), std::move(y)};
    return all;
  }
  static Gradient backward(Gradient dy, Saved& saved, const Context& c) {
    const Saved s = std::exchange(saved, {});
    if (!s.x.defined()) {
      if constexpr (F.trains(0)) c.set_gradient(0, aten::zeros_like(c.tensor(0)));
      if constexpr (F.trains(1)) c.set_gradient(1, aten::zeros_like(c.tensor(1)));
      return dy;
    }
    const at::Tensor all = std::move(dy).sum();
    const at::Tensor slope = s.y.mul(s.y).neg_().add_(1).mul_(all.select(1, 0));
    if constexpr (F.trains(0)) c.set_gradient(0, aten::mm(slope.t(), s.x));
    if constexpr (F.trains(1)) c.set_gradient(1, slope.sum(0));
    if constexpr (!N.x) return {};
    at::Tensor dx = aten::zeros(all.sizes(), all.options());
    dx.select(1, 0).copy_(aten::mm(slope, detail::in_numbers(c.tensor(0), all.scalar_type())));
    return {std::move(dx)};
  }
};

template <>
struct LossRun<app::TaskLoss> {
  static constexpr bool raw_targets = true;
  static LossValue run(const at::Tensor& y, const Targets& t, const Numbers<app::TaskLoss>& n, at::Tensor* gradient) {
    using app::TextTask;
    const TextTask task = app::chosen_task();
    if (task == TextTask::Spans) return LossRun<SpanLoss<>>::run(y, t, {}, gradient);
    if (task == TextTask::Tags) return detail::cross_entropy_of_labels<false>(y, t.value, n.smoothing, gradient);
    const at::Tensor whole = y.select(1, 0).contiguous();
    LossValue v;
    if (task == TextTask::Classes) {
      v = detail::cross_entropy_of_labels<false>(whole, t.value, n.smoothing, gradient);
    } else {
      const Targets numbers{detail::given_targets(t.value, whole), {}, 1.0, {}};
      v = task == TextTask::Values ? LossRun<MeanSquaredError<>>::run(whole, numbers, {}, gradient)
                                   : LossRun<BinaryCrossEntropy<>>::run(whole, numbers, {}, gradient);
      v.correct = -1.0;
      v.counts = LossValue::Samples;
    }
    if (gradient != nullptr) {
      const at::Tensor own = std::exchange(*gradient, aten::zeros(y.sizes(), y.options()));
      gradient->select(1, 0).copy_(own);
    }
    return v;
  }
};

}  // namespace tuneit
