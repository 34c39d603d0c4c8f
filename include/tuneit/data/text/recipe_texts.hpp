#pragma once
// How does a recipe want its texts?
#include <cstddef>

#include "tuneit/data/text/text_batches.hpp"
#include "tuneit/recipe/finetune.hpp"
#include "tuneit/recipe/numbers/settings.hpp"

namespace tuneit::data {

/// Batches of R in training: BatchSize or TokenBudget, Buckets, the seed of the settings. `TextBatches train(set,
/// text_fields<R>(), train_texts<R>(settings));`, of texts that are cut to settings.side tokens (MaxLength).
template <class R>
TextBatches::Options train_texts(const Settings& s = defaults<R>()) {
  using Common = typename R::common;
  TextBatches::Options options;
  options.bucketing.batch_size = static_cast<std::size_t>(s.batch_size);
  options.bucketing.batches =
      static_cast<std::size_t>(tuneit::detail::pick_from_t<slots::Buckets, Buckets<50>, Common>::count);
  if constexpr (!std::is_void_v<tuneit::detail::pick_from_t<slots::TokenBudget, void, Common>>)
    options.token_budget =
        static_cast<std::size_t>(tuneit::detail::pick_from_t<slots::TokenBudget, void, Common>::count);
  options.bucketing.longest_first = true;
  options.spans_apart = tuneit::detail::loss_places<R>.targets == 2;
  options.group = group_of_targets<typename R::loss::targets>;
  options.seed = s.seed;
  return options;
}
/// The same in tests: the longest texts first.
template <class R>
TextBatches::Options test_texts(const Settings& s = defaults<R>()) {
  TextBatches::Options options = train_texts<R>(s);
  options.test = true;
  return options;
}

}  // namespace tuneit::data
