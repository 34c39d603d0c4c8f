#pragma once
// Knowledge distillation (arXiv 1503.02531): how do a teacher's soft targets come into the loss?
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <type_traits>

#include "tuneit/engine/behaviour/context.hpp"
#include "tuneit/engine/behaviour/teacher.hpp"
#include "tuneit/engine/run/network.hpp"
#include "tuneit/recipe/assemble/facts.hpp"
#include "tuneit/recipe/behaviour/distill.hpp"

namespace tuneit {

/// T^2 KL(softmax(teacher / T) || softmax(outputs / T)), the mean over the batch, for logits [N, K] of one number type:
/// torch's kl_div with batchmean. `gradient`: by the outputs.
struct Distillation {
  DeviceScalar loss;
  at::Tensor gradient;
};
inline Distillation soft_targets(const at::Tensor& outputs, const at::Tensor& teacher, double temperature) {
  const auto log_softmax = [&](const at::Tensor& logits) {
    return at::_ops::_log_softmax::call(logits.div(temperature), 1, false);
  };
  const auto samples = static_cast<double>(outputs.size(0));
  const at::Tensor log_q = log_softmax(teacher), q = log_q.exp(), log_p = log_softmax(outputs);
  const DeviceScalar divergence = log_q.sub(log_p).mul_(q).sum();
  return {divergence.times(1 / samples).times(temperature * temperature),
          log_p.exp().sub_(q).mul_(temperature / samples)};
}

template <class Teacher, class... Options, class R>
struct Behaviour<Distill<Teacher, Options...>, R> {
  using keeps = Nothing;  // the teacher never changes
  using Model = typename Distill<Teacher, Options...>::teacher;

  /// The teacher, with room for its weights.
  template <class C>
  [[nodiscard]] auto& teacher(const C& c) {
    if (!teacher_.made())
      teacher_.make(c.settings.classes, c.settings.side, c.device,
                    c.settings.precision == PrecisionKind::Double ? at::kDouble : at::kFloat);
    return teacher_;
  }
  template <class C>
  void on_start(const C& c) {
    teacher(c).check_ready();
  }
  template <class C>
  void on_inputs(const StepBatch& batch, const C& c) {
    if (c.numbers[1] != 0) logits_ = teacher_.logits(batch.images);
  }
  template <class C>
  void on_outputs(StepOutputs& o, const C& c) {
    const double share = c.numbers[1];
    if (share == 0) return;
    const Distillation soft = soft_targets(o.outputs, logits_.to(o.outputs.scalar_type()), c.numbers[0]);
    DeviceScalar loss = o.loss.times(1 - share);
    loss.add(soft.loss, share);
    o.loss = loss;
    // With the reduction Sum the gradient is that of the sum over the batch.
    const double times = std::is_same_v<typename R::loss::reduction, Sum> ? static_cast<double>(o.outputs.size(0)) : 1;
    o.gradient = o.gradient.mul(1 - share).add_(soft.gradient, share * times);
  }

 private:
  TeacherNetwork<Model, detail::recipe_dtypes<R>> teacher_;
  at::Tensor logits_;  ///< of the batch at hand
};

}  // namespace tuneit
