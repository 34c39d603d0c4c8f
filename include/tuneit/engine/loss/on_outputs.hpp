#pragma once
// The losses of a network with several outputs: their weighted sum, and its gradient by each output.
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/run/outputs.hpp"
#include "tuneit/recipe/judges/outputs.hpp"
#include "tuneit/recipe/losses/outputs.hpp"

namespace tuneit {
namespace detail {

[[noreturn, gnu::noinline]] inline void refuse_targets(std::size_t given, int wanted) {
  throw Error(
      ErrorKind::Usage,
      "the recipe's losses take " + std::to_string(wanted) + " targets, and the batch has " + std::to_string(given),
      "Batch::labels are the first, Batch::other_targets the others: one for each output that has a loss, in "
      "the order in which the recipe's losses name them.");
}

[[noreturn, gnu::noinline]] inline void refuse_of_output(const NameText& name, const Error& error) {
  throw Error(error.kind(), "of the output \"" + std::string(name.data(), name.size()) + "\" " + error.what());
}

/// A recipe's losses, one after the other.
template <class R>
class LossesOnOutputs {
  using Loss = typename R::loss;
  static constexpr auto places = loss_places<R>;
  static constexpr auto output_names = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{output_text<typename R::model, static_cast<int>(I)>...};
  }
  (std::make_index_sequence<static_cast<std::size_t>(output_count<typename R::model>)>{});
  static constexpr bool weighted = requires { typename Loss::items; };

 public:
  LossesOnOutputs(const Outputs& y, const std::vector<Targets>& t, const Numbers<Loss>& n, Outputs* gradient)
      : y_(y), t_(t), n_(n), gradient_(gradient) {
    if (t.size() != static_cast<std::size_t>(places.targets)) refuse_targets(t.size(), places.targets);
    if (gradient != nullptr) *gradient = Outputs(std::vector<at::Tensor>(y.size()));
    sum_.count = y[static_cast<std::size_t>(places.output[0])].size(0);
    all(loss_items<Loss>{});
  }
  StepResult take() { return std::move(sum_); }

 private:
  template <class... Ls>
  void all(List<Ls...>) {
    std::size_t which = 0, at = 0;
    (add<Ls>(which, at), ...);
    if (!counts_) sum_.correct = -1.0;
  }
  template <class L>
  void add(std::size_t& which, std::size_t& at) {
    const auto o = static_cast<std::size_t>(places.output[which]), t = static_cast<std::size_t>(places.target[which]);
    double weight = 1;
    Numbers<L> own;
    if constexpr (weighted) {
      weight = n_[at++];
      if constexpr (number_count<L> != 0) own = Numbers<L>(n_.data() + at);
    } else {
      own = n_;
    }
    if constexpr (SmoothsLabels<L>) own.smoothing = n_.smoothing;
    at::Tensor slope;
    StepResult one = [&] {
      try {
        return loss_of<L>(y_[o], t_[t], own, gradient_ == nullptr ? nullptr : &slope);
      } catch (const Error& error) {
        refuse_of_output(output_names[o], error);
      }
    }();
    sum_.loss.add(one.loss, weight);
    if (gradient_ != nullptr) {
      at::Tensor& g = (*gradient_)[o];
      if (weighted) slope = slope.mul(weight);
      g = g.defined() ? g.add_(slope) : std::move(slope);
    }
    if (one.labels == StepResult::of_tokens) {  // counted apart: others are of samples
      if (!one.correct_labels.on_device() && sum_.labels == 0) {
        sum_.labels = static_cast<std::int64_t>(one.correct_labels);
        sum_.correct_labels = std::move(one.correct);
      }
    } else if (are_of_classes(target_kind<L>) && !counts_) {
      sum_.correct = std::move(one.correct);
      counts_ = true;
    }
    if (one.labels > 0 && sum_.labels == 0) {
      sum_.correct_labels = std::move(one.correct_labels);
      sum_.labels = one.labels;
    }
    if (one.outside.defined())
      sum_.outside = sum_.outside.defined() ? sum_.outside.logical_or(one.outside) : std::move(one.outside);
    ++which;
    at += number_count<L>;
  }

  const Outputs& y_;
  const std::vector<Targets>& t_;
  const Numbers<Loss>& n_;
  Outputs* gradient_;
  StepResult sum_{};
  bool counts_ = false;
};

}  // namespace detail

/// The weighted sum of R's losses of the outputs y, and where `gradient` is not null its gradient by each of them:
/// undefined where an output has no loss. t: in the order in which the losses name their outputs. Hits and labels that
/// are told right are those of the first loss that counts them. Throws as loss_of, and Error(Usage) where targets are
/// not as many as outputs with a loss.
template <class R>
StepResult losses_of(const Outputs& y, const std::vector<Targets>& t, const Numbers<typename R::loss>& n,
                     Outputs* gradient) {
  return detail::LossesOnOutputs<R>(y, t, n, gradient).take();
}

}  // namespace tuneit
