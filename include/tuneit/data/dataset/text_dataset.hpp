#pragma once
// Which texts are there to learn from and to be judged on, and which labels have they? By the rules for pictures. No
// LibTorch.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/dataset.hpp"
#include "tuneit/data/dataset/decide.hpp"
#include "tuneit/data/dataset/part_names.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/io/text/folder.hpp"
#include "tuneit/io/text/options.hpp"
#include "tuneit/io/text/read.hpp"
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

/// Names and counts of the classes of the training part. Throws, with the place, where the test part has another.
inline void collect_classes(TextDataset& data, const std::string& where) {
  std::map<std::string, std::size_t> counts;
  std::vector<std::string> order;
  for (const io::TextExample& e : data.train)
    for_each_class(e, [&](const std::string& name) {
      if (counts[name]++ == 0) order.push_back(name);
    });
  data.classes = has_classes(data.train) ? sorted_classes(order) : order;
  for (const std::string& name : data.classes) data.counts.push_back(counts[name]);
  std::set<std::string> tested;
  std::vector<std::string> names = data.classes;
  std::vector<std::size_t> missing, there;
  std::string first;
  for (const io::TextExample& e : data.test)
    for_each_class(e, [&](const std::string& name) {
      if (!tested.insert(name).second || counts.contains(name)) return;
      if (first.empty()) first = data.place(e);
      missing.push_back(names.size());
      names.push_back(name);
    });
  for (std::size_t i = 0; i < data.classes.size(); ++i) there.push_back(i);
  if (!missing.empty()) {
    const Missing only = missing_classes(missing, there, names);
    throw Error(ErrorKind::Data,
                first + (missing.size() == 1 ? ": the label " : ": the labels ") + only.names +
                    (missing.size() == 1 ? " is" : " are") + " only in the test part." + only.alike,
                "Put texts with it into the training part, or remove it.");
  }
  missing.clear();
  for (std::size_t i = 0; i < data.classes.size(); ++i)
    if (!tested.contains(data.classes[i])) missing.push_back(i);
  if (!missing.empty() && !data.test.empty() && has_classes(data.train))
    data.warnings.push_back("The test part has no text of " + missing_classes(missing, {}, names).names + ".");
  if (has_classes(data.train) && data.classes.size() < 2)
    throw Error(ErrorKind::Data, where + " has only one class, " + io::quote(data.classes[0]) + ".",
                "A classifier needs texts of two classes or more.");
}

/// Counts texts that are there twice: in both parts, or with two labels.
inline void count_copies(TextDataset& data) {
  std::map<std::pair<std::string_view, std::string_view>, const io::TextExample*> seen;
  std::string both, labels;
  for (const TextPart* part : {&data.train, &data.test})
    for (const io::TextExample& e : *part) {
      const auto [at, fresh] = seen.emplace(std::pair<std::string_view, std::string_view>(e.text, e.second_text()), &e);
      if (fresh) continue;
      const io::TextExample& other = *at->second;
      const bool in_train = !data.train.empty() && &other >= &data.train.front() && &other <= &data.train.back();
      const std::string pair = data.place(e) + " is " + data.place(other) + ".";
      if (part == &data.test && in_train && data.in_both++ == 0) both = pair;
      if (!(e.label == other.label) && data.other_labels++ == 0) labels = pair;
    }
  if (data.in_both > 0)
    data.warnings.push_back(count_text(data.in_both, "text") +
                            " of the test part can also be found in the training part and make the test look better "
                            "than it is: " +
                            both);
  if (data.other_labels > 0)
    data.warnings.push_back(count_text(data.other_labels, "text") + " can also be found with another label: " + labels);
}

inline void note_findings(const io::Texts& texts, TextDataset& data) {
  const auto note = [&](std::size_t n, const std::string& noun, const std::string& what) {
    if (n > 0) data.warnings.push_back(count_text(n, noun) + what);
  };
  note(texts.blank, "text", (texts.blank == 1 ? " is" : " are") + std::string(" empty, or white space only."));
  note(texts.replaced, "invalid sequence", " of bytes stood in the files; U+FFFD is in their place.");
  note(texts.moved_answers, "answer", " stood up to 5 characters from where the file says, and was moved.");
  note(texts.lost_answers, "answer", " of the file cannot be found in the passage; no place is known for it.");
}

inline TextDataset decide_texts(TextSource source, const SplitOptions& options) {
  TextDataset data;
  data.files = source.texts.files;
  data.warnings = source.texts.notes;
  data.source_description = source.description;
  data.columns = source.texts.columns;
  note_findings(source.texts, data);
  sort_into_parts(source);
  const auto append_to = [](TextPart& to, TextPart& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
  };
  if (!source.test.empty() && !source.val.empty()) {
    data.warnings.push_back("The part " + io::quote(source.val.front().part) + " is not used (" +
                            count_text(source.val.size(), "text") + "): " + io::quote(source.test.front().part) +
                            " is the test part.");
    source.val.clear();
  }
  append_to(source.test, source.val);
  data.own_test = !source.test.empty();
  const bool divided = !source.train.empty();
  append_to(source.train, source.undivided);
  if (options.all_is_test && options.folds == 0) {
    if (!data.own_test) append_to(source.test, source.train);
    data.train = std::move(source.train);
    data.test = std::move(source.test);
    if (data.test.empty()) throw Error(ErrorKind::Data, source.where + " has no texts to test on.");
    return data;
  }
  if (source.train.empty()) throw Error(ErrorKind::Data, source.where + " has no texts to train on.");
  check_labels(data, source.train, source.test);
  if (data.own_test) {
    if (options.folds > 0)
      throw Error(ErrorKind::Usage, source.where + " has a test part of its own, and folds were asked for.",
                  "Give its training part, or do without folds.");
    data.train = std::move(source.train);
    data.test = std::move(source.test);
    data.source_description += " with its own split";
  } else {
    if (divided)
      data.warnings.push_back(source.where +
                              " has a training part and no test or val part: a test part was split off.");
    split_texts(std::move(source.train), options, data);
  }
  collect_classes(data, source.where);
  count_copies(data);
  Settled alike = settle_alike(data.classes, data.counts, false, "text");
  if (has_classes(data.train)) data.warnings.insert(data.warnings.end(), alike.notes.begin(), alike.notes.end());
  return data;
}

inline void read_any(const std::filesystem::path& path, const io::TextOptions& options,
                     std::optional<io::TextFormat> format, io::Texts& into) {
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Error(ErrorKind::Data, "There is no data at " + io::quote_path(path) + ".",
                "Check the path (it is relative to " + io::quote_path(std::filesystem::current_path(error)) + ").");
  if (std::filesystem::is_directory(path, error))
    io::read_text_folder(path, options, into);
  else
    io::read_text_file(path, options, into, format);
}

}  // namespace detail

/// The texts of a file or folder (see io/text/read.hpp, folder.hpp), and which of them are tested: those of the part
/// test (or val); without one, a part is split off as of pictures, class by class or in whole groups; the result is a
/// function of the files and the seed. Throws ErrorKind::Data, with file and line, for what cannot be read, a label
/// that is only in the test part, a part that is not known, and where nothing is left to train on (or to test, with
/// all_is_test).
inline TextDataset open_texts(const std::filesystem::path& path, const io::TextOptions& options = {},
                              const SplitOptions& split = {}, std::optional<io::TextFormat> format = std::nullopt) {
  detail::check_options(split);
  detail::TextSource source;
  detail::read_any(path, options, format, source.texts);
  source.where = "The data of " + io::quote_path(path);
  source.description = "texts of " + io::quote_path(path);
  return detail::decide_texts(std::move(source), split);
}

/// The same of parts that were named one by one; what their files say of parts is not heeded.
inline TextDataset open_texts(const PartPaths& parts, const io::TextOptions& options = {},
                              const SplitOptions& split = {}, std::optional<io::TextFormat> format = std::nullopt) {
  detail::check_options(split);
  detail::TextSource source;
  for (const auto& [path, name] : {std::pair(&parts.train, "train"), std::pair(&parts.test, "test")}) {
    if (path->empty()) continue;
    const std::size_t before = source.texts.examples.size();
    detail::read_any(*path, options, format, source.texts);
    for (std::size_t i = before; i < source.texts.examples.size(); ++i) source.texts.examples[i].part = name;
    source.description += (source.description.empty() ? "texts of " : " and ") + io::quote_path(*path);
  }
  if (source.description.empty()) throw Error(ErrorKind::Usage, "No data was named.");
  source.where = "The data of " + io::quote_path(parts.train.empty() ? parts.test : parts.train);
  return detail::decide_texts(std::move(source), split);
}

}  // namespace tuneit::data
