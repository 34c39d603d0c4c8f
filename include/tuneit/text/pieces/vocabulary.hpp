#pragma once
// Which token has which id?
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/meta/quote.hpp"

namespace tuneit::text {

inline constexpr std::size_t kMostTokens = 2'000'000, kMostTokenBytes = 4096;

/// Tokens and their ids 0, 1, ..., n - 1.
class Vocabulary {
 public:
  Vocabulary() = default;
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;
  Vocabulary(const Vocabulary&) = delete;  // ids_ looks into tokens_
  Vocabulary& operator=(const Vocabulary&) = delete;
  ~Vocabulary() = default;
  /// Tokens in the order of their ids. Of equal ones the later id is the token's.
  explicit Vocabulary(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    ids_.reserve(tokens_.size());
    for (std::size_t i = 0; i < tokens_.size(); ++i) ids_.insert_or_assign(tokens_[i], static_cast<std::int32_t>(i));
  }
  /// Of a map in any order. `name` is what holds it, for messages. Throws Error(Data): ids that are negative, twice,
  /// not below the number of tokens (so there is a gap), more than 2,000,000 tokens, a token of more than 4,096 bytes.
  static Vocabulary of(std::vector<std::pair<std::string, std::int64_t>> entries, const std::string& name) {
    if (entries.size() > kMostTokens)
      refuse(name, "has " + std::to_string(entries.size()) + " tokens, more than 2,000,000");
    std::vector<std::string> tokens(entries.size());
    std::vector<bool> taken(entries.size(), false);
    for (auto& [token, id] : entries) {
      if (token.size() > kMostTokenBytes) refuse(name, "has a token of more than 4,096 bytes: " + io::quote(token, 40));
      const std::string is = io::quote(token, 40) + " has the id " + std::to_string(id);
      if (id < 0) refuse(name, is + ", which is negative");
      if (static_cast<std::uint64_t>(id) >= entries.size())
        refuse(name, is + ", but there are " + std::to_string(entries.size()) + " tokens: ids have a gap");
      if (taken[static_cast<std::size_t>(id)])
        refuse(name, is + ", and so has " + io::quote(tokens[static_cast<std::size_t>(id)], 40));
      taken[static_cast<std::size_t>(id)] = true;
      tokens[static_cast<std::size_t>(id)] = std::move(token);
    }
    return Vocabulary(std::move(tokens));
  }

  [[nodiscard]] std::optional<std::int32_t> id_of(std::string_view token) const {
    const auto at = ids_.find(token);
    return at == ids_.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] std::optional<std::string_view> token_of(std::int32_t id) const {
    if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) return std::nullopt;
    return tokens_[static_cast<std::size_t>(id)];
  }
  /// One more than the largest id: the rows that an embedding needs.
  [[nodiscard]] std::size_t size() const noexcept { return tokens_.size(); }
  [[nodiscard]] const std::vector<std::string>& tokens() const noexcept { return tokens_; }

 private:
  [[noreturn]] static void refuse(const std::string& name, const std::string& what) {
    throw Error(ErrorKind::Data, name + ": the vocabulary " + what, "The file is damaged, or was changed by hand.");
  }
  std::vector<std::string> tokens_;
  std::unordered_map<std::string_view, std::int32_t> ids_;
};

/// What every model answers of its vocabulary.
class HasVocabulary {
 public:
  [[nodiscard]] std::optional<std::int32_t> id_of(std::string_view token) const { return vocabulary_.id_of(token); }
  [[nodiscard]] std::optional<std::string_view> token_of(std::int32_t id) const { return vocabulary_.token_of(id); }
  [[nodiscard]] std::size_t size() const noexcept { return vocabulary_.size(); }

 protected:
  explicit HasVocabulary(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  Vocabulary vocabulary_;
};

}  // namespace tuneit::text
