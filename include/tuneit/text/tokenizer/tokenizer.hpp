#pragma once
// Texts to ids and back, as tokenizers 0.23.3 of Hugging Face does it: docs/tokenisers.md.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "tuneit/meta/error.hpp"
#include "tuneit/text/tokenizer/encoding.hpp"
#include "tuneit/text/tokenizer/growth.hpp"
#include "tuneit/text/tokenizer/padding.hpp"
#include "tuneit/text/tokenizer/pipeline.hpp"
#include "tuneit/text/tokenizer/trim_offsets.hpp"
#include "tuneit/text/tokenizer/truncation.hpp"

namespace tuneit::text {

struct EncodeOptions {
  bool add_special_tokens = true;
  bool specials_are_text = false;  ///< "[SEP]" in a text is text, and not that token
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
};

/// A text, or a pair, of a batch.
struct TextPair {
  std::string_view first;
  std::optional<std::string_view> second;
};

/// A tokeniser. Its const functions may be called by several threads at once. Texts are UTF-8 of 1 GiB at most; those
/// that are not throw Error(Data) with the byte. Options that cannot be kept throw Error(Usage).
class Tokenizer {
 public:
  explicit Tokenizer(Pipeline pipeline)
      : parts_(std::make_unique<const Pipeline>(std::move(pipeline))), pool_(std::make_unique<Pool>()) {}

  [[nodiscard]] Encoding encode(std::string_view text, const EncodeOptions& how = {}) const {
    return encode_pair({text, std::nullopt}, how);
  }
  [[nodiscard]] Encoding encode_pair(std::string_view first, std::string_view second,
                                     const EncodeOptions& how = {}) const {
    return encode_pair({first, second}, how);
  }
  /// The same of texts that are cut into words already: each is a text of its own, and gives its number to its tokens.
  /// Byte offsets are those within the word. A word may have no token.
  [[nodiscard]] Encoding encode_words(std::span<const std::string> words, const EncodeOptions& how = {}) const {
    return std::visit(
        [&](const auto& model) {
          TokenRun run;
          with_scratch(model, [&](auto& scratch) { add_words(model, scratch, words, how, run); });
          return finish(run, nullptr, how);
        },
        parts_->model);
  }
  /// Encodes all, on `threads` threads (0: as many as there are cores); padded to one length if padding is asked for.
  /// What comes out does not depend on the number of threads. Of several faults that of the first text is thrown.
  [[nodiscard]] std::vector<Encoding> encode_batch(std::span<const TextPair> texts, const EncodeOptions& how = {},
                                                   unsigned threads = 1) const {
    std::vector<Encoding> out(texts.size());
    EncodeOptions each = how;
    each.padding.reset();
    in_parallel(texts.size(), threads, [&](std::size_t i) { out[i] = encode_pair(texts[i], each); });
    if (how.padding) pad(out, *how.padding);
    return out;
  }
  [[nodiscard]] std::vector<Encoding> encode_batch(std::span<const std::string> texts, const EncodeOptions& how = {},
                                                   unsigned threads = 1) const {
    std::vector<TextPair> pairs;
    pairs.reserve(texts.size());
    for (const std::string& text : texts) pairs.push_back({text, std::nullopt});
    return encode_batch(std::span<const TextPair>(pairs), how, threads);
  }
  /// The text of tokens; ids that no token has are passed over.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids, bool skip_special_tokens = true) const {
    std::vector<std::string> tokens;
    for (const std::int32_t id : ids) {
      const AddedToken* added = parts_->added.of_id(id);
      if (added != nullptr && added->special && skip_special_tokens) continue;
      if (std::optional<std::string> token = token_of(id)) tokens.push_back(std::move(*token));
    }
    detail::run_decoders(parts_->decoders, tokens);
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0 && parts_->decoders.empty()) text += ' ';
      text += tokens[i];
    }
    return text;
  }

  [[nodiscard]] std::optional<std::int32_t> id_of(const std::string& token) const {
    if (const auto added = parts_->added.id_of(token)) return added;
    return std::visit([&](const auto& model) { return model.id_of(token); }, parts_->model);
  }
  [[nodiscard]] std::optional<std::string> token_of(std::int32_t id) const {
    if (const AddedToken* added = parts_->added.of_id(id)) return added->content;
    return std::visit(
        [&](const auto& model) {
          const auto token = model.token_of(id);
          return token ? std::optional<std::string>(*token) : std::nullopt;
        },
        parts_->model);
  }
  /// One more than the largest id there is: the rows that an embedding needs.
  [[nodiscard]] std::size_t vocabulary_size() const {
    std::size_t size = std::visit([](const auto& model) { return std::size_t{model.size()}; }, parts_->model);
    for (const AddedToken& t : parts_->added.tokens()) size = std::max(size, static_cast<std::size_t>(t.id) + 1);
    return size;
  }
  /// How many special tokens an encoding has.
  [[nodiscard]] std::size_t specials(bool of_pair = false) const { return parts_->post_processor.specials(of_pair); }
  [[nodiscard]] const Pipeline& pipeline() const noexcept { return *parts_; }

 private:
  template <class... M>
  static std::variant<std::monostate, std::unique_ptr<detail::PipelineScratch<M>>...> any_scratch(std::variant<M...>*);
  using AnyScratch = decltype(any_scratch(static_cast<Model*>(nullptr)));
  /// Memory that threads take and give back.
  struct Pool {
    std::mutex mutex;
    std::vector<AnyScratch> free;
  };

  template <class M, class Use>
  void with_scratch(const M&, Use use) const {
    std::unique_ptr<detail::PipelineScratch<M>> mine;
    {
      const std::lock_guard lock(pool_->mutex);
      if (!pool_->free.empty()) {
        mine = std::move(std::get<std::unique_ptr<detail::PipelineScratch<M>>>(pool_->free.back()));
        pool_->free.pop_back();
      }
    }
    if (mine == nullptr) mine = std::make_unique<detail::PipelineScratch<M>>();
    use(*mine);
    const std::lock_guard lock(pool_->mutex);
    pool_->free.emplace_back(std::move(mine));
  }
  static void check(std::string_view text) {
    if (text.size() > kMostTextBytes)
      throw Error(ErrorKind::Data, "a text has more than 1 GiB", "Cut it into several.");
    require_utf8(text, "a text");
  }
  template <class M>
  void add(const M& model, detail::PipelineScratch<M>& scratch, std::string_view text, const EncodeOptions& how,
           TokenRun& run) const {
    check(text);
    detail::PipelineRun<M>(*parts_, model, scratch, how.specials_are_text).add(text, run);
    if (parts_->post_processor.trim_offsets) trim_offsets(*parts_, model, text, 0, run);
  }
  template <class M>
  void add_words(const M& model, detail::PipelineScratch<M>& scratch, std::span<const std::string> words,
                 const EncodeOptions& how, TokenRun& run) const {
    detail::PipelineRun<M> way(*parts_, model, scratch, how.specials_are_text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      check(words[i]);
      const std::size_t before = run.size();
      way.add(words[i], run, static_cast<std::int32_t>(i));
      if (parts_->post_processor.trim_offsets) trim_offsets(*parts_, model, words[i], before, run);
    }
  }
  [[nodiscard]] Encoding encode_pair(const TextPair& texts, const EncodeOptions& how) const {
    return std::visit(
        [&](const auto& model) {
          TokenRun first, second;
          with_scratch(model, [&](auto& scratch) {
            add(model, scratch, texts.first, how, first);
            if (texts.second) add(model, scratch, *texts.second, how, second);
          });
          return finish(first, texts.second ? &second : nullptr, how);
        },
        parts_->model);
  }
  [[nodiscard]] Encoding finish(const TokenRun& first, const TokenRun* second, const EncodeOptions& how) const {
    const std::optional<std::size_t> n2 = second != nullptr ? std::optional(second->size()) : std::nullopt;
    const Truncated kept =
        how.truncation
            ? truncate(*how.truncation, how.add_special_tokens ? specials(second != nullptr) : 0, first.size(), n2)
            : Truncated{{{0, first.size(), 0}}, {{0, n2.value_or(0), 0}}};
    Encoding e = parts_->post_processor.assemble(first, second, kept, how.add_special_tokens);
    if (how.padding) pad(std::span(&e, 1), *how.padding);
    return e;
  }
  template <class Each>
  static void in_parallel(std::size_t n, unsigned threads, Each each) {
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    threads = static_cast<unsigned>(std::min<std::size_t>(threads, n));
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::size_t failed = n;
    std::exception_ptr fault;
    const auto work = [&] {
      for (std::size_t i = next++; i < n; i = next++) try {
          each(i);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (i < failed) {
            failed = i;
            fault = std::current_exception();
          }
        }
    };
    {
      std::vector<std::jthread> others;
      for (unsigned t = 1; t < threads; ++t) others.emplace_back(work);
      work();
    }
    if (fault) std::rethrow_exception(fault);
  }

  std::unique_ptr<const Pipeline> parts_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace tuneit::text
