#pragma once
// Which texts are learned from, and which are tested? Those that say so; else some are split off, by the rules for
// pictures. No LibTorch.
#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/part_names.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {

/// Examples keep the order of their files. `classes` are names of classes (by number where all are whole numbers, else
/// by bytes), or tags in the order in which the training part has them first; none of numbers, answers and plain texts.
/// `counts`: how often each is in the training part.
struct TextDataset {
  std::vector<std::string> classes;
  std::vector<std::size_t> counts;
  std::vector<io::TextExample> train, test;
  std::vector<std::string> files;  ///< TextExample::file is a position here
  std::string source_description;
  std::string columns{};  ///< of tables: which columns are read as what, for people
  std::vector<std::string> warnings;
  bool own_test = false;         ///< the test part was there; else it was split off
  std::size_t in_both = 0;       ///< texts of the test part that are in the training part, too
  std::size_t other_labels = 0;  ///< texts that are there again with another label

  /// "reviews.csv:12"
  [[nodiscard]] std::string place(const io::TextExample& example) const {
    return files[example.file] + ":" + std::to_string(example.line);
  }
  /// The position in `classes`, of which name is one.
  [[nodiscard]] std::size_t class_of(std::string_view name) const {
    return static_cast<std::size_t>(std::find(classes.begin(), classes.end(), name) - classes.begin());
  }
};

namespace detail {

using TextPart = std::vector<io::TextExample>;

/// The labels of an example that are classes: one, or its tags.
template <class Take>
void for_each_class(const io::TextExample& example, Take take) {
  if (const auto* name = std::get_if<std::string>(&example.label)) take(*name);
  if (const auto* tags = std::get_if<io::Tags>(&example.label))
    for (const std::string& tag : tags->tags) take(tag);
}
inline bool has_classes(const TextPart& part) {
  return !part.empty() && std::holds_alternative<std::string>(part.front().label);
}

/// Examples by the part that they say; those that say none are undivided.
struct TextSource {
  io::Texts texts;
  std::string where, description;  // "The file 'x'", "file 'x'"
  TextPart undivided, train, val, test;
};
inline void sort_into_parts(TextSource& source) {
  for (io::TextExample& example : source.texts.examples) {
    if (example.part.empty()) {
      source.undivided.push_back(std::move(example));
      continue;
    }
    const std::optional<Part> part = part_of_word(example.part);
    if (!part)
      throw Error(ErrorKind::Data,
                  source.texts.place(example) + ": the split " + io::quote(example.part) + " is not known.",
                  "Use train and test (or val).");
    (*part == Part::Train ? source.train : *part == Part::Val ? source.val : source.test).push_back(std::move(example));
  }
  source.texts.examples.clear();
}

/// Throws where one has the name of a class and another has not.
inline void check_labels(const TextDataset& data, const TextPart& train, const TextPart& test) {
  const auto named = [](const io::TextExample& e) { return std::holds_alternative<std::string>(e.label); };
  for (const TextPart* part : {&train, &test})
    for (const io::TextExample& e : *part)
      if (named(e) != named(train.front()))
        throw Error(ErrorKind::Data,
                    data.place(e) + " has a label of another kind than " + data.place(train.front()) + ".",
                    "All texts have a class, or none has; read such files apart.");
}

/// Splits by class; or, where examples say a group, by groups, which stay whole, at random.
inline void split_texts(TextPart all, const SplitOptions& options, TextDataset& into) {
  Dealer dealer(options);
  std::vector<bool> tested(all.size());
  std::map<std::string, std::vector<std::size_t>> lots;  // by class in the order of classes, or by group
  const bool groups = std::any_of(all.begin(), all.end(), [](const auto& e) { return !e.group.empty(); });
  if (groups) {
    std::size_t alone = 0;
    std::vector<std::vector<std::size_t>> units;
    std::map<std::string, std::size_t> unit_of;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name = all[i].group.empty() ? "\n" + std::to_string(alone++) : all[i].group;
      const auto [at, fresh] = unit_of.emplace(name, units.size());
      if (fresh) units.emplace_back();
      units[at->second].push_back(i);
    }
    const std::vector<bool> unit_tested = dealer.tested(units.size(), 0);
    for (std::size_t u = 0; u < units.size(); ++u)
      for (const std::size_t i : units[u]) tested[i] = unit_tested[u];
    into.source_description +=
        split_text(options, false) + ", in " + std::to_string(units.size()) + " groups that stay whole";
  } else {
    const bool classes = has_classes(all);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string name = classes ? std::get<std::string>(all[i].label) : std::string();
      lots[name].push_back(i);
      names.push_back(name);
    }
    const std::vector<std::string> order = sorted_classes(std::move(names));
    for (std::size_t label = 0; label < order.size(); ++label) {
      const std::vector<std::size_t>& members = lots[order[label]];
      const std::string what = classes ? "The class " + io::quote(order[label]) + " has " : "There is ";
      if (options.folds > 0 && members.size() < options.folds)
        into.warnings.push_back((classes ? what : "There are ") + count_text(members.size(), "text") +
                                " only, fewer than there are folds: not every fold tests " +
                                (classes ? "it." : "one."));
      if (options.folds == 0 && members.size() == 1 && options.test_fraction > 0.0)
        into.warnings.push_back(what + "one text only: it is trained on, never tested.");
      const std::vector<bool> some = dealer.tested(members.size(), label);
      for (std::size_t k = 0; k < members.size(); ++k) tested[members[k]] = some[k];
    }
    into.source_description += split_text(options, classes);
  }
  for (std::size_t i = 0; i < all.size(); ++i) (tested[i] ? into.test : into.train).push_back(std::move(all[i]));
}

}  // namespace detail
}  // namespace tuneit::data
