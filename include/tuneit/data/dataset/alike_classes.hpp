#pragma once
// Which classes of a data set can people not tell apart, and are they to be one?
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <range/v3/algorithm/all_of.hpp>
#include <range/v3/algorithm/sort.hpp>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/alike.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// Classes sorted by number where all labels are integers, else by bytes. No two are equal on return.
inline std::vector<std::string> sorted_classes(std::vector<std::string> labels) {
  ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  const auto number = [](const std::string& text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  };
  if (ranges::all_of(labels, [&](const std::string& label) { return number(label).has_value(); }))
    ranges::sort(labels, [&](const auto& a, const auto& b) {
      return std::pair(*number(a), a) < std::pair(*number(b), b);  // "01" and "1" are two classes
    });
  return labels;
}

/// Classes of one look, by the name that most pictures have (the first by bytes among equals).
struct AlikeClasses {
  std::vector<std::size_t> members;  // positions in the list of classes; the first is the name for all
};

inline std::vector<AlikeClasses> alike_classes(const std::vector<std::string>& names,
                                               const std::vector<std::size_t>& counts) {
  std::map<std::string, std::vector<std::size_t>> by_look;
  for (std::size_t i = 0; i < names.size(); ++i) by_look[io::look_of(names[i])].push_back(i);
  std::vector<AlikeClasses> out;
  for (auto& [look, members] : by_look) {
    if (members.size() < 2) continue;
    std::stable_sort(members.begin(), members.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
    out.push_back({std::move(members)});
  }
  return out;
}

inline std::string counted_name(const std::string& name, std::size_t count, const std::string& noun) {
  return io::quote(name) + " (" + count_text(count, noun) + ")";
}

/// "'cat ' (8 pictures) and 'cat' (16 pictures) differ only in blanks"
inline std::string alike_text(const std::string& one, std::size_t of_one, const std::string& other,
                              std::size_t of_other, const std::string& noun = "picture") {
  return counted_name(one, of_one, noun) + " and " + counted_name(other, of_other, noun) + " differ only in " +
         io::difference_of(one, other);
}

/// Where each class goes, and the sentences about it: to itself, or, with `merge`, to the one that looks like it.
struct Settled {
  std::vector<std::size_t> to;
  std::vector<std::string> notes;
};

inline Settled settle_alike(const std::vector<std::string>& names, const std::vector<std::size_t>& counts, bool merge,
                            const std::string& noun = "picture") {
  Settled out;
  for (std::size_t i = 0; i < names.size(); ++i) out.to.push_back(i);
  constexpr std::size_t most = 10;
  std::size_t left = 0;
  for (const AlikeClasses& alike : alike_classes(names, counts)) {
    const std::size_t first = alike.members.front();
    for (std::size_t i = 1; i < alike.members.size(); ++i) {
      const std::size_t other = alike.members[i];
      if (merge) out.to[other] = first;
      if (out.notes.size() == most) {
        ++left;
        continue;
      }
      out.notes.push_back("The classes " + alike_text(names[first], counts[first], names[other], counts[other], noun) +
                          (merge ? "; they are one class, " + io::quote(names[first]) + "."
                                 : "; they are two classes (--merge-classes makes them one)."));
    }
  }
  if (left > 0) out.notes.push_back(std::to_string(left) + " more pairs of classes look alike.");
  return out;
}

}  // namespace tuneit::data::detail
