#pragma once
// Which classes have the texts, how often is each there, and what about them should a person know? No LibTorch.
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/data/dataset/alike_classes.hpp"
#include "tuneit/data/dataset/decide.hpp"
#include "tuneit/data/dataset/samples.hpp"
#include "tuneit/data/dataset/text_parts.hpp"
#include "tuneit/io/text/example.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::data {
namespace detail {

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

}  // namespace detail
}  // namespace tuneit::data
