#pragma once
// Losses as PyTorch writes them.
#include <string>

#include "tuneit/export/text.hpp"
#include "tuneit/meta/type_name.hpp"
#include "tuneit/recipe/losses/losses.hpp"

namespace tuneit::python {

/// A loss as plain values.
struct LossView {
  TargetKind targets = TargetKind::Classes;
  bool sum = false;         ///< what is trained is summed over the batch
  bool per_output = false;  ///< ... and over the outputs
  bool pixels = false;      ///< a target for each pixel
  bool tokens = false;      ///< a class for each token, -100 of one that has none
  bool weighs_classes = false;
  bool mixes_targets = false;  ///< of a mixed batch it is the loss of mixed targets
  std::string targets_of;      ///< lines that make numbers of labels; body begins with them
  double smoothing = 0;        ///< of labels: 0 in tests
  std::string constants;       ///< lines before the function
  std::string body;            ///< of `def loss_of(outputs, labels)`, lines; labels are classes, or floats like outputs
  std::string share;  ///< by what the mean of a batch was divided, if not by its samples: adds up as gradients do

  [[nodiscard]] std::string reduction() const { return sum ? ", reduction=\"sum\"" : ""; }
};

/// How a loss is written, with its numbers n: one overload for each that is written here, for one of one's own beside
/// it. Throws Error(Usage) for a loss that has none.
template <class L>
void write_loss(Type<L>, const Numbers<L>&, LossView&) {
  throw Error(ErrorKind::Usage, "nobody knows how to write the loss " + type_name<L>() + " as a PyTorch script",
              "Write `void write_loss(Type<L>, const Numbers<L>&, python::LossView&)` beside it, or train with this "
              "program.");
}
template <class... Options>
void write_loss(Type<CrossEntropy<Options...>>, const Numbers<CrossEntropy<Options...>>& n, LossView& l) {
  using L = CrossEntropy<Options...>;
  std::string options;
  if constexpr (!L::class_weights::values.empty()) {
    Names items;
    for (const double w : L::class_weights::values) items.push_back(number(w));
    l.constants = "CLASS_WEIGHTS = " + list(items, 16) + "\n\n\n";
    l.body += "weight = torch.tensor(CLASS_WEIGHTS, dtype=outputs.dtype, device=outputs.device)\n";
    options += ", weight=weight";
    l.weighs_classes = true;
    if (!L::soft) l.share = "torch.tensor(CLASS_WEIGHTS)[labels.cpu()].sum().item()";
  }
  if (n.smoothing > 0) options += ", label_smoothing=smoothing";
  l.body += "return F.cross_entropy(outputs, labels" + options + l.reduction() + ")\n";
}
template <class... Options>
void write_loss(Type<BinaryCrossEntropy<Options...>>, const Numbers<BinaryCrossEntropy<Options...>>& n, LossView& l) {
  std::string options;
  if (n[0] != 1) {
    l.body += "pos_weight = torch.full_like(outputs[0], " + number(n[0]) + ")\n";
    options = ", pos_weight=pos_weight";
  }
  l.body += "return F.binary_cross_entropy_with_logits(outputs, labels" + options + l.reduction() + ")\n";
  l.per_output = true;
}
template <class... Options>
void write_loss(Type<MeanSquaredError<Options...>>, const Numbers<MeanSquaredError<Options...>>&, LossView& l) {
  l.body += "return F.mse_loss(outputs, labels" + l.reduction() + ")\n";
  l.per_output = true;
}
template <class... Options>
void write_loss(Type<Huber<Options...>>, const Numbers<Huber<Options...>>& n, LossView& l) {
  l.body += "return F.huber_loss(outputs, labels, delta=" + number(n[0]) + l.reduction() + ")\n";
  l.per_output = true;
}
template <class... Options>
void write_loss(Type<SmoothL1<Options...>>, const Numbers<SmoothL1<Options...>>& n, LossView& l) {
  l.body += "return F.smooth_l1_loss(outputs, labels, beta=" + number(n[0]) + l.reduction() + ")\n";
  l.per_output = true;
}
template <class... Options>
void write_loss(Type<Focal<Options...>>, const Numbers<Focal<Options...>>& n, LossView& l) {
  l.body += "return torchvision.ops.sigmoid_focal_loss(outputs, labels, alpha=" + number(n[1]) +
            ", gamma=" + number(n[0]) + ", reduction=" + in_quotes(l.sum ? "sum" : "mean") + ")\n";
  l.per_output = true;
}

template <class... Options>
void write_loss(Type<SpanLoss<Options...>>, const Numbers<SpanLoss<Options...>>&, LossView& l) {
  l.body +=
      "labels = labels.masked_fill((labels < 0) | (labels >= outputs.shape[1]), -100)\n"
      "each = [F.cross_entropy(outputs[..., i], labels[:, i]" +
      l.reduction() +
      ") for i in (0, 1)]\n"
      "return (each[0] + each[1]) / 2\n";
}
template <class... Options>
void write_loss(Type<Dice<Options...>>, const Numbers<Dice<Options...>>& n, LossView& l) {
  using L = Dice<Options...>;
  const std::string smooth = number(n[0]);
  l.body += "x, t = (y.reshape(*outputs.shape[:2], -1) for y in (outputs, labels))  # [N, K, pixels]\np = " +
            std::string(L::softmax ? "x.softmax(1)" : "x.sigmoid()") + "\nboth = 2 * (p * t).sum(2) + " + smooth +
            "\nall = " + (L::squared ? "p.square().sum(2) + t.square().sum(2)" : "p.sum(2) + t.sum(2)") + " + " +
            smooth + "\n";
  std::string each = "(1 - both / all)";
  if (!L::channel_weights::values.empty()) {
    Names items;
    for (const double w : L::channel_weights::values) items.push_back(number(w));
    each += " * torch.tensor(" + list(items, 20) + ", dtype=x.dtype, device=x.device)";
    each = "(" + each + ")";
  }
  l.body += "return " + each + (l.sum ? ".sum()" : ".mean()") + "\n";
  l.per_output = true;
}

/// The loss of a recipe with these numbers.
template <class L>
LossView loss_view(const Numbers<L>& n) {
  LossView l;
  l.targets = target_kind<L>;
  l.sum = std::is_same_v<typename L::reduction, Sum>;
  if constexpr (tuneit::detail::SmoothsLabels<L>) l.smoothing = n.smoothing;
  l.mixes_targets = L::mixes == Mixes::OfTargets;
  if (l.targets == TargetKind::MultiLabel)
    l.targets_of =
        "if labels.dim() == 1:  # numbers of classes: one of K\n"
        "    k = outputs.shape[1]\n"
        "    labels = F.one_hot(labels, k) if k > 1 else labels[:, None]\n";
  if (l.targets != TargetKind::Classes && l.targets != TargetKind::Spans && l.targets != TargetKind::Groups)
    l.targets_of += "labels = labels.to(outputs.dtype)\n";
  l.body = l.targets_of;
  if constexpr (requires { typename L::self; })
    write_loss(Type<typename L::self>{}, Numbers<typename L::self>(n), l);
  else
    write_loss(Type<L>{}, n, l);
  return l;
}

/// Are targets classes or labels, so that hits can be counted?
inline bool counts_correct(const LossView& l) {
  return (l.targets == TargetKind::Classes && !l.tokens) || (l.targets == TargetKind::MultiLabel && !l.pixels);
}

/// `def NAME(outputs, labels)`: the number to be differentiated, and the constants it needs.
inline std::string loss_text(const LossView& l, const std::string& name) {
  const std::string arguments = l.smoothing > 0 ? ", smoothing=" + number(l.smoothing) : "";
  return l.constants + "def " + name + "(outputs, labels" + arguments + "):\n" + indented(l.body);
}

/// `def targets_of(outputs, labels)`: labels as numbers, which can be mixed.
inline std::string targets_text(const LossView& l) {
  return "def targets_of(outputs, labels):\n" + indented(l.targets_of) + "    return labels\n";
}

/// The loss of a batch times its samples, so that means are exact: an expression of what loss_of gave.
inline std::string loss_sum_text(const LossView& l, const std::string& loss, const std::string& samples) {
  if (!l.sum) return loss + " * " + samples;
  return loss + (l.per_output ? " / outputs.shape[1]" : "");
}

}  // namespace tuneit::python
