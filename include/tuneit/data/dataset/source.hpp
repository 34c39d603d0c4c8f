#pragma once
// What was found in a folder or a table, before it is decided what is used of it?
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <range/v3/algorithm/sort.hpp>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// A part of what was found: a folder, or the rows of a table with one word in their column split.
struct SourcePart {
  std::string name{};  // for messages, quoted
  bool there = false;
  std::vector<Sample> samples{};
};

/// All that was found, before it is decided what is used of it. Labels count in `classes` throughout.
struct Source {
  std::string where{};        // "The folder 'x'"
  std::string description{};  // "folder 'x'"
  std::string own = "a test part of its own";
  std::vector<std::string> classes{};
  std::vector<ClassShare> shares{};
  std::vector<std::string> warnings{};
  bool same_classes = false;  // each part must have all of them
  bool targets = false;       // numbers instead of classes
  SourcePart undivided{}, train{}, val{}, test{};
  std::vector<SourcePart> folds{};

  /// "the folder 'x'"
  [[nodiscard]] std::string inside() const { return "t" + where.substr(1); }

  std::vector<SourcePart*> parts() {
    std::vector<SourcePart*> out{&undivided, &train, &val, &test};
    for (SourcePart& fold : folds) out.push_back(&fold);
    return out;
  }
};

inline void append(std::vector<Sample>& to, SourcePart& from) {
  to.insert(to.end(), std::make_move_iterator(from.samples.begin()), std::make_move_iterator(from.samples.end()));
  from.samples.clear();
}

/// How many pictures of each class are in these samples?
inline std::vector<std::size_t> count_classes(const std::vector<Sample>& samples, std::size_t classes) {
  std::vector<std::size_t> counts(classes);
  for (const Sample& sample : samples) ++counts[static_cast<std::size_t>(sample.label)];
  return counts;
}

/// Classes that look alike are named, and made one where that is asked for.
inline void settle_classes(Source& source, bool merge) {
  std::vector<std::size_t> counts(source.classes.size());
  for (const SourcePart* part : source.parts())
    for (const Sample& sample : part->samples) ++counts[static_cast<std::size_t>(sample.label)];
  Settled settled = settle_alike(source.classes, counts, merge);
  source.warnings.insert(source.warnings.end(), settled.notes.begin(), settled.notes.end());
  if (!merge || settled.notes.empty()) return;
  std::vector<int> fresh(source.classes.size());
  std::vector<std::string> classes;
  std::vector<ClassShare> shares;
  for (std::size_t i = 0; i < source.classes.size(); ++i)
    if (settled.to[i] == i) {
      fresh[i] = static_cast<int>(classes.size());
      classes.push_back(source.classes[i]);
      if (!source.shares.empty()) shares.push_back(source.shares[i]);
    }
  for (std::size_t i = 0; i < source.classes.size(); ++i) {
    if (settled.to[i] == i) continue;
    fresh[i] = fresh[settled.to[i]];
    if (!source.shares.empty())
      for (const auto& [reason, count] : source.shares[i].passed_over)
        shares[static_cast<std::size_t>(fresh[i])].passed_over[reason] += count;
  }
  for (SourcePart* part : source.parts())
    for (Sample& sample : part->samples) sample.label = fresh[static_cast<std::size_t>(sample.label)];
  source.classes = std::move(classes);
  source.shares = std::move(shares);
}

}  // namespace tuneit::data::detail
