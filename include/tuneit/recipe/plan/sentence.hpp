#pragma once
// Policies in words: each brings its own, and says where it stands in `explain`.
#include <cstdint>
#include <string>
#include <type_traits>

#include "tuneit/meta/columns.hpp"

namespace tuneit {

/// Where the sentence of a policy stands in `explain`, whatever the recipe's order: `static constexpr Topic topic =
/// Topic::Gradients;` beside `static std::string sentence(const double* numbers)`. Unsaid: Other, at the end. A slot
/// may say it of whatever fills it: `template <class P> static std::string sentence(const double* numbers)`.
enum class Topic : std::uint8_t { Steps, Gradients, Pull, Mixing, Average, Ending, Samples, Head, Other };

namespace detail {

template <class P>
concept SaysTopic = requires {
  requires std::is_same_v<std::remove_cvref_t<decltype(P::topic)>, Topic>;
};
template <class P>
inline constexpr Topic topic_of = Topic::Other;
template <SaysTopic P>
inline constexpr Topic topic_of<P> = P::topic;

}  // namespace detail
}  // namespace tuneit
