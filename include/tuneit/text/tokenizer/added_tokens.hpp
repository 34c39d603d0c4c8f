#pragma once
// Which parts of a text are tokens as they stand, whatever the model would make of them?
#include <algorithm>
#include <array>
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
#include "tuneit/text/pieces/byte_trie.hpp"
#include "tuneit/text/pieces/vocabulary.hpp"
#include "tuneit/text/unicode/classes.hpp"
#include "tuneit/text/unicode/utf8.hpp"

namespace tuneit::text {

/// A token that is cut out of a text before the model sees it.
struct AddedToken {
  std::int32_t id = 0;
  std::string content;
  bool single_word = false;             ///< only where no \w stands beside it
  bool lstrip = false, rstrip = false;  ///< it takes the white space on that side
  bool normalized = true;               ///< it is sought in the normalised text, and is normalised itself
  bool special = false;                 ///< decoding may leave it out, encoding may take it for text
};

/// All added tokens. Of those that begin at one place the longest is taken, of two that overlap the left one.
class AddedTokens {
 public:
  /// `normal`: of each its content after the normalisers. Throws Error(Data): an empty one, two that look alike.
  AddedTokens() = default;
  AddedTokens(std::vector<AddedToken> tokens, const std::vector<std::string>& normal, const std::string& name)
      : tokens_(std::move(tokens)) {
    const auto refuse = [&](const AddedToken& token, const std::string& what) {
      throw Error(ErrorKind::Data, name + ": the added token " + io::quote(token.content, 40) + " " + what);
    };
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const AddedToken& token = tokens_[i];
      const std::string& sought = token.normalized ? normal[i] : token.content;
      if (token.content.size() > kMostTokenBytes || sought.size() > kMostTokenBytes)
        refuse(token, "has more than 4,096 bytes");
      if (sought.empty()) refuse(token, token.content.empty() ? "is empty" : "is empty once it is normalised");
      if (!ids_.emplace(token.content, token.id).second) refuse(token, "is there twice");
      if (!by_id_.emplace(token.id, i).second) refuse(token, "has an id that another one has");
      Part& part = token.normalized ? normalized_ : raw_;
      if (!part.add(sought, static_cast<std::int32_t>(i)))
        refuse(token, "looks like another one once it is normalised");
    }
  }

  [[nodiscard]] const std::vector<AddedToken>& tokens() const noexcept { return tokens_; }
  [[nodiscard]] const AddedToken* of_id(std::int32_t id) const {
    const auto at = by_id_.find(id);
    return at == by_id_.end() ? nullptr : &tokens_[at->second];
  }
  [[nodiscard]] std::optional<std::int32_t> id_of(const std::string& content) const {
    const auto at = ids_.find(content);
    return at == ids_.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] bool any_normalized() const noexcept { return !normalized_.empty; }

  /// Calls plain(begin, end) for what is text and token(begin, end, const AddedToken&) for what is a token, in order.
  /// `normalized`: the text is normalised, and those are sought that are, too; `specials_are_text`: special ones are
  /// not sought.
  template <class Plain, class Found>
  void cut(std::string_view text, bool normalized, bool specials_are_text, Plain plain, Found found) const {
    const Part& part = normalized ? normalized_ : raw_;
    std::size_t kept = 0, spaces = 0;  // `spaces`: where the white space ends that was looked at last
    for (std::size_t at = 0; !part.empty && at < text.size();) {
      if (!part.begins[static_cast<unsigned char>(text[at])]) {
        ++at;
        continue;
      }
      std::size_t end = at;
      std::int32_t which = -1;
      std::uint32_t node = ByteTrie::root;
      for (std::size_t i = at; i < text.size(); ++i) {
        node = part.trie.step(node, text[i]);
        if (node == ByteTrie::none) break;
        if (part.trie.value(node) >= 0) {
          which = part.trie.value(node);
          end = i + 1;
        }
      }
      if (which < 0) {
        ++at;
        continue;
      }
      const AddedToken& token = tokens_[static_cast<std::size_t>(which)];
      std::size_t begin = at, stop = end;
      at = end;
      if (specials_are_text && token.special) continue;
      if (token.single_word && beside_word(text, begin, stop)) continue;
      if (token.lstrip) begin = begin > kept ? space_before(text, begin, kept) : kept;
      if (token.rstrip) stop = spaces = stop < spaces ? spaces : space_behind(text, stop);
      if (begin >= stop) continue;  // all of it went to the token before
      if (kept < begin) plain(kept, begin);
      found(begin, stop, token);
      kept = stop;
    }
    if (kept < text.size()) plain(kept, text.size());
  }

 private:
  struct Part {
    ByteTrie trie;
    std::array<bool, 256> begins{};  ///< does one begin with the byte?
    bool empty = true;

    bool add(std::string_view text, std::int32_t value) {
      std::uint32_t node = ByteTrie::root;
      for (const char c : text)
        if (node != ByteTrie::none) node = trie.step(node, c);
      if (node != ByteTrie::none && trie.value(node) >= 0) return false;
      trie.add(text, value);
      begins[static_cast<unsigned char>(text.front())] = true;
      empty = false;
      return true;
    }
  };
  static bool beside_word(std::string_view text, std::size_t begin, std::size_t end) {
    const CodePointClasses& classes = code_point_classes();
    return (begin > 0 && classes.any(previous_code_point(text, begin), kIsWord)) ||
           (end < text.size() && classes.any(next_code_point(text, end), kIsWord));
  }
  static std::size_t space_before(std::string_view text, std::size_t begin, std::size_t from) {
    for (std::size_t at = begin; at > from && code_point_classes().any(previous_code_point(text, at), kIsSpace);)
      begin = at;
    return begin;
  }
  static std::size_t space_behind(std::string_view text, std::size_t end) {
    for (std::size_t at = end; at < text.size() && code_point_classes().any(next_code_point(text, at), kIsSpace);)
      end = at;
    return end;
  }

  std::vector<AddedToken> tokens_;
  Part raw_, normalized_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::unordered_map<std::int32_t, std::size_t> by_id_;
};

}  // namespace tuneit::text
