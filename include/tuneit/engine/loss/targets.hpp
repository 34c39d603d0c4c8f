#pragma once
// What a batch should have given: its targets, checked, and as numbers for each output.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "tuneit/aten/describe.hpp"
#include "tuneit/aten/device_scalar.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/kernels/finite.hpp"
#include "tuneit/meta/columns.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/sentence.hpp"
#include "tuneit/recipe/losses/targets.hpp"

namespace tuneit {

/// Loss and hits of one batch: `loss` is the mean over its samples (of a loss of each output: over samples and outputs;
/// with class weights: torch's weighted mean), whatever reduction is trained. `correct` is -1 where targets are no
/// classes.
struct BatchResult {
  double loss = 0;
  std::int64_t correct = 0, count = 0;
  std::int64_t correct_labels = 0, labels = 0;  ///< of several labels a sample, or one of each token: those that are
                                                ///< told right, of so many
};

/// The same as a step leaves it: numbers on the CPU; on a device they stay there until somebody asks. As a BatchResult
/// it waits for its device.
struct StepResult {
  DeviceScalar loss;
  DeviceScalar correct;
  std::int64_t count = 0;
  DeviceScalar correct_labels;
  std::int64_t labels = 0;  ///< or `of_tokens`: `correct_labels` are then the tokens that have a label, `correct` those
                            ///< that are told right, and `loss` is a mean over the former
  at::Tensor outside{};     ///< 0-d bool on the device: a label was no class, and loss and gradient mean nothing;
                            ///< undefined on the CPU, where that is thrown at once

  static constexpr std::int64_t of_tokens = -1;

  StepResult() = default;
  StepResult(DeviceScalar mean, DeviceScalar hits, std::int64_t samples, at::Tensor wrong = {})
      : loss(std::move(mean)), correct(std::move(hits)), count(samples), outside(std::move(wrong)) {}
  StepResult(const BatchResult& r)
      : loss(r.loss),
        correct(static_cast<double>(r.correct)),
        count(r.count),
        correct_labels(static_cast<double>(r.correct_labels)),
        labels(r.labels) {}
  operator BatchResult() const {
    if (labels == of_tokens) {
      const auto hits = static_cast<std::int64_t>(correct);
      return {loss, hits, count, hits, static_cast<std::int64_t>(correct_labels)};
    }
    return {loss, static_cast<std::int64_t>(correct), count, static_cast<std::int64_t>(correct_labels), labels};
  }
};

/// What a batch should give. `value`: int64 [N], numbers of classes, or floats [N, K], a number for each output ([N]
/// where K is 1). Of mixed samples, `other` is that of those that were mixed in, and `share` is how much of their own
/// they have.
struct Targets {
  at::Tensor value;
  at::Tensor other{};
  DeviceScalar share = 1.0;
  at::Tensor weight{};  ///< [N]: how much each sample counts in the mean; undefined: all alike
};
using Target = Targets;

namespace detail {

inline bool are_classes(const at::Tensor& labels) { return labels.scalar_type() == at::kLong; }

[[noreturn]] inline void no_such_class(std::int64_t classes, std::int64_t label, std::int64_t row) {
  const std::initializer_list<Piece> what = {
      "a label is not one of the ", classes, " classes: it is ", label, " (sample ", row, " of the batch, from 0)"};
  if (label < 0) refuse(ErrorKind::Data, what, {"Labels count from 0."});
  refuse(ErrorKind::Data, what,
         {"Labels count from 0. A larger head: ReplaceHead<", label + 1, ">, or Settings::classes of a Dynamic one."});
}
[[noreturn]] inline void wrong_targets(const at::Tensor& labels, const at::Tensor& outputs, std::string_view wanted) {
  refuse(ErrorKind::Data,
         {"the targets are ", c10::toString(labels.scalar_type()), " ", aten::shape_text(labels),
          ", and there are outputs of the shape ", aten::shape_text(outputs)},
         {"This loss takes ", wanted, "."});
}

/// Throws Error(Data) for labels that are not all in [0, 1].
[[noreturn, gnu::cold]] inline void no_such_share(const at::Tensor& labels) {
  const double most = labels.max().item<double>(), least = labels.min().item<double>();
  throw Error(ErrorKind::Data,
              "the targets are from " + short_number(least) + " to " + short_number(most) +
                  ", and this loss takes labels each by itself, from 0 to 1",
              most > 1 && least >= 0 && most <= 255 ? "Masks of 0 and 255 are divided by 255."
                                                    : "Give 1 where a label is there and 0 where it is not.");
}

/// int64 labels that are classes of so many, one for each row of the outputs, where the outputs are. On the CPU it
/// throws where they are not; on a device, where nobody looks, `outside` (0-d bool) tells, and they are cut to what
/// there is.
inline at::Tensor checked_classes(const at::Tensor& labels, const at::Tensor& outputs, std::int64_t classes,
                                  at::Tensor& outside) {
  if (labels.dim() != 1 || labels.size(0) != outputs.size(0) || outputs.dim() != 2)
    wrong_targets(labels, outputs, "one number of a class for each sample, of outputs [samples, classes]");
  if (labels.is_cpu()) {
    const at::Tensor plain = labels.contiguous();
    const std::int64_t* y = plain.const_data_ptr<std::int64_t>();
    const std::int64_t* const wrong =
        std::find_if(y, y + plain.numel(), [&](std::int64_t c) { return c < 0 || c >= classes; });
    if (wrong != y + plain.numel()) no_such_class(classes, *wrong, wrong - y);
    return labels.to(outputs.device());
  }
  const at::Tensor here = labels.to(outputs.device()), inside = here.clamp(0, classes - 1),
                   wrong = here.ne(inside).any();
  outside = outside.defined() ? outside.logical_or(wrong) : wrong;
  return inside;
}

/// Float targets in the shape, type and place of the outputs.
inline at::Tensor given_targets(const at::Tensor& labels, const at::Tensor& outputs) {
  const bool flat = labels.dim() == 1 && outputs.size(1) == 1;
  if (!labels.is_floating_point() ||
      !(labels.sizes() == outputs.sizes() || (flat && labels.size(0) == outputs.size(0)))) {
    std::string wanted = "a floating-point number for each output of each sample";
    if (!labels.is_floating_point() && labels.sizes() == outputs.sizes()) wanted += ": give `.to(at::kFloat)`";
    if (outputs.dim() == labels.dim() + 1 && outputs.size(1) == 1) wanted += ": give `.unsqueeze(1)`";
    wrong_targets(labels, outputs, wanted);
  }
  return labels.to(outputs.device(), outputs.scalar_type()).reshape(outputs.sizes()).contiguous();
}

/// The same of labels each by itself, in [0, 1]. On the CPU it throws where they are not; on a device `outside` tells.
inline at::Tensor given_labels(const at::Tensor& labels, const at::Tensor& outputs, at::Tensor& outside) {
  at::Tensor t = given_targets(labels, outputs);
  if (!t.is_cpu()) {
    const at::Tensor wrong = t.ne(t.clamp(0, 1)).any();
    outside = outside.defined() ? outside.logical_or(wrong) : wrong;
    return t;
  }
  const bool good = t.scalar_type() == at::kFloat
                        ? kernels::all_shares(t.const_data_ptr<float>(), t.numel())
                        : t.scalar_type() != at::kDouble || kernels::all_shares(t.const_data_ptr<double>(), t.numel());
  if (!good) no_such_share(t);
  return t;
}

/// Labels as a 1 for their class and 0 for the others; with one output, classes 0 and 1 are its values.
inline at::Tensor one_hot(const at::Tensor& labels, const at::Tensor& outputs, at::Tensor& outside) {
  const at::Tensor y =
      checked_classes(labels, outputs, std::max<std::int64_t>(outputs.size(1), 2), outside).unsqueeze(1);
  if (outputs.size(1) == 1) return y.to(outputs.scalar_type());
  return aten::zeros(outputs.sizes(), outputs.options()).scatter_(1, y, 1);
}

/// share x + (1 - share) y, the share wherever it is.
inline at::Tensor mix_of(const at::Tensor& x, const at::Tensor& y, const DeviceScalar& share) {
  if (share.on_device()) return y.add(x.sub(y).mul(share.tensor().to(x.scalar_type())));
  const double s = share;
  return x.mul(s).add_(y, 1 - s);
}

inline DeviceScalar mix_of(const DeviceScalar& x, const DeviceScalar& y, const DeviceScalar& share) {
  DeviceScalar sum = y, apart = x;
  apart.add(y, -1);
  if (share.on_device() && apart.on_device())
    sum.add(apart.tensor().mul(share.tensor()));
  else
    sum.add(apart, share);
  return sum;
}

/// A number for each output, mixed where there is something to mix.
inline at::Tensor numbers_of_targets(const Targets& target, const at::Tensor& outputs, at::Tensor& outside) {
  const auto one = [&](const at::Tensor& labels) {
    return are_classes(labels) ? one_hot(labels, outputs, outside) : given_targets(labels, outputs);
  };
  at::Tensor numbers = one(target.value);
  return target.other.defined() ? mix_of(numbers, one(target.other), target.share) : numbers;
}

/// How many samples have their largest output at their label (with one output: is it positive where the label is 1?).
/// -1 of targets that are no classes: nothing can be hit.
inline DeviceScalar correct_of(const at::Tensor& outputs, const at::Tensor& labels) {
  if (!are_classes(labels)) return -1;
  const at::Tensor chosen = outputs.size(1) == 1 ? outputs.squeeze(1).gt(0).to(at::kLong) : outputs.argmax(1);
  return chosen.eq(labels.to(outputs.device())).sum();
}

/// How many tokens have a label.
inline DeviceScalar count_labels(const at::Tensor& labels) {
  if (!labels.is_cpu()) return labels.ne(no_label).sum();
  const at::Tensor plain = labels.contiguous();
  const auto* const y = plain.const_data_ptr<std::int64_t>();
  return static_cast<double>(plain.numel() - std::count(y, y + plain.numel(), no_label));
}

/// How many of several labels a sample are told right: an output is positive where the target is at least one half.
inline DeviceScalar labels_correct(const at::Tensor& outputs, const at::Tensor& targets) {
  return outputs.gt(0).eq(targets.ge(0.5)).sum();
}

}  // namespace detail
}  // namespace tuneit
