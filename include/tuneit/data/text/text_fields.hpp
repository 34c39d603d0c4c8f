#pragma once
// What does each input of a network take of a text? Its type and its name say it. No LibTorch.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/net/compose.hpp"

namespace tuneit::data {

/// Ids of tokens; which of them are there; of which segment each is; its number from 0.
enum class TextField : std::uint8_t { Ids, Mask, Types, Positions };

namespace detail {

template <class In>
struct FieldOf {
  static std::vector<TextField> add(std::vector<TextField>, bool) {
    throw Error(ErrorKind::Usage, "an input of the network is no text",
                "Texts are for networks of Tokens<...> and MaskInput<...>; write a data::Batches for what is beside.");
  }
};
template <fixed_string Name, int T>
struct FieldOf<MaskInput<Name, T>> {
  static std::vector<TextField> add(std::vector<TextField> all, bool /*first*/) {
    all.push_back(TextField::Mask);
    return all;
  }
};
template <fixed_string Name, int T>
struct FieldOf<Tokens<Name, T>> {
  static std::vector<TextField> add(std::vector<TextField> all, bool first) {
    constexpr std::string_view name{Name.chars, Name.size()};
    if (first)
      all.push_back(TextField::Ids);
    else if (name.find("type") != name.npos || name.find("segment") != name.npos)
      all.push_back(TextField::Types);
    else if (name.find("position") != name.npos)
      all.push_back(TextField::Positions);
    else
      throw Error(ErrorKind::Usage, "nobody knows what the input \"" + std::string(name) + "\" takes of a text",
                  "Inputs behind the first are called token_type_ids (segments), position_ids, or are a MaskInput.");
    return all;
  }
};

}  // namespace detail

/// What the network of a recipe takes of a text, in the order of its inputs. Throws Error(Usage) for one that takes
/// something else.
template <class R>
std::vector<TextField> text_fields() {
  using In = typename R::model::input;
  auto all = detail::FieldOf<typename In::first>::add({}, true);
  [&]<class... Others>(List<Others...>) {
    ((all = detail::FieldOf<Others>::add(std::move(all), false)), ...);
  }(typename In::others{});
  return all;
}

}  // namespace tuneit::data
