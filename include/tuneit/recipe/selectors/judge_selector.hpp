#pragma once
// Is this selector meant for this model? The answer names the first wrong layer and the nearest right one.
#include "tuneit/recipe/selectors/selector_words.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

/// The model that a person wrote: messages name it, not the one with the new head.
template <class Model>
struct OriginOf {
  using type = Model;
};
template <class Model>
requires requires { typename Model::root; }
struct OriginOf<Model> {
  using type = typename Model::root;
};
template <class Model>
using origin_t = typename OriginOf<Model>::type;

namespace detail {

using Spelling = Text<128>;

// The nearest existing name, found component by component: "layr3.1.bn" -> "layer3", then among its children
// "layer3.1", then "layer3.1.bn1". Few names are compared that way; all prefixes of all tensors would pass clang's step
// limit.
template <class Model, class... Blocks>
constexpr Spelling nearest_name(const char* name, std::size_t n, List<Blocks...>) {
  const auto& t = table<Model>;
  Spelling best;
  while (n > 0 && name[n - 1] == '.') --n;  // "layer4." means layer4, not a child of it
  std::size_t begin = 0;
  while (begin <= n) {
    std::size_t end = begin;
    while (end < n && name[end] != '.') ++end;
    const Spelling parent = best;
    Spelling here;
    std::size_t least = 1000;
    const auto offer = [&](const char* candidate, std::size_t size) {
      const std::size_t d = text::distance(candidate, size, name + begin, end - begin);
      if (d < least) {
        least = d;
        here = Spelling{};
        here.append(candidate, size);
      }
    };
    if (begin == 0) (offer(Blocks::name.data(), Blocks::name.size()), ...);
    const char* last = nullptr;
    std::size_t last_size = 0;
    for (std::size_t i = 0; i < t.size; ++i) {
      const char* row = t.name_data(i);
      const std::size_t row_size = t.rows[i].name_size;
      std::size_t from = 0;
      if (parent.size() > 0) {
        if (row_size <= parent.size() || !text::inside(row, row_size, parent.data(), parent.size())) continue;
        from = parent.size() + 1;
      }
      std::size_t to = from;
      while (to < row_size && row[to] != '.') ++to;
      if (last != nullptr && text::equal(last, last_size, row + from, to - from)) continue;
      last = row + from;
      last_size = to - from;
      offer(last, last_size);
    }
    if (least == 1000) break;  // the parent is a tensor or a block's name: nothing below it
    if (best.size() > 0) best.append(".", 1);
    best.append(here.data(), here.size());
    begin = end + 1;
  }
  return best;
}

template <class Model, fixed_string Name>
struct NearestLayer {
  static constexpr Spelling spelling = nearest_name<Model>(Name.data(), Name.size(), typename Model::blocks{});
  using type = DidYouMean<fixed_string<spelling.size() + 1>(spelling.data(), spelling.size())>;
};

template <class Model, fixed_string Name>
constexpr bool layer_exists() {
  for (std::size_t i = 0; i < table<Model>.size; ++i)
    if (named<Model, Name>(i)) return true;
  return false;
}

// The hint for a name that is not there: the selector that it is by itself; the name without the first component, where
// the model has that ("module.layer1" of a DataParallel); else the nearest.
template <fixed_string Name>
constexpr std::size_t after_first_dot() {
  for (std::size_t i = 0; i < Name.size(); ++i)
    if (Name.data()[i] == '.') return i + 1;
  return 0;
}
template <class Model, fixed_string Name>
constexpr auto hint_for() {
  constexpr int selector = selector_called(Name.data(), Name.size());
  constexpr std::size_t rest = after_first_dot<Name>();
  if constexpr (selector >= 0) {
    return Type<WithoutLayer<typename TypeAt<std::size_t{selector}, NamedSelectors>::type>>{};
  } else if constexpr (rest > 0 && rest < Name.size()) {
    constexpr fixed_string<Name.size() - rest + 1> shorter(Name.data() + rest, Name.size() - rest);
    if constexpr (layer_exists<Model, shorter>())
      return Type<DidYouMean<shorter>>{};
    else
      return NearestLayer<Model, Name>{};
  } else {
    return NearestLayer<Model, Name>{};
  }
}
template <class Model, fixed_string Name>
struct HintFor : decltype(hint_for<Model, Name>()) {};

// Does a text have one of these characters?
constexpr bool has_any(const char* name, std::size_t n, const char* characters) {
  for (std::size_t i = 0; i < n; ++i)
    for (const char* c = characters; *c != '\0'; ++c)
      if (name[i] == *c) return true;
  return false;
}

template <class Model, fixed_string Name, bool Pattern>
struct JudgeSpelling {
  using type = NoSuchLayer<origin_t<Model>, Name, typename HintFor<Model, Name>::type>;
};
template <class Model, fixed_string Name>
struct JudgeSpelling<Model, Name, true> {
  using type = PatternInLayer<origin_t<Model>, Name>;
};
template <class Model, fixed_string Name, bool Exists = layer_exists<Model, Name>()>
struct JudgeName {
  using type = Accepted;
};
template <class Model, fixed_string Name>
struct JudgeName<Model, Name, false> : JudgeSpelling<Model, Name, has_any(Name.data(), Name.size(), "*?[]")> {};

// A pattern of regular expressions. Where it matches something all the same, only [^...] is a mistake for certain.
template <fixed_string Glob>
constexpr bool has_caret_set() {
  for (std::size_t i = 0; i + 1 < Glob.size(); ++i)
    if (Glob.data()[i] == '[' && Glob.data()[i + 1] == '^') return true;
  return false;
}
template <class Model, fixed_string Glob>
constexpr bool looks_like_regex() {
  if (has_caret_set<Glob>()) return true;
  return (has_any(Glob.data(), Glob.size(), "\\^$+|(){}") || (Glob.size() > 0 && Glob.data()[0] == '.')) &&
         !mask<Model, Match<Glob>>.any();
}

template <class Model, class S>
struct JudgeAny : Demand<mask<Model, S>.any(), MatchesNothing<origin_t<Model>, S>> {};

// What a selector demands beside matching something: the names and ranges in it must exist.
template <class Model, class S>
struct JudgeParts {
  using type = Accepted;
};
template <class Model, fixed_string... Names>
struct JudgeParts<Model, Layer<Names...>> : judge_all<JudgeName<Model, Names>...> {};
template <class Model>
struct JudgeParts<Model, Layer<>> {
  using type = NothingInside<Layer<>>;
};
template <class Model, fixed_string Glob>
struct JudgeParts<Model, Match<Glob>>
    : Demand<!looks_like_regex<Model, Glob>(), LooksLikeRegex<origin_t<Model>, Match<Glob>>> {};

template <class Model, int First, int Last>
struct JudgeParts<Model, Layers<First, Last>>
    : Demand<(0 <= First && First < Last && Last <= static_cast<int>(Model::block_count)),
             NoSuchBlocks<origin_t<Model>, Layers<First, Last>, static_cast<int>(Model::block_count)>> {};

template <class S, class Model>
concept AnswersMatches = requires(std::size_t row) {
  { S::template matches<Model>(row) } -> std::convertible_to<bool>;
};
template <class S, class Model>
struct JudgeMatches : Demand<AnswersMatches<S, Model>, LacksItsFunction<S>> {};

template <class Policy, class Model, class S, bool = Selector<S>>
struct JudgeSelector {
  using type = NotASelector<Policy, S>;
};
template <class Policy, class Model, class S>
struct JudgeSelector<Policy, Model, S, true>
    : judge_all<JudgeParts<Model, S>, JudgeMatches<S, Model>, JudgeAny<Model, S>> {};

// The words alone: it may select nothing.
template <class Policy, class Model, class S, bool = Selector<S>>
struct JudgeSelectorWords {
  using type = NotASelector<Policy, S>;
};
template <class Policy, class Model, class S>
struct JudgeSelectorWords<Policy, Model, S, true> : judge_all<JudgeParts<Model, S>, JudgeMatches<S, Model>> {};

template <class Policy, class Model, class... Ss>
using JudgeEach = judge_all<JudgeSelector<Policy, Model, Ss>...>;

template <class Model, class S>
struct JudgeParts<Model, Except<S>> : JudgeSelector<Except<S>, Model, S> {};
template <class Model, class... Ss>
struct JudgeParts<Model, Union<Ss...>> : JudgeEach<Union<Ss...>, Model, Ss...> {};
template <class Model, class... Ss>
struct JudgeParts<Model, Intersect<Ss...>> : JudgeEach<Intersect<Ss...>, Model, Ss...> {};
template <class Model>
struct JudgeParts<Model, Union<>> {
  using type = NothingInside<Union<>>;
};
template <class Model>
struct JudgeParts<Model, Intersect<>> {
  using type = NothingInside<Intersect<>>;
};

}  // namespace detail

/// The judge of a policy's selector: its member `type` is Accepted or NotASelector, NoSuchLayer, NoSuchBlocks,
/// MatchesNothing.
template <class Policy, class Model, class S>
using judge_selector = detail::JudgeSelector<Policy, Model, S>;

}  // namespace tuneit
