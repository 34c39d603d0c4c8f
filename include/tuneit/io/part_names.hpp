#pragma once
// Which part of a data set do people mean by a word? The same answer for folders and for tables.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tuneit/meta/ascii.hpp"

namespace tuneit::io {

enum class Part { Train, Val, Test };

/// A name that has the word of a part in it. `rest`: what else it says ("seg" of seg_train); empty where it says the
/// part and nothing else (Training, test_set, train-images).
struct PartName {
  Part part = Part::Train;
  std::string rest{};
};

namespace detail {

/// Lower-case runs of letters, and of digits; what lies between is left out.
inline std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  int before = 0;  // 1: letter, 2: digit
  for (const char c : ascii_lower(std::string(name))) {
    const int kind = c >= '0' && c <= '9' ? 2 : (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80 ? 1 : 0;
    if (kind != 0 && kind != before) words.emplace_back();
    if (kind != 0) words.back() += c;
    before = kind;
  }
  return words;
}

/// Words that say nothing about which part or class it is.
inline bool is_neutral_word(std::string_view word) {
  constexpr std::array<std::string_view, 16> neutral{"set",    "data",    "dataset", "images",   "image", "imgs",
                                                     "img",    "picture", "photos",  "pictures", "photo", "part",
                                                     "subset", "split",   "folder",  "classes"};
  return std::find(neutral.begin(), neutral.end(), word) != neutral.end();
}

inline std::optional<Part> part_word(std::string_view word) {
  struct Word {
    std::string_view text;
    Part part;
  };
  // Longer ones first: of "trainingset" the rest is "set".
  constexpr std::array<Word, 19> known{{{"training", Part::Train},
                                        {"train", Part::Train},
                                        {"trn", Part::Train},
                                        {"validation", Part::Val},
                                        {"validating", Part::Val},
                                        {"validate", Part::Val},
                                        {"valid", Part::Val},
                                        {"val", Part::Val},
                                        {"development", Part::Val},
                                        {"dev", Part::Val},
                                        {"evaluation", Part::Val},
                                        {"eval", Part::Val},
                                        {"testing", Part::Test},
                                        {"tests", Part::Test},
                                        {"test", Part::Test},
                                        {"tst", Part::Test},
                                        {"holdout", Part::Test},
                                        {"trainings", Part::Train},
                                        {"vali", Part::Val}}};
  for (const Word& k : known)
    if (word.starts_with(k.text) && (word.size() == k.text.size() || is_neutral_word(word.substr(k.text.size()))))
      return k.part;
  return std::nullopt;
}

/// A name of neutral words only: images, data_set.
inline bool is_neutral_name(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  return !words.empty() && std::all_of(words.begin(), words.end(), is_neutral_word);
}

}  // namespace detail

/// The part that a name says, if it says exactly one.
inline std::optional<PartName> part_name(std::string_view name) {
  std::optional<PartName> found;
  std::string rest;
  for (const std::string& word : detail::words_of(name)) {
    if (const std::optional<Part> part = detail::part_word(word)) {
      if (found && found->part != *part) return std::nullopt;
      found = PartName{*part};
    } else if (!detail::is_neutral_word(word)) {
      rest += (rest.empty() ? "" : " ") + word;
    }
  }
  if (found) found->rest = rest;
  return found;
}

/// The part that a word means which stands alone, as in a column of a table.
inline std::optional<Part> part_of_word(std::string_view word) {
  const std::optional<PartName> name = part_name(word);
  return name && name->rest.empty() ? std::optional(name->part) : std::nullopt;
}

/// A name of one fold of several: fold1, Fold_2, split-3, cv4, 0. `stem` is empty of bare numbers.
struct FoldName {
  std::string stem;
  unsigned long number = 0;
};
inline std::optional<FoldName> fold_name(std::string_view name) {
  const std::vector<std::string> words = detail::words_of(name);
  const auto number = [&](const std::string& word) {
    return !word.empty() && word.size() < 7 && word.front() >= '0' && word.front() <= '9';
  };
  constexpr std::array<std::string_view, 7> stems{"fold", "split", "part", "cv", "k", "f", "folder"};
  if (words.size() == 1 && number(words[0])) return FoldName{"", std::stoul(words[0])};
  if (words.size() == 2 && number(words[1]) && std::find(stems.begin(), stems.end(), words[0]) != stems.end())
    return FoldName{words[0], std::stoul(words[1])};
  return std::nullopt;
}

}  // namespace tuneit::io
