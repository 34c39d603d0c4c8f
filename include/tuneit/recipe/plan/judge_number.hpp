#pragma once
// Are the numbers that a policy has in its type within their ranges?
#include "tuneit/recipe/plan/hyperparameter.hpp"
#include "tuneit/verdict/reasons/vocabulary.hpp"

namespace tuneit::detail {

template <class P, bool Ok>
struct JudgeNumber : Demand<Ok, OutOfRange<P>> {};
template <class P>
struct JudgeRanges : JudgeNumber<P, numbers_in_range<P>()> {};

}  // namespace tuneit::detail
