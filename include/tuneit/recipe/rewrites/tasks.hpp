#pragma once
// Heads of networks of texts: what a recipe says instead of ReplaceHead<K>, where the network has a head for it.
#include "tuneit/models/tasks.hpp"
#include "tuneit/recipe/policies/replace_head.hpp"

namespace tuneit {

namespace detail {

template <class Model, class Task, bool Has = has_head_for<Model, Task>>
struct WithHeadFor {
  using type = Model;  // refused
};
template <class Model, class Task>
struct WithHeadFor<Model, Task, true> {
  using type = ForTask<Model, Task>;
};

/// The head of a network for a task.
struct TaskHead : PolicyTag {
  using slot = slots::Head;
  using initialiser = DefaultInit;
  static constexpr int classes = 0;  ///< their number is no matter of the recipe
  static constexpr bool concatenates = false;
};
template <class Policy, class Task, class Model>
using JudgeTask = Demand<has_head_for<origin_t<Model>, Task>, HeadDoesNotFit<Policy, origin_t<Model>>>;

}  // namespace detail

/// K classes of a text: what stands before the classifier is the family's (BERT's pooler and dropout, ...). Option:
/// MeanPooling, the classifier reads the mean of all tokens.
template <int K, class... Options>
struct Classify : detail::TaskHead {
  static constexpr int classes = K;
  template <class Model>
  using adapted = typename detail::WithHeadFor<Model, tasks::Classes<K, Options...>>::type;
  template <class Model>
  using judge = judge_all<detail::JudgeNumber<Classify, (K >= 1 || K == Dynamic)>,
                          detail::JudgeTask<Classify, tasks::Classes<K, Options...>, Model>>;
};

/// One of K tags for each token: outputs [N, S, K].
template <int K>
struct TagTokens : detail::TaskHead {
  static constexpr int classes = K;
  template <class Model>
  using adapted = typename detail::WithHeadFor<Model, tasks::Tags<K>>::type;
  template <class Model>
  using judge = judge_all<detail::JudgeNumber<TagTokens, (K >= 1 || K == Dynamic)>,
                          detail::JudgeTask<TagTokens, tasks::Tags<K>, Model>>;
};

/// Where an answer begins and ends: outputs [N, S, 2].
struct AnswerSpans : detail::TaskHead {
  template <class Model>
  using adapted = typename detail::WithHeadFor<Model, tasks::Spans>::type;
  template <class Model>
  using judge = detail::JudgeTask<AnswerSpans, tasks::Spans, Model>;
};

/// Which tokens were hidden: outputs [N, S, vocabulary], through a decoder that is tied to the embeddings.
struct MaskedLm : detail::TaskHead {
  template <class Model>
  using adapted = typename detail::WithHeadFor<Model, tasks::MaskedTokens>::type;
  template <class Model>
  using judge = detail::JudgeTask<MaskedLm, tasks::MaskedTokens, Model>;
};

/// Which token comes next: outputs [N, S, vocabulary], through a decoder that is tied to the embeddings.
struct CausalLm : detail::TaskHead {
  template <class Model>
  using adapted = typename detail::WithHeadFor<Model, tasks::NextToken>::type;
  template <class Model>
  using judge = detail::JudgeTask<CausalLm, tasks::NextToken, Model>;
};

}  // namespace tuneit
