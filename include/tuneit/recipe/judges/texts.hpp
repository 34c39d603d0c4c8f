#pragma once
// Do batches of so many tokens fit the texts, and is there nothing else that says how large batches are?
#include "tuneit/recipe/assemble/parts.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit::detail {

template <class P, class Parts>
struct JudgeBudget
    : judge_all<Demand<(P::count >= Parts::side), BudgetTooSmall<P, Parts::side>>,
                Demand<!differs_in_phases<Parts, slots::BatchSize> && !says_for_all<Parts, slots::BatchSize>,
                       Contradiction<
                           P, pick_from_t<slots::BatchSize, BatchSize<Parts::batch_size>, typename Parts::common>>>> {};

}  // namespace tuneit::detail
