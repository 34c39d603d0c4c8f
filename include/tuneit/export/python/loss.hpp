#pragma once
// Losses as PyTorch writes them.
#include <string>

#include "tuneit/export/python/text.hpp"
#include "tuneit/recipe/losses/loss.hpp"

namespace tuneit::python {

/// A loss as plain values.
struct LossView {
  LossKind kind = LossKind::CrossEntropy;
  tuneit::detail::LossNumbers numbers{};
  bool sum = false;
  std::vector<double> class_weights;
};

/// Is the loss one of classes, so that hits can be counted?
inline bool counts_correct(const LossView& l) { return l.kind != LossKind::MeanSquaredError && !l.numbers.soft; }

/// `def loss_of(outputs, labels)`: the number to be differentiated, and the constants it needs.
inline std::string loss_text(const LossView& l) {
  std::string text, body;
  const std::string reduction = l.sum ? ", reduction=\"sum\"" : "";
  const bool elementwise = l.kind != LossKind::CrossEntropy;
  if (elementwise)
    body = l.kind == LossKind::MeanSquaredError ? "labels = labels.to(outputs.dtype)\n"
                                                : "if labels.dim() == 1:  # numbers of classes: one of K\n"
                                                  "    k = outputs.shape[1]\n"
                                                  "    labels = F.one_hot(labels, k) if k > 1 else labels[:, None]\n"
                                                  "labels = labels.to(outputs.dtype)\n";
  if (l.kind == LossKind::CrossEntropy && l.numbers.soft) body = "labels = labels.to(outputs.dtype)\n";
  std::string options, arguments;
  switch (l.kind) {
    case LossKind::CrossEntropy:
      if (!l.class_weights.empty()) {
        Names items;
        for (const double w : l.class_weights) items.push_back(number(w));
        text += "CLASS_WEIGHTS = " + list(items, 16) + "\n\n\n";
        body += "weight = torch.tensor(CLASS_WEIGHTS, dtype=outputs.dtype, device=outputs.device)\n";
        options += ", weight=weight";
      }
      if (l.numbers.smoothing > 0) {
        arguments = ", smoothing=" + number(l.numbers.smoothing);
        options += ", label_smoothing=smoothing";
      }
      body += "return F.cross_entropy(outputs, labels" + options + reduction + ")\n";
      break;
    case LossKind::BinaryCrossEntropy:
      if (l.numbers.pos_weight != 1) {
        body += "pos_weight = torch.full_like(outputs[0], " + number(l.numbers.pos_weight) + ")\n";
        options = ", pos_weight=pos_weight";
      }
      body += "return F.binary_cross_entropy_with_logits(outputs, labels" + options + reduction + ")\n";
      break;
    case LossKind::MeanSquaredError:
      body += "return F.mse_loss(outputs, labels" + reduction + ")\n";
      break;
    case LossKind::Focal:
      body += "return torchvision.ops.sigmoid_focal_loss(outputs, labels, alpha=" + number(l.numbers.alpha) +
              ", gamma=" + number(l.numbers.gamma) + ", reduction=" + in_quotes(l.sum ? "sum" : "mean") + ")\n";
      break;
  }
  return text + "def loss_of(outputs, labels" + arguments + "):\n" + indented(body);
}

/// The loss of a batch times its samples, so that means are exact: an expression of what loss_of gave.
inline std::string loss_sum_text(const LossView& l, const std::string& loss) {
  if (!l.sum) return loss + " * len(labels)";
  return loss + (l.kind == LossKind::CrossEntropy ? "" : " / outputs.shape[1]");
}

/// By what the mean of a batch was divided: what adds up when gradients are accumulated.
inline std::string share_text(const LossView& l) {
  if (l.class_weights.empty() || l.numbers.soft) return "len(labels)";
  return "torch.tensor(CLASS_WEIGHTS)[labels.cpu()].sum().item()";
}

}  // namespace tuneit::python
