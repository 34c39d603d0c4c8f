#pragma once
// The losses of a recipe as a script has them: one, or the weighted sum of several, each of an output of the network.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/loss.hpp"
#include "tuneit/recipe/judges/outputs.hpp"
#include "tuneit/recipe/numbers/loss_numbers.hpp"

namespace tuneit::python {

/// One of several losses.
struct WeightedLoss {
  LossView loss;
  double weight = 1;
  std::string output;  ///< of which output
};

/// All of a recipe, and the targets that they take.
struct LossesView {
  LossView loss;                    ///< the only one; of several what they have in common
  std::vector<WeightedLoss> items;  ///< of Losses; else empty
  std::string output;               ///< the only output that has a loss, where the network has others
  Names targets;                    ///< of several, the names of their outputs; else empty
  bool pixels = false;              ///< some targets are of pixels
};

namespace detail {

template <class Model, std::size_t... I>
Names output_names(std::index_sequence<I...>) {
  const auto name = [](const auto& text) { return std::string(text.data(), text.size()); };
  return {name(tuneit::detail::output_text<Model, static_cast<int>(I)>)...};
}

/// Of each loss its weight and its numbers; n: those of all.
template <class... Ls, class N>
std::vector<WeightedLoss> weighted_losses(List<Ls...>, const N& n) {
  std::vector<WeightedLoss> items;
  std::size_t at = 0;
  const auto one = [&]<class L>(Type<L>, const auto& all) {  // all: n, but that clang looks at it for each L anew
    const double weight = all[at++];
    Numbers<L> own;
    if constexpr (number_count<L> != 0) own = Numbers<L>(all.data() + at);
    if constexpr (tuneit::detail::SmoothsLabels<L>) own.smoothing = all.smoothing;
    at += number_count<L>;
    items.push_back({loss_view(own), weight, ""});
  };
  (one(Type<Ls>{}, n), ...);
  return items;
}

}  // namespace detail

/// The losses of a recipe under run-time numbers. Throws Error(Usage) for what cannot be written.
template <class R>
LossesView losses_view(const Settings& s) {
  using Loss = typename R::loss;
  constexpr auto places = tuneit::detail::loss_places<R>;
  constexpr std::size_t outputs = tuneit::detail::output_count<typename R::model>;
  const Names names = detail::output_names<typename R::model>(std::make_index_sequence<outputs>{});
  LossesView v;
  for (const bool pixels : tuneit::detail::targets_of_pixels<R>) v.pixels = v.pixels || pixels;
  if constexpr (requires { typename Loss::items; }) {
    v.items = detail::weighted_losses(typename Loss::items{}, loss_numbers<R>(s));
    v.loss.targets = TargetKind::Values;  // the first of classes is counted
    for (std::size_t i = 0; i < v.items.size(); ++i) {
      WeightedLoss& item = v.items[i];
      item.output = names[static_cast<std::size_t>(places.output[i])];
      if (item.loss.sum)
        throw Error(ErrorKind::Usage,
                    "nobody knows how to write sums over the batch (Sum) of several losses as a "
                    "PyTorch script",
                    "Take the mean, or train with this program.");
      v.loss.smoothing = std::max(v.loss.smoothing, item.loss.smoothing);
      v.loss.mixes_targets = v.loss.mixes_targets || item.loss.mixes_targets;
      v.loss.weighs_classes = v.loss.weighs_classes || item.loss.weighs_classes;
      if (places.loss_of(places.output[i]) == static_cast<int>(i) && places.targets > 1)
        v.targets.push_back(item.output);
      if (v.loss.targets != TargetKind::Classes && item.loss.targets == TargetKind::Classes) {
        v.loss.targets = TargetKind::Classes;
        if (outputs > 1) v.output = item.output;
      }
    }
    if (v.targets.empty() && outputs > 1) v.output = v.items[0].output;
  } else {
    v.loss = loss_view(loss_numbers<R>(s));
    if (outputs > 1) v.output = names[static_cast<std::size_t>(places.output[0])];
    if constexpr (takes_token_outputs<Loss>)
      if (target_kind<Loss> == TargetKind::Classes &&
          tuneit::detail::output_shape<typename R::model, places.output[0]>().rank == 2) {
        v.loss.tokens = true;
        v.loss.body = "outputs, labels = outputs.flatten(0, 1), labels.flatten()  # of each token\n" + v.loss.body;
        v.loss.share = v.loss.weighs_classes ? "torch.tensor(CLASS_WEIGHTS)[labels[labels != -100].cpu()].sum().item()"
                                             : "(labels != -100).sum().item()";
      }
  }
  v.loss.pixels = v.pixels;
  return v;
}

/// `def loss_of(outputs, labels)`, after those of which it is the sum.
inline std::string losses_text(const LossesView& v) {
  if (v.items.empty()) return loss_text(v.loss, "loss_of");
  std::string text, sum;
  std::size_t number = 0;
  for (const WeightedLoss& item : v.items) {
    const std::string name = "loss_" + whole(static_cast<double>(++number)),
                      of = v.targets.empty() ? "" : "[" + in_quotes(item.output) + "]";
    text += replaced(loss_text(item.loss, name), "CLASS_WEIGHTS", "CLASS_WEIGHTS_" + name.substr(5)) + "\n\n";
    sum += (sum.empty() ? "" : " + ") + python::number(item.weight) + " * " + name + "(outputs" + of + ", labels" + of +
           (item.loss.smoothing > 0 ? ", smoothing" : "") + ")";
  }
  const std::string arguments = v.loss.smoothing > 0 ? ", smoothing=" + python::number(v.loss.smoothing) : "";
  return text + "def loss_of(outputs, labels" + arguments + "):\n    return " + sum + "\n";
}

}  // namespace tuneit::python
