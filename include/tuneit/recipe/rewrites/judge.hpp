#pragma once
// Does a rule that changes the network fit it?
#include "tuneit/recipe/rewrites/rewritten.hpp"
#include "tuneit/recipe/selectors/judge_selector.hpp"

namespace tuneit::detail {

// The step of a model's rewrites that is a rule's.
template <class Model, class Rule>
struct RewriteStep;
template <class Before, class Rule>
struct RewriteStep<Rewritten<Before, Rule>, Rule> {
  using before = Before;
  static constexpr RewriteCount count = rewrite_of<Before, Rule>::count;
};
template <class Before, class Last, class Rule>
struct RewriteStep<Rewritten<Before, Last>, Rule> : RewriteStep<Before, Rule> {};

template <class Model, class Rule>
struct JudgeRewriteCount
    : judge_all<Demand<RewriteStep<Model, Rule>::count.twice == 0, RewrittenTwice<origin_t<Model>, Rule>>,
                Demand<(RewriteStep<Model, Rule>::count.changed > 0), RewritesNothing<origin_t<Model>, Rule>>,
                Demand<RewriteStep<Model, Rule>::count.least == 0,
                       RankTooLarge<origin_t<Model>, Rule, RewriteStep<Model, Rule>::count.least>>> {};

template <class Model, class Rule>
struct JudgeRule {
  using type = LacksItsMember<Rule, Member::selector>;
};
/// Does a rule say what it makes of leaves?
template <class Rule>
concept SaysOn = requires {
  typename Rule::template on<Identity>;
};
template <class Model, class Rule>
requires(requires { typename Rule::selector; } && !SaysOn<Rule>) struct JudgeRule<Model, Rule> {
  using type = LacksItsMember<Rule, Member::on_leaf>;
};
template <class Model, class Rule>
requires(requires { typename Rule::selector; } && SaysOn<Rule>) struct JudgeRule<Model, Rule>
    : judge_all<JudgeSelector<Rule, typename RewriteStep<Model, Rule>::before, typename Rule::selector>,
                JudgeRewriteCount<Model, Rule>> {
};

}  // namespace tuneit::detail
