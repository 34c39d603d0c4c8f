#pragma once
// GROUPS of a script: which parameters are treated alike in every phase, and by which optimizer.
#include <string>
#include <utility>
#include <vector>

#include "tuneit/export/python/script_view.hpp"

namespace tuneit::python {

namespace detail {

/// How tensors are treated: in which group, and in each phase.
using GroupKind = std::pair<std::size_t, std::vector<Treatment>>;
inline GroupKind kind_of(const TensorView& t) { return {t.group, t.phases}; }

/// What a part is called in GROUPS.
inline std::string name_of_part(const PartView& part) { return part.word.empty() ? "rest" : part.word; }

}  // namespace detail

/// GROUPS: parameters that are treated alike in every phase.
inline std::string groups_text(const ScriptView& v) {
  const std::vector<TensorView>& tensors = v.plan.tensors;
  std::vector<detail::GroupKind> kinds;  // in the order of their first tensor
  for (const TensorView& t : tensors)
    if (!t.buffer && t.trains() && std::find(kinds.begin(), kinds.end(), detail::kind_of(t)) == kinds.end())
      kinds.push_back(detail::kind_of(t));
  const auto factors = [&](const std::vector<Treatment>& phases, bool rate) {
    Names items;
    for (const Treatment& t : phases) items.push_back(!t.trains ? "None" : number(rate ? t.rate : t.decay));
    return v.phased ? list(items) : items.front();
  };
  std::string text =
      std::string(
          "# Parameters that are treated alike: patterns of their names, and the factors on the rate and on the\n"
          "# weight decay") +
      (v.phased ? " in each phase (None: frozen in it)" : "") +
      (v.grouped ? "; \"of\" says whose optimizer. What is in none is frozen.\nGROUPS = [\n"
                 : ". What is in no group is frozen.\nGROUPS = [\n");
  for (const detail::GroupKind& kind : kinds) {
    const Said said = say(
        tensors, [](const TensorView& t) { return !t.buffer; },
        [&](const TensorView& t) { return detail::kind_of(t) == kind; });
    std::string of;
    for (const PartView& part : v.parts)
      if (v.grouped && part.group == kind.first) of = "\"of\": " + in_quotes(detail::name_of_part(part)) + ", ";
    text += "    {" + of + "\"names\": " + quoted_list(said.patterns, 60) +
            (said.rank == 0   ? ""
             : said.rank == 1 ? ", \"vectors\": True"
                              : ", \"vectors\": False") +
            ", \"rate\": " + factors(kind.second, true) + ", \"decay\": " + factors(kind.second, false) + "},\n";
  }
  return text + "]\n";
}

}  // namespace tuneit::python
