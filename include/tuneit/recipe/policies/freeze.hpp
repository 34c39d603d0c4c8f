#pragma once
// What does not move: Freeze, TrainOnly and Unfreeze, and for batch norm the statistics alone.
#include "tuneit/recipe/plan/edit.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit {

/// The tensors of S keep their values: no gradient, no decay, no momentum. For batch norm layers whose statistics are
/// in S that means all three facts: affine frozen, running statistics not updated, normalising by running statistics.
template <class S>
struct Freeze : PolicyTag {
  static constexpr Stage stage = Stage::Freeze;
  template <class Model>
  using judge = judge_selector<Freeze, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow&) {
      row.frozen = true;
      row.batch_statistics = false;
    });
  }
};

namespace slots {
struct TrainOnly {};
}  // namespace slots

namespace detail {

template <class Policy, class Model, class S>
struct JudgeSome : Demand<mask<Model, S>.any(), OnlyNothing<origin_t<Model>, Policy>> {};
template <class Policy, class Model, class S>
struct JudgeNotAll : Demand<mask<Model, Except<S>>.any(), OnlyEverything<origin_t<Model>, Policy>> {};

}  // namespace detail

/// Nothing but the tensors of S moves: `Freeze<Except<S>>`, tensor by tensor, statistics of batch norms included. A new
/// head that is not in S would stay random and is refused: `TrainOnly<Union<Layer<"layer4">, Head>>`. A recipe (and
/// each of its phases) says it once; Unfreeze and Freeze beside it add to it and take away.
template <class S>
struct TrainOnly : PolicyTag {
  using slot = slots::TrainOnly;
  static constexpr Stage stage = Stage::Freeze;
  template <class Model>
  using judge = judge_all<detail::JudgeSelectorWords<TrainOnly, Model, S>, detail::JudgeSome<TrainOnly, Model, S>,
                          detail::JudgeNotAll<TrainOnly, Model, S>>;
  template <class Model>
  static constexpr const auto& selects() {  // what it freezes
    return mask<Model, Except<S>>;
  }
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    Freeze<Except<S>>::template apply<Model>(plan);
  }
};

/// Takes the tensors of S out of every Freeze of the recipe, wherever it stands: `Freeze<Backbone>,
/// Unfreeze<Layer<"layer4">>`.
template <class S>
struct Unfreeze : PolicyTag {
  static constexpr Stage stage = Stage::Unfreeze;
  template <class Model>
  using judge = judge_selector<Unfreeze, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow& tensor) {
      row.frozen = false;
      row.batch_statistics = tensor.is_buffer();
    });
  }
};

namespace detail {

// Does S select running statistics? (Judged before whether it selects anything: `Norms` of a network without is
// nothing.)
template <class Model, class S>
constexpr bool selects_statistics() {
  if constexpr (Selector<S>)
    for (std::size_t i = 0; i < table<Model>.size; ++i)
      if (mask<Model, S>.at[i] && table<Model>.rows[i].is_buffer()) return true;
  return false;
}
template <class Policy, class Model, class S>
struct JudgeStatistics : Demand<selects_statistics<Model, S>(), NoBatchNorm<origin_t<Model>, Policy>> {};
template <class Policy, class Model, class S>
using judge_statistics = judge_all<JudgeSelectorWords<Policy, Model, S>, JudgeStatistics<Policy, Model, S>>;

}  // namespace detail

/// Batch norms in S normalise by their running statistics and do not update them, while weight and bias may train.
template <class S = Norms>
struct FrozenStats : PolicyTag {
  static constexpr Stage stage = Stage::Statistics;
  template <class Model>
  using judge = detail::judge_statistics<FrozenStats, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow& tensor) {
      row.frozen = row.frozen || tensor.is_buffer();
      row.batch_statistics = false;
    });
  }
};

/// Batch norms in S normalise by the batch and update their running statistics, even where weight and bias are frozen.
template <class S = Norms>
struct BatchStats : PolicyTag {
  static constexpr Stage stage = Stage::Statistics;
  template <class Model>
  using judge = detail::judge_statistics<BatchStats, Model, S>;
  template <class Model, class P>
  static constexpr void apply(P& plan) {
    edit_rows<Model, S>(plan, [](PlanRow& row, const TensorRow& tensor) {
      row.frozen = row.frozen && !tensor.is_buffer();
      row.batch_statistics = tensor.is_buffer();
    });
  }
};

}  // namespace tuneit
