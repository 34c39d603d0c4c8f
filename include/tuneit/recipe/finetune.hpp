#pragma once
// Finetune<Model, Policies...>: judged once, here; then everything that follows from it is a constant.
#include "tuneit/recipe/judge.hpp"

namespace tuneit {

/// A recipe: what is fine-tuned and how. Stops the compilation with one sentence if its verdict is a reason.
/// Members: `model` (with the new head), `origin`, `optimizer`, `schedule`, `warmup`, `loss`, `precision`, `epochs`,
/// `batch_size`, `new_classes` (0 if the head is kept, Dynamic if it comes at run time).
template <class Model, class... Policies>
struct Finetune : detail::Report<verdict<Finetune<Model, Policies...>>>::template recipe<Model, Policies...> {};

/// What the recipe does with each tensor of its model (rows of `table<R::model>`).
template <class R>
inline constexpr const auto& plan = detail::plan_of_parts<typename R::parts>;

}  // namespace tuneit
