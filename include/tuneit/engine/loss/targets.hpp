#pragma once
// What a batch should have given: its labels, checked, and as numbers for each output.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <string>

#include "tuneit/aten/describe.hpp"
#include "tuneit/aten/make.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit {

/// Loss and hits of one batch: `loss` is the mean over its samples (of a loss of each output: over samples and outputs;
/// with class weights: torch's weighted mean), whatever reduction is trained. `correct` is -1 where targets are no
/// classes.
struct BatchResult {
  double loss = 0;
  std::int64_t correct = 0, count = 0;
  std::int64_t correct_labels = 0, labels = 0;  ///< of several labels a sample: those that are told right, of so many
};

/// The labels of a batch: int64 [N], numbers of classes, or floats [N, K], a number for each output ([N] where K is 1).
/// Of mixed pictures, `other` are the labels of those that were mixed in, and `share` is how much of their own they
/// have.
struct Target {
  at::Tensor labels;
  at::Tensor other{};
  double share = 1;
};

namespace detail {

inline bool are_classes(const at::Tensor& labels) { return labels.scalar_type() == at::kLong; }

[[noreturn]] inline void no_such_class(std::int64_t classes, std::int64_t label, std::int64_t row) {
  throw Error(ErrorKind::Data,
              "a label is not one of the " + std::to_string(classes) + " classes: it is " + std::to_string(label) +
                  " (sample " + std::to_string(row) + " of the batch, from 0)",
              label < 0 ? std::string("Labels count from 0.")
                        : "Labels count from 0. A larger head: ReplaceHead<" + std::to_string(label + 1) +
                              ">, or Settings::classes of a Dynamic one.");
}
[[noreturn]] inline void wrong_targets(const at::Tensor& labels, const at::Tensor& outputs, const std::string& wanted) {
  throw Error(ErrorKind::Data,
              "the targets are " + std::string(c10::toString(labels.scalar_type())) + " " + aten::shape_text(labels) +
                  ", and there are " + std::to_string(outputs.size(0)) + " samples with " +
                  std::to_string(outputs.size(1)) + " outputs",
              "This loss takes " + wanted + ".");
}

/// Throws unless int64 labels are classes of so many, one for each row of the outputs.
inline void check_classes(const at::Tensor& labels, const at::Tensor& outputs, std::int64_t classes) {
  if (labels.dim() != 1 || labels.size(0) != outputs.size(0))
    wrong_targets(labels, outputs, "one number of a class for each sample");
  if (labels.is_cpu()) {
    const at::Tensor plain = labels.contiguous();
    const std::int64_t* y = plain.const_data_ptr<std::int64_t>();
    const std::int64_t* const wrong =
        std::find_if(y, y + plain.numel(), [&](std::int64_t c) { return c < 0 || c >= classes; });
    if (wrong != y + plain.numel()) no_such_class(classes, *wrong, wrong - y);
  } else if (labels.lt(0).logical_or_(labels.ge(classes)).any().item<bool>()) {
    check_classes(labels.cpu(), outputs, classes);  // which one?
  }
}

/// Float targets in the shape, type and place of the outputs.
inline at::Tensor given_targets(const at::Tensor& labels, const at::Tensor& outputs) {
  const bool flat = labels.dim() == 1 && outputs.size(1) == 1;
  if (!labels.is_floating_point() ||
      !(labels.sizes() == outputs.sizes() || (flat && labels.size(0) == outputs.size(0))))
    wrong_targets(labels, outputs, "a floating-point number for each output of each sample");
  return labels.to(outputs.device(), outputs.scalar_type()).reshape(outputs.sizes()).contiguous();
}

/// Labels as a 1 for their class and 0 for the others; with one output, classes 0 and 1 are its values.
inline at::Tensor one_hot(const at::Tensor& labels, const at::Tensor& outputs) {
  check_classes(labels, outputs, std::max<std::int64_t>(outputs.size(1), 2));
  const at::Tensor y = labels.to(outputs.device()).unsqueeze(1);
  if (outputs.size(1) == 1) return y.to(outputs.scalar_type());
  return aten::zeros(outputs.sizes(), outputs.options()).scatter_(1, y, 1);
}

/// A number for each output, mixed where there is something to mix.
inline at::Tensor numbers_of_targets(const Target& target, const at::Tensor& outputs) {
  const auto one = [&](const at::Tensor& labels) {
    return are_classes(labels) ? one_hot(labels, outputs) : given_targets(labels, outputs);
  };
  at::Tensor numbers = one(target.labels);
  if (target.other.defined()) numbers = numbers.mul(target.share).add_(one(target.other), 1 - target.share);
  return numbers;
}

/// How many samples have their largest output at their label (with one output: is it positive where the label is 1?).
/// -1 of targets that are no classes: nothing can be hit.
inline std::int64_t correct_of(const at::Tensor& outputs, const at::Tensor& labels) {
  if (!are_classes(labels)) return -1;
  const at::Tensor chosen = outputs.size(1) == 1 ? outputs.squeeze(1).gt(0).to(at::kLong) : outputs.argmax(1);
  return chosen.eq(labels.to(outputs.device())).sum().item<std::int64_t>();
}

/// How many of several labels a sample are told right: an output is positive where the target is at least one half.
inline std::int64_t labels_correct(const at::Tensor& outputs, const at::Tensor& targets) {
  return outputs.gt(0).eq(targets.ge(0.5)).sum().item<std::int64_t>();
}

}  // namespace detail
}  // namespace tuneit
