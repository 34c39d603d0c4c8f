#pragma once
// The loss of outputs for each token of a text, of which some have no label: the mean over those that have one
// (torch's cross_entropy with its ignore_index).
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax_ops.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/engine/layers/numbers.hpp"
#include "tuneit/engine/loss/loss_run.hpp"

namespace tuneit::detail {

/// The weights as a tensor beside x; nothing waits.
inline at::Tensor weights_beside(const at::Tensor& x, at::ScalarType type, const double* weights,
                                 std::int64_t classes) {
  const at::Tensor all = aten::empty({classes}, at::TensorOptions(at::kDouble).pinned_memory(!x.is_cpu()));
  std::copy_n(weights, classes, all.mutable_data_ptr<double>());
  return all.to(x.device(), type, /*non_blocking=*/true);
}

[[noreturn, gnu::cold]] inline void no_such_token_class(std::int64_t classes, std::int64_t label, std::int64_t sample,
                                                        std::int64_t token) {
  refuse(ErrorKind::Data,
         {"a label is not one of the ", classes, " classes: it is ", label, " (token ", token, " of sample ", sample,
          " of the batch, from 0)"},
         {label < 0 ? "Labels count from 0; -100 is none."
                    : sentence({"Labels count from 0; -100 is none. A larger head: ReplaceHead<", label + 1, ">."})});
}

/// The same on a device, where nobody knows which tokens have a label: those that have none weigh 0. weights: of the
/// classes, or null.
inline LossValue loss_of_tokens_by_aten(const at::Tensor& x, const at::Tensor& labels, at::Tensor* gradient,
                                        const double* weights, bool is_sum, double smoothing) {
  const std::int64_t classes = x.size(1);
  const at::Tensor has = labels.ne(no_label), y = labels.clamp(0, classes - 1);
  LossValue v;
  v.counts = LossValue::Tokens;
  v.outside = has.logical_and(y.ne(labels)).any();
  at::Tensor share = has.to(x.scalar_type()), q = aten::empty_like(x).fill_(smoothing / static_cast<double>(classes));
  q.scatter_add_(1, y.unsqueeze(1), aten::empty_like(x.narrow(1, 0, 1)).fill_(1 - smoothing));
  at::Tensor weight = share;
  if (weights != nullptr) {
    const at::Tensor by_class = weights_beside(x, x.scalar_type(), weights, classes);
    weight = share.mul(by_class.index_select(0, y));
    q.mul_(by_class);
  }
  q.mul_(share.unsqueeze(1));
  const at::Tensor divisor = weight.sum().clamp_min_(1e-30);  // of no labels at all the loss is 0
  if (!is_sum) q.div_(divisor);
  const at::Tensor log_p = at::_ops::_log_softmax::call(x, 1, false);
  const at::Tensor loss = log_p.masked_fill(q.eq(0), 0).mul_(q).sum().neg_();  // 0 times -infinity is nothing
  if (gradient != nullptr) *gradient = log_p.exp().mul_(q.sum(1, true)).sub_(q);
  v.loss = is_sum ? loss.div(divisor) : loss;
  v.correct = x.argmax(1).eq(labels).sum();
  return v;
}

/// run(x, y, g): the loss of rows x [M, K] that all have labels y [M], and its gradient by x. outputs: [N, T, K],
/// labels: [N, T]. Of no labels at all the loss is 0. Throws Error(Data) for labels that are none of the classes.
template <class Run>
[[gnu::noinline]] LossValue loss_of_tokens(const at::Tensor& outputs, const at::Tensor& labels, at::Tensor* gradient,
                                           const double* weights, bool is_sum, double smoothing, const Run& run) {
  if (!are_classes(labels) || labels.dim() != 2 || labels.sizes() != outputs.sizes().slice(0, 2))
    wrong_targets(labels, outputs,
                  "int64 numbers of classes, one for each token of each sample, -100 where it has none");
  const std::int64_t classes = outputs.size(2);
  const at::Tensor x = outputs.reshape({-1, classes}), plain = labels.reshape({-1}).contiguous();
  LossValue v;
  if (!plain.is_cpu()) {
    v = loss_of_tokens_by_aten(x, plain.to(x.device()), gradient, weights, is_sum, smoothing);
  } else {
    const auto* const y = plain.const_data_ptr<std::int64_t>();
    std::vector<std::int64_t> real;
    for (std::int64_t i = 0; i < plain.numel(); ++i) {
      if (y[i] == no_label) continue;
      if (y[i] < 0 || y[i] >= classes) no_such_token_class(classes, y[i], i / labels.size(1), i % labels.size(1));
      real.push_back(i);
    }
    const auto count = static_cast<std::int64_t>(real.size());
    if (count == plain.numel()) {
      v = run(x, plain.to(x.device()), gradient);
    } else if (count == 0) {
      if (gradient != nullptr) *gradient = aten::zeros_like(x);
    } else {
      at::Tensor rows = aten::empty({count}, at::TensorOptions(at::kLong)), own;
      std::copy(real.begin(), real.end(), rows.mutable_data_ptr<std::int64_t>());
      const at::Tensor some = plain.index_select(0, rows).to(x.device());
      rows = rows.to(x.device());
      v = run(x.index_select(0, rows), some, gradient == nullptr ? nullptr : &own);
      if (gradient != nullptr) *gradient = aten::zeros_like(x).index_copy_(0, rows, own);
    }
    v.counts = LossValue::Tokens;
  }
  if (gradient != nullptr) *gradient = gradient->view(outputs.sizes());
  return v;
}

/// The weight of the labels of tokens: how many there are, or with weights of so many classes the sum of theirs. It may
/// be asked before a loss has looked: on the CPU labels that are none of the classes weigh nothing.
inline DeviceScalar weight_of_tokens(const at::Tensor& labels, const double* weights, std::size_t classes) {
  if (classes == 0) return count_labels(labels);
  if (!labels.is_cpu())
    return weights_beside(labels, at::kDouble, weights, static_cast<std::int64_t>(classes))
        .index_select(0, labels.reshape({-1}).clamp(0, static_cast<std::int64_t>(classes) - 1))
        .mul(labels.reshape({-1}).ne(no_label))
        .sum();
  const at::Tensor plain = labels.contiguous();
  const auto* const y = plain.const_data_ptr<std::int64_t>();
  double sum = 0;
  for (std::int64_t i = 0; i < plain.numel(); ++i)
    if (y[i] >= 0 && y[i] < static_cast<std::int64_t>(classes)) sum += weights[y[i]];
  return sum;
}

}  // namespace tuneit::detail
