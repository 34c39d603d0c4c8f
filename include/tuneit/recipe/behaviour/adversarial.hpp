#pragma once
// Training on words that are moved to where the loss is larger.
#include <array>
#include <string>

#include "tuneit/recipe/plan/behaviour.hpp"
#include "tuneit/recipe/plan/judge_number.hpp"
#include "tuneit/recipe/plan/plan.hpp"
#include "tuneit/recipe/plan/sentence.hpp"
#include "tuneit/recipe/selectors/modules.hpp"

namespace tuneit {

namespace detail {

// Judged with the whole recipe: does what P is about train?
template <class P, class Parts>
struct JudgeAbout;

}  // namespace detail

/// The fast gradient method (arXiv 1605.07725) on tables of words, as it is used for fine-tuning: a step's gradient is
/// g
/// + g', g' the gradient with each table E that S selects at E + Eps g_E / |g_E|. Two passes a step; the loss that is
/// told is that of the first. The paper moves the vectors of each text by themselves. Eps > 0.
template <auto Eps = 1.0, class S = Modules<"word_embeddings">>
struct Fgm : PolicyTag {
  static constexpr Moments acts = AroundGradients;
  static constexpr Effects effects{.weight_copies = 1, .gradient_copies = 1, .replays = true};
  using selector = S;
  static constexpr std::array numbers{Hyperparameter{.name = "fgm",
                                                     .value = static_cast<double>(Eps),
                                                     .open = true,
                                                     .about = "how far tables of words are moved uphill"}};
  static constexpr bool is_about(const TensorRow&, const PlanRow&) { return true; }
  static std::string sentence(const double* n) {
    return "FGM: the gradient at a distance of " + short_number(n[0]) +
           " of word embeddings uphill is added (two passes a step)";
  }
  template <class Parts>
  using judge_recipe = detail::JudgeAbout<Fgm, Parts>;
  template <class Model>
  using judge = judge_all<judge_selector<Fgm, Model, S>, detail::JudgeRanges<Fgm>>;
};

/// FreeLB (arXiv 1909.11764): each batch goes through the network K times, with a delta added to the vectors that a
/// table of words gives, and a step's gradient is the mean of those K. delta starts uniform within Magnitude / sqrt(n)
/// in each number, n the numbers of a text (of its tokens that are there), and behind each pass but the last it goes
/// Step g / |g| further, g the gradient by it and |g| its norm in a text; where it is longer than Most (0: without a
/// bound) in a text, it is shortened to that. Each pass draws its own dropout, and the loss that is told is that of the
/// first. S: the table, of an Embedding that trains. Three numbers more for each that it gives are kept, which
/// memory<R> does not count.
template <int K = 3, auto Step = 0.1, auto Magnitude = 0.02, auto Most = 0, class S = Modules<"word_embeddings">>
struct FreeLb : PolicyTag {
  static constexpr Moments acts = OnInputs | AroundGradients;
  static constexpr Effects effects{.gradient_copies = 1};
  using selector = S;
  static constexpr std::array numbers{
      Hyperparameter{.name = "free-lb",
                     .value = static_cast<double>(K),
                     .least = 1,
                     .whole = true,
                     .about = "passes a batch with words that are moved"},
      Hyperparameter{
          .name = "free-lb-step", .value = static_cast<double>(Step), .about = "how far words move each time"},
      Hyperparameter{.name = "free-lb-start",
                     .value = static_cast<double>(Magnitude),
                     .about = "how far words are moved at random at first"},
      Hyperparameter{.name = "free-lb-most",
                     .value = static_cast<double>(Most),
                     .about = "how far a text is moved at the most; 0: without a bound"}};
  static constexpr bool is_about(const TensorRow& row, const PlanRow&) { return row.rank == 2; }
  static std::string sentence(const double* n) {
    return "FreeLB: gradients are means over " + short_number(n[0]) + " passes with words that are moved uphill, by " +
           short_number(n[1]) + " each time";
  }
  template <class Parts>
  using judge_recipe = detail::JudgeAbout<FreeLb, Parts>;
  template <class Model>
  using judge = judge_all<judge_selector<FreeLb, Model, S>, detail::JudgeRanges<FreeLb>>;
};

}  // namespace tuneit
