#pragma once
// What is trained on and what is tested on, of all that a folder or a table holds? One rule for both.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <range/v3/algorithm/sort.hpp>

#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/source.hpp"
#include "tuneit/io/alike.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data::detail {

/// Classes that one part lacks.
struct Missing {
  std::string names{};  // "'a', 'b' and 3 more"
  std::string alike{};  // a sentence, where the part has one of the same look
};

inline Missing missing_classes(const std::vector<std::size_t>& missing, const std::vector<std::size_t>& there,
                               const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  Missing out;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const std::string& name = names[missing[i]];
    if (i < most) out.names += (i == 0 ? "" : ", ") + io::quote(name);
    for (const std::size_t other : there)
      if (out.alike.empty() && other != missing[i] && io::look_of(names[other]) == io::look_of(name))
        out.alike = " " + io::quote(name) + " and " + io::quote(names[other]) + " differ only in " +
                    io::difference_of(name, names[other]) + ".";
  }
  if (missing.size() > most) out.names += " and " + std::to_string(missing.size() - most) + " more";
  return out;
}

/// Throws where a class is only in the test part, or a part that must have all classes lacks one; else what is only in
/// the training part is a warning.
inline void check_parts(const Source& source, Dataset& data, const SourcePart& train, const SourcePart& test) {
  const auto in_train = count_classes(data.train, data.classes.size());
  const auto in_test = count_classes(data.test, data.classes.size());
  std::vector<std::size_t> only_test, only_train, of_train, of_test;
  for (std::size_t i = 0; i < data.classes.size(); ++i) {
    if (in_train[i] > 0) of_train.push_back(i);
    if (in_test[i] > 0) of_test.push_back(i);
    if (in_train[i] == 0 && in_test[i] > 0) only_test.push_back(i);
    if (in_test[i] == 0 && in_train[i] > 0) only_train.push_back(i);
  }
  const Missing of_training = missing_classes(only_test, of_train, data.classes);
  const Missing of_testing = missing_classes(only_train, of_test, data.classes);
  const auto mend = [](const Missing& m, const std::string& otherwise) {
    return m.alike.empty() ? otherwise : "Rename one, or add --merge-classes, which makes them one class.";
  };
  const std::string both = "Both folders need the same class folders (names are compared byte by byte).";
  if (!only_test.empty() && source.same_classes)
    throw Error(ErrorKind::Data,
                "In " + test.name + " but not in " + train.name + ": " + of_training.names + "." + of_training.alike,
                mend(of_training, both));
  if (!only_test.empty())
    throw Error(ErrorKind::Data,
                (only_test.size() == 1 ? "The class " : "The classes ") + of_training.names + " of " + source.inside() +
                    (only_test.size() == 1 ? " is" : " are") + " only in the test part." + of_training.alike,
                mend(of_training, "Put pictures of it into the training part, or remove it."));
  if (only_train.empty()) return;
  if (source.same_classes)
    throw Error(ErrorKind::Data,
                "In " + train.name + " but not in " + test.name + ": " + of_testing.names + "." + of_testing.alike,
                mend(of_testing, both));
  data.warnings.push_back("The test part has no picture of " + of_testing.names + "." + of_testing.alike);
}

/// Classes that only a part has that is not used (with `testing`: not tested) are none.
inline void drop_empty_classes(Dataset& data, const std::vector<std::vector<Sample>*>& lots, bool testing = false) {
  std::vector<std::size_t> counts(data.classes.size());
  for (const auto* lot : lots)
    for (const Sample& sample : *lot) {
      if (!sample.targets.empty()) return;
      ++counts[static_cast<std::size_t>(sample.label)];
    }
  if (std::find(counts.begin(), counts.end(), 0U) == counts.end()) return;
  std::vector<int> fresh(counts.size());
  std::vector<std::string> classes;
  std::vector<ClassShare> shares;
  std::vector<std::size_t> none;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    fresh[i] = static_cast<int>(classes.size());
    if (counts[i] == 0) {
      none.push_back(i);
      continue;
    }
    classes.push_back(data.classes[i]);
    if (!data.shares.empty()) shares.push_back(data.shares[i]);
  }
  const std::string names = missing_classes(none, {}, data.classes).names;
  const bool one = none.size() == 1;
  data.warnings.push_back((one ? "The class " : "The classes ") + names +
                          (testing ? (one ? " has" : " have") + std::string(" no picture to test.")
                                   : (one ? " is" : " are") + std::string(" only in a part that is not used.")));
  for (auto* lot : lots)
    for (Sample& sample : *lot) sample.label = fresh[static_cast<std::size_t>(sample.label)];
  data.classes = std::move(classes);
  data.shares = std::move(shares);
}

/// For testing alone, where names say which class is which: classes that are not tested are none, and their pictures in
/// the training part are left out.
inline Dataset with_tested_classes(Dataset data) {
  if (has_targets(data)) return data;
  const auto tested = count_classes(data.test, data.classes.size());
  std::erase_if(data.train, [&](const Sample& s) { return tested[static_cast<std::size_t>(s.label)] == 0; });
  drop_empty_classes(data, {&data.test, &data.train}, true);
  return data;
}

/// Decides, and checks. Throws ErrorKind::Data or ErrorKind::Usage where it cannot be trained on (or tested, with
/// all_is_test).
inline Dataset decide(Source source, const SplitOptions& options) {
  if (!source.targets) settle_classes(source, options.merge_classes);
  Dataset data;
  data.classes = source.classes;
  data.warnings = std::move(source.warnings);
  data.shares = std::move(source.shares);
  data.source_description = source.description;
  const bool divided = source.train.there || source.val.there || source.test.there;
  SourcePart& test = source.test.there ? source.test : source.val;
  const auto unused = [&](SourcePart& part, const std::string& why) {
    if (part.samples.empty()) return;
    std::string name = part.name;
    if (name.front() >= 'a' && name.front() <= 'z') name.front() = static_cast<char>(name.front() - 'a' + 'A');
    data.warnings.push_back(name + " is not used (" + count_text(part.samples.size(), "picture") + "): " + why);
    if (!data.shares.empty())
      for (const Sample& sample : part.samples)
        ++data.shares[static_cast<std::size_t>(sample.label)].passed_over["in a part that is not used"];
    part.samples.clear();
  };
  if (source.test.there && source.val.there) unused(source.val, source.test.name + " is the test part.");

  const auto finish = [&]() -> Dataset&& {
    ranges::sort(data.train, by_label_and_path);
    ranges::sort(data.test, by_label_and_path);
    if (!data.shares.empty())
      for (const auto* part : {&data.train, &data.test})
        for (const Sample& sample : *part) ++data.shares[static_cast<std::size_t>(sample.label)].used;
    return std::move(data);
  };

  data.own_test = test.there && !test.samples.empty();
  if (options.all_is_test && options.folds == 0) {
    if (data.own_test) {
      append(data.train, source.train);  // not to be trained on: who tests may want to know it
      append(data.train, source.undivided);
      if (!data.train.empty())
        data.warnings.push_back("the training part, " + count_text(data.train.size(), "picture") + ", is not tested");
      append(data.test, test);
    } else {
      append(data.test, source.train);
      append(data.test, source.undivided);
      for (SourcePart& fold : source.folds) append(data.test, fold);
      data.source_description += ", all of it to be tested";
    }
    if (data.test.empty()) throw Error(ErrorKind::Data, source.where + " has no pictures to test on.");
    return finish();
  }

  if (!source.folds.empty()) {
    if (options.folds != source.folds.size())
      throw Error(ErrorKind::Usage,
                  source.where + " holds " + std::to_string(source.folds.size()) + " folders that look like folds (" +
                      source.folds.front().name + " to " + source.folds.back().name + ")" +
                      (options.folds == 0 ? "." : ", and --folds is " + std::to_string(options.folds) + "."),
                  "--folds " + std::to_string(source.folds.size()) +
                      " --fold K tests the K-th of them and trains on the others; --class-folders inner makes one lot "
                      "of all; --class-folders outer takes them for classes.");
    source.train = {"the other folds", true, {}};
    source.test = {source.folds[options.fold].name, true, {}};
    for (std::size_t i = 0; i < source.folds.size(); ++i)
      append(i == options.fold ? data.test : data.train, source.folds[i]);
    data.source_description += ", " + source.test.name + " for the test";
  } else if (divided) {
    if (!source.train.there && source.undivided.samples.empty())
      throw Error(ErrorKind::Data,
                  source.where + " has no pictures to train on, only a part for testing (" + test.name + ").",
                  "Name the training pictures with --train-data, or test a model on it with --evaluate.");
    if (data.own_test) {
      if (options.folds > 0)
        throw Error(ErrorKind::Usage, source.where + " has " + source.own + ", and folds were asked for.",
                    "Give its training part, or do without folds.");
      append(data.train, source.train);
      append(data.train, source.undivided);
      append(data.test, test);
    } else {
      data.warnings.push_back(source.where + " has a training part (" + source.train.name +
                              ") and no test or val part: a test part was split off.");
      append(source.undivided.samples, source.train);
    }
  }
  if (data.train.empty() && data.test.empty()) {
    drop_empty_classes(data, {&source.undivided.samples});
    data.source_description += split_text(options, !source.targets);
    check_dataset(data.classes, source.undivided.samples, source.where);
    split_by_class(std::move(source.undivided.samples), options, data);
    return finish();
  }
  drop_empty_classes(data, {&data.train, &data.test});
  check_dataset(data.classes, data.train, source.where);
  if (!source.targets) check_parts(source, data, source.train, source.test.there ? source.test : test);
  return finish();
}

}  // namespace tuneit::data::detail
