#pragma once
// Texts are continued, token by token, by a network of causal attention (GPT-2). Keys and values of what a token has
// seen are kept.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/random.hpp"
#include "tuneit/engine/generate/choose_token.hpp"
#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/train.hpp"
#include "tuneit/engine/tokens/attention.hpp"
#include "tuneit/engine/tokens/token_cache.hpp"
#include "tuneit/meta/error.hpp"
#include "tuneit/recipe/judges/outputs.hpp"

namespace tuneit {

namespace detail {

/// Throws Error(Usage) for numbers outside of their range, and Error(Data) for texts that cannot be continued.
inline void check_generation(const std::vector<std::vector<std::int32_t>>& texts, const Generation& how,
                             std::size_t positions, std::int64_t vocabulary) {
  if (!(how.temperature > 0) || !(how.top_p > 0) || !(how.repetition_penalty > 0))
    throw Error(ErrorKind::Usage, "temperature, top_p and repetition_penalty are above 0",
                "For the best token at each place leave Generation::sample false.");
  std::size_t longest = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    longest = std::max(longest, texts[i].size());
    if (texts[i].empty())
      throw Error(ErrorKind::Data, "text " + std::to_string(i) + " (from 0) has no tokens",
                  "Begin with the token that ends texts.");
    for (const std::int32_t id : texts[i])
      if (id < 0 || id >= vocabulary)
        throw Error(ErrorKind::Data,
                    "text " + std::to_string(i) + " (from 0) has the token " + std::to_string(id) +
                        ", and the network knows " + std::to_string(vocabulary),
                    "Take the tokeniser of the network.");
  }
  if (longest + how.new_tokens > positions)
    throw Error(ErrorKind::Usage,
                "the longest text has " + std::to_string(longest) + " tokens, and with " +
                    std::to_string(how.new_tokens) + " more there are no positions for all: the network has " +
                    std::to_string(positions),
                "Cut texts at their beginning, or ask for fewer tokens.");
}

/// Texts as they grow, the short ones behind padding.
struct GrowingTexts {
  explicit GrowingTexts(std::vector<std::vector<std::int32_t>> given) : texts(std::move(given)), done(texts.size()) {
    for (const auto& text : texts) widest = std::max(widest, text.size());
    begins.reserve(texts.size());
    for (const auto& text : texts) begins.push_back(widest - text.size());
  }
  /// The tokens from column `from` on, and where there are some; [N, columns].
  [[nodiscard]] std::pair<at::Tensor, at::Tensor> columns(std::size_t from) const {
    const auto rows = static_cast<std::int64_t>(texts.size()), count = static_cast<std::int64_t>(widest - from);
    at::Tensor ids = aten::zeros({rows, count}, at::TensorOptions(at::kLong)),
               there = aten::zeros({rows, count}, at::TensorOptions(at::kBool));
    auto* id = ids.mutable_data_ptr<std::int64_t>();
    auto* is = there.mutable_data_ptr<bool>();
    for (std::size_t r = 0; r < texts.size(); ++r)
      for (std::size_t c = from; c < widest; ++c, ++id, ++is)
        if (c >= begins[r] && c - begins[r] < texts[r].size()) *id = texts[r][c - begins[r]], *is = true;
    return {ids, there};
  }
  std::vector<std::vector<std::int32_t>> texts;
  std::vector<bool> done;
  std::vector<std::size_t> begins{};
  std::size_t widest = 0;
};

}  // namespace detail

/// A network that continues texts: its inputs are "input_ids" and a mask (or tokens alone), its last block makes a
/// score for each token that may come next. Weights are prepared once. N: in which number types it may compute.
template <class Model, detail::DTypeSet N = detail::single | detail::bfloat16>
class Generator {
  static constexpr std::size_t head = Model::block_count - 1;
  static_assert(detail::takes_tokens<typename Model::input::first> && Model::input::others::size <= 1,
                "tuneit: Generator takes networks of texts whose inputs are tokens and a mask, as GPT-2");

 public:
  /// tensors: those of the model, in the order of its table; they are not copied. numbers: in which to compute.
  explicit Generator(const std::vector<at::Tensor>& tensors, at::ScalarType numbers = at::kFloat)
      : device_(tensors.front().device()) {
    const at::NoGradGuard no_grad;
    body_.prepare(tensors, numbers);
    head_.prepare(tensors, numbers);
  }

  /// What follows each text: new_tokens at most, the last one `end` where it came. Texts of several lengths are padded
  /// before their beginning, which nothing sees. Throws Error.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> operator()(std::vector<std::vector<std::int32_t>> texts,
                                                                  const Generation& how = {}) const {
    constexpr Shape out = detail::output_shape<Model, 0>();
    detail::check_generation(texts, how, static_cast<std::size_t>(Model::input::first::side), out.channels());
    const at::NoGradGuard no_grad;
    const detail::BelowAutograd below;
    std::vector<std::size_t> given;
    for (const auto& text : texts) given.push_back(text.size());
    detail::GrowingTexts growing(std::move(texts));
    detail::TokenCache cache;
    std::size_t from = 0;
    for (std::size_t step = 0; step < how.new_tokens && !growing.texts.empty(); ++step) {
      if (!how.cache) {
        cache.clear();
        from = 0;
      }
      const at::Tensor scores = scores_of(growing.columns(from), cache);
      from = growing.widest++;
      if (!add_tokens(scores, growing, how, step)) break;
    }
    std::vector<std::vector<std::int32_t>> out_tokens;
    for (std::size_t i = 0; i < given.size(); ++i)
      out_tokens.emplace_back(growing.texts[i].begin() + static_cast<std::ptrdiff_t>(given[i]), growing.texts[i].end());
    return out_tokens;
  }

 private:
  /// Of the last column, float32 [N, vocabulary] on the CPU.
  [[nodiscard]] at::Tensor scores_of(const std::pair<at::Tensor, at::Tensor>& columns,
                                     detail::TokenCache& cache) const {
    const at::Tensor ids = columns.first.to(device_), there = columns.second.to(device_);
    const detail::TokenCache::Scope scope(cache);
    cache.begin(there);
    at::Tensor y;
    if constexpr (detail::has_wires<Model>) {
      std::vector<at::Tensor> others, crossing;
      if constexpr (Model::input::others::size > 0) others.push_back(there);
      y = body_.run_wired(ids, others, nullptr, &crossing);
      y = head_.run_wired(y.narrow(1, y.size(1) - 1, 1).contiguous(), crossing, nullptr, nullptr);
    } else {
      y = body_.run(ids);
      y = head_.run(y.narrow(1, y.size(1) - 1, 1).contiguous());
    }
    return y.squeeze(1).to(at::kCPU, at::kFloat).contiguous();
  }
  /// False where all texts have ended.
  static bool add_tokens(const at::Tensor& scores, detail::GrowingTexts& growing, const Generation& how,
                         std::size_t step) {
    const auto width = static_cast<std::size_t>(scores.size(1));
    bool some = false;
    for (std::size_t i = 0; i < growing.texts.size(); ++i) {
      if (growing.done[i]) continue;
      std::vector<std::int32_t>& text = growing.texts[i];
      const float* const row = scores.const_data_ptr<float>() + i * width;
      std::vector<float> own(row, row + width);
      if (how.repetition_penalty != 1) penalise(own, text, how.repetition_penalty);
      std::size_t next = 0;
      if (how.sample) {
        data::Draws draws(how.seed, step, i, data::Stream::Text);
        next = drawn_token(tokens_to_draw(own, how), draws.uniform());
      } else {
        next = best_token(own);
      }
      text.push_back(static_cast<std::int32_t>(next));
      growing.done[i] = text.back() == how.end && how.end >= 0;
      some = some || !growing.done[i];
    }
    return some;
  }

  at::Device device_;
  InferenceProgram<Model, 0, head, N> body_;
  InferenceProgram<Model, head, Model::block_count, N> head_;
};

/// What a trainer's network, or the average that is kept of it, says behind each text.
template <template <class> class T, class R>
[[nodiscard]] std::vector<std::vector<std::int32_t>> generate(const T<R>& trainer,
                                                              std::vector<std::vector<std::int32_t>> texts,
                                                              const Generation& how = {}) {
  const std::vector<at::Tensor>& tensors = trainer.best_tensors();
  return Generator<typename R::model, detail::recipe_dtypes<R>>(tensors, tensors.front().scalar_type())(
      std::move(texts), how);
}

}  // namespace tuneit
