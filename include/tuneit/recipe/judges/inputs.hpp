#pragma once
// Has a network an input of this name?
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tuneit/meta/text.hpp"
#include "tuneit/net/wire_log.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

namespace detail {

template <class In>
concept NamedInput = requires {
  In::name.chars;
};
/// What an input is called; one without a name are the images.
template <class In>
constexpr NameText input_text() {
  if constexpr (NamedInput<In>) {
    return name_text<In::name>();
  } else {
    NameText text;
    text.append("images", 6);
    return text;
  }
}
template <class In>
inline constexpr NameText input_name_text = input_text<In>();
template <class In>
constexpr std::string_view input_name() {
  return {input_name_text<In>.data(), input_name_text<In>.size()};
}
template <class In>
constexpr std::uint64_t input_hash() {
  if constexpr (NamedInput<In>)
    return name_hash<In::name>;
  else
    return name_hash<"images">;
}
/// The number of the input of this name, -1: there is none.
template <class First, class... Others>
constexpr int find_input(std::uint64_t name, List<Others...>) {
  if (name == input_hash<First>()) return 0;
  int number = 0, found = -1;
  ((++number, found = input_hash<Others>() == name ? number : found), ...);
  return found;
}
/// The nearest of a network's inputs to a name.
template <class First, class... Others>
constexpr NameText nearest_input(const char* name, std::size_t size, List<Others...>) {
  NameText best;
  std::size_t least = 1000;
  const auto look_at = [&](const NameText& text) {
    const std::size_t d = text::distance(text.data(), text.size(), name, size);
    if (d < least) least = d, best = text;
  };
  look_at(input_text<First>());
  (look_at(input_text<Others>()), ...);
  return best;
}
template <class In, fixed_string Name>
struct NearestInput {
  static constexpr NameText text = nearest_input<typename In::first>(Name.chars, Name.size(), typename In::others{});
  using type = DidYouMean<fixed_string<text.size() + 1>(text.data(), 0)>;
};
template <class Model, fixed_string Name>
inline constexpr int input_index = find_input<typename Model::input::first>(name_hash<Name>,
                                                                            typename Model::input::others{});

template <class Model, fixed_string Name, bool Has = (input_index<Model, Name> >= 0)>
struct JudgeInput {
  using type = Accepted;
};
template <class Model, fixed_string Name>
struct JudgeInput<Model, Name, false> {
  using type = NoSuchInput<Model, Name, typename NearestInput<typename Model::input, Name>::type>;
};

}  // namespace detail

/// What is wrong with the name of an input: `Accepted`, or NoSuchInput with the nearest name there is.
template <class Model, fixed_string Name>
using input_verdict = typename detail::JudgeInput<Model, Name>::type;

/// Stops the compilation with one sentence if a network has no input of this name:
/// `static_assert(has_input<Bert, "ids">());`.
template <class Model, fixed_string Name>
consteval bool has_input() {
  return detail::reported<input_verdict<Model, Name>>();
}

}  // namespace tuneit
