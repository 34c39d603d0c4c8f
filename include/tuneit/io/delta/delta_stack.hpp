#pragma once
// Deltas, one on top of the other: do they go together, and what are the tensors with them?
#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tuneit/io/delta/delta_card.hpp"
#include "tuneit/io/delta/tensor_stream.hpp"

namespace tuneit::io {

/// One delta of which the header has been read.
struct DeltaFile {
  /// Throws Error(ErrorKind::Weights) for what is no delta, or one of a newer format.
  explicit DeltaFile(const std::filesystem::path& path) : tensors(path), card(card_of(tensors)) {}

  TensorStream tensors;
  DeltaCard card;

 private:
  static DeltaCard card_of(const TensorStream& file) {
    const std::map<std::string, std::string>& metadata = file.about().metadata;
    check_format(metadata, file.name());
    const auto at = metadata.find(delta_key);
    if (at == metadata.end() || !file.lazy())
      detail::refuse(
          file.name() + " is no delta: it does not say what it goes on top of",
          "Give it as --weights if it holds a whole model; deltas are what tuneit::save_delta and --save-delta "
          "write.");
    return parse_delta_card(at->second, file.name());
  }
};

/// Of each of a tied tensor's other names the first (ReadOptions::tied).
using TiedNames = std::map<std::string, std::string, std::less<>>;

/// Deltas in the order in which they are applied: each is made on top of what those before it come to.
class DeltaStack {
 public:
  /// Reads the headers. Throws Error(ErrorKind::Weights) for what DeltaFile refuses, and where one does not go on top
  /// of the one before it.
  explicit DeltaStack(std::span<const std::filesystem::path> paths) {
    for (const std::filesystem::path& path : paths) files_.emplace_back(path);
    for (std::size_t i = 1; i < files_.size(); ++i)
      if (files_[i].card.base != files_[i - 1].card.result) refuse_order(i);
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (const std::string& name : files_[i].card.removed) last_.insert_or_assign(name, gone);
      for (std::size_t t = 0; t < files_[i].tensors.size(); ++t)
        last_.insert_or_assign(std::string(files_[i].tensors.head(t).name), i);
    }
  }

  [[nodiscard]] bool empty() const { return files_.empty(); }
  [[nodiscard]] std::deque<DeltaFile>& files() { return files_; }
  [[nodiscard]] const std::deque<DeltaFile>& files() const { return files_; }

  /// Does this tensor of the base stay as it is? A delta may have it under another of its names.
  [[nodiscard]] bool keeps(std::string_view name, const TiedNames& tied = {}) const {
    if (last_.contains(name)) return false;
    return tied.empty() ||
           std::none_of(last_.begin(), last_.end(), [&](const auto& one) { return are_one(one.first, name, tied); });
  }
  /// Is this tensor of the i-th delta the one that counts?
  [[nodiscard]] bool counts(std::size_t i, std::string_view name) const {
    const auto at = last_.find(name);
    return at != last_.end() && at->second == i;
  }

  /// What all tensors are with the deltas on top of these. `see(i, tensor)` is told each tensor of the i-th that
  /// counts. Throws Error(ErrorKind::Weights) where these are not what the first delta was made on, with the first
  /// tensor that differs, or where the tensors of a delta are not those that it was written with. `base`: the file, for
  /// messages.
  template <class See>
  Digests over(Digests digests, const std::string& base, const See& see, const TiedNames& tied = {}) {
    if (empty()) return digests;
    if (digest_of(digests) != files_.front().card.base) {
      Digests named = named_as_base(digests, tied);
      if (digest_of(named) != files_.front().card.base) refuse_base(digests, base);
      digests = std::move(named);
    }
    for (std::size_t i = 0; i < files_.size(); ++i) {
      DeltaFile& file = files_[i];
      for (const std::string& name : file.card.removed) digests.erase(name);
      for (std::size_t t = 0; t < file.tensors.size(); ++t) {
        NamedTensor tensor = file.tensors.take(t);
        digests.insert_or_assign(tensor.name, digest_of(tensor));
        if (counts(i, tensor.name)) see(i, std::move(tensor));
      }
      if (digest_of(digests) != file.card.result)
        detail::refuse(file.tensors.name() + " is damaged: its tensors are not those that it was written with",
                       "Copy or download it again.");
    }
    return digests;
  }

 private:
  static constexpr std::size_t gone = SIZE_MAX;

  /// Are these two names of one tensor?
  static bool are_one(std::string_view a, std::string_view b, const TiedNames& tied) {
    const auto first = [&](std::string_view name) {
      const auto at = tied.find(name);
      return at == tied.end() ? name : std::string_view(at->second);
    };
    return first(a) == first(b);
  }
  /// What these are under the names that the first delta's base had: of a tied tensor one of them, or all.
  [[nodiscard]] Digests named_as_base(const Digests& digests, const TiedNames& tied) const {
    const auto& names = files_.front().card.tensors;
    Digests named;
    for (const auto& [name, digest] : digests) {
      bool other = false;
      for (const auto& [of_base, known] : names)
        if (of_base != name && are_one(of_base, name, tied)) named.emplace(of_base, digest), other = true;
      if (!other || names.contains(name)) named.insert_or_assign(name, digest);
    }
    return named;
  }

  [[noreturn]] void refuse_order(std::size_t i) const {
    const std::string name = files_[i].tensors.name(), &base = files_[i].card.base;
    std::string mend = "Give the deltas in the order in which they were made.";
    for (const DeltaFile& other : files_)
      if (&other != &files_[i] && other.card.result == base)
        mend = "Give it right behind " + other.tensors.name() + ".";
    if (base == files_.front().card.base && i > 0) mend = "Both were made of the same weights: give one of them.";
    detail::refuse(name + " was not made on top of " + files_[i - 1].tensors.name() + ", which stands before it", mend);
  }

  [[noreturn]] void refuse_base(const Digests& digests, const std::string& base) const {
    const DeltaFile& file = files_.front();
    const std::string of = file.card.model.empty() ? "" : " (of a " + file.card.model + ")";
    std::string first;
    std::size_t missing = 0, other = 0, more = 0;
    const auto note = [&](const std::string& name, const char* how) {
      if (first.empty()) first = quote(name) + " " + how;
    };
    for (const auto& [name, digest] : file.card.tensors) {
      const auto at = digests.find(name);
      if (at == digests.end())
        ++missing, note(name, "is not there");
      else if (!at->second.starts_with(digest))
        ++other, note(name, "is another");
    }
    for (const auto& [name, digest] : digests)
      if (!file.card.tensors.contains(name)) ++more, note(name, "is not in it");
    const std::size_t all = file.card.tensors.size();
    std::string mend = "Give the weights that the training started from, to the bit.";
    for (const DeltaFile& later : files_)
      if (later.card.result == digest_of(digests)) mend = "These weights have the delta in them already.";
    detail::refuse(base + " is not what " + file.tensors.name() + of + " was made on: of its " + std::to_string(all) +
                       " tensors " + std::to_string(other) + " differ and " + std::to_string(missing) +
                       " are missing, and there are " + std::to_string(more) + " others; first " + first,
                   mend);
  }

  std::deque<DeltaFile> files_;
  std::map<std::string, std::size_t, std::less<>> last_;  // which delta has the tensor at last
};

}  // namespace tuneit::io
