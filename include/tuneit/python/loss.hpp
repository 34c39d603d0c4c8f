#pragma once
// Losses and optimizers as PyTorch writes them.
#include <string>

#include "tuneit/python/schedules.hpp"
#include "tuneit/recipe/settings.hpp"

namespace tuneit::python {

template <class L>
std::string class_weights() {
  std::string text;
  for (const double w : L::class_weights::values) text += (text.empty() ? "" : ", ") + number(w);
  return text.empty() ? "" : ", weight=torch.tensor([" + text + "], dtype=outputs.dtype, device=outputs.device)";
}

/// The body of `def loss_of(outputs, labels)`: a number to be differentiated.
template <class R>
std::string loss_text(const Settings& s) {
  using L = typename R::loss;
  constexpr bool sum = std::is_same_v<typename L::reduction, Sum>;
  const std::string reduction = sum ? ", reduction=\"sum\"" : "";
  std::string text;
  switch (L::kind) {
    case LossKind::CrossEntropy:
      return "    return F.cross_entropy(outputs, labels" + class_weights<L>() +
             (s.label_smoothing > 0 ? ", label_smoothing=" + number(s.label_smoothing) : "") + reduction + ")\n";
    case LossKind::BinaryCrossEntropy:
      text =
          "    targets = as_targets(labels, outputs)\n    return F.binary_cross_entropy_with_logits(outputs, targets";
      if (L::loss.pos_weight != 1)
        text += ", pos_weight=torch.full((outputs.shape[1],), " + number(L::loss.pos_weight) + ", dtype=outputs.dtype)";
      return text + reduction + ")\n";
    case LossKind::MeanSquaredError:
      return "    return F.mse_loss(outputs, as_targets(labels, outputs)" + reduction + ")\n";
    case LossKind::Focal:
      return "    return torchvision.ops.sigmoid_focal_loss(outputs, as_targets(labels, outputs), alpha=" +
             number(L::loss.alpha) + ", gamma=" + number(L::loss.gamma) + ", reduction=\"" + (sum ? "sum" : "mean") +
             "\")\n";
  }
  return text;
}

/// The optimizer's constructor, of `groups`.
inline std::string optimizer_text(Algorithm a, const OptimizerNumbers& n) {
  const std::string common = "groups, lr=" + number(n.lr) + ", weight_decay=" + number(n.weight_decay);
  switch (a) {
    case Algorithm::Sgd:
      return "torch.optim.SGD(" + common + ", momentum=" + number(n.momentum) + ", dampening=" + number(n.dampening) +
             ", nesterov=" + (n.nesterov ? "True" : "False") + ")";
    case Algorithm::Adam:
    case Algorithm::AdamW:
      return std::string("torch.optim.") + (a == Algorithm::Adam ? "Adam" : "AdamW") + "(" + common + ", betas=(" +
             number(n.beta1) + ", " + number(n.beta2) + "), eps=" + number(n.eps) +
             (n.amsgrad ? ", amsgrad=True)" : ")");
    case Algorithm::Adagrad:
      return "torch.optim.Adagrad(" + common + ", lr_decay=" + number(n.lr_decay) +
             ", initial_accumulator_value=" + number(n.accumulator) + ", eps=" + number(n.eps) + ")";
    case Algorithm::RmsProp:
      return "torch.optim.RMSprop(" + common + ", alpha=" + number(n.smoothing) + ", eps=" + number(n.eps) +
             ", momentum=" + number(n.momentum) + ", centered=" + (n.centered ? "True" : "False") + ")";
    case Algorithm::Lion:
      return "timm.optim.Lion(" + common + ", betas=(" + number(n.beta1) + ", " + number(n.beta2) + "))";
    case Algorithm::Chosen:
      break;
  }
  return "";
}

}  // namespace tuneit::python
