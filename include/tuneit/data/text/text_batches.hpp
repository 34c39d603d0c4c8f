#pragma once
// Batches of texts: as wide as the longest of each, and made of texts that are nearly as long.
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/data/batches/batches.hpp"
#include "tuneit/data/text/buckets.hpp"
#include "tuneit/data/text/masked_tokens.hpp"
#include "tuneit/data/text/text_fields.hpp"
#include "tuneit/data/text/text_set.hpp"
#include "tuneit/meta/error.hpp"

namespace tuneit::data {

/// The texts of a set in batches. In training their order is bucketed_order, or with a token budget budget_order; in
/// tests the longest come first, and Batch::index says which they are. A batch is as wide as its longest text on the
/// CPU, where other widths are no faster; for a device as padded_width says, so that there are few widths. What is
/// behind a text is padding: pad_id, type 0, false in the mask, no_label.
class TextBatches final : public Batches {
 public:
  struct Options {
    Bucketing bucketing{};
    std::size_t token_budget = 0;  ///< batches of so many tokens at most, padding counted; 0: of batch_size texts
    std::size_t group = 1;         ///< so many texts that follow each other in the set stay together (losses of pairs)
    bool spans_apart = false;      ///< where an answer begins is the first target, where it ends the second
    bool test = false;             ///< the longest first, and what is drawn is the same in each epoch
    std::uint64_t seed = 0;
    std::int32_t pad_id = 0;
    std::optional<MaskedTokens> masked{};  ///< tokens are hidden, and the targets are what they were
  };

  /// fields: what a network takes, text_fields<R>(). The set is not copied, and must stay. Throws Error(Usage) for
  /// batches of nothing, a budget under the width of the longest text, and tokens of a vocabulary of no size.
  TextBatches(const TextSet& set, std::vector<TextField> fields, Options options)
      : set_(&set), fields_(std::move(fields)), options_(options) {
    const auto refuse = [](const std::string& what, const char* mend) { throw Error(ErrorKind::Usage, what, mend); };
    if (fields_.empty() || fields_.front() != TextField::Ids)
      refuse("the first input of a network of texts is their tokens", "Give text_fields<R>().");
    if (options_.bucketing.batch_size == 0) refuse("batches of no samples", "Give a batch size of 1 or more.");
    if (options_.masked && options_.masked->vocabulary <= 0)
      refuse("hidden tokens become others of a vocabulary of no size",
             "Give MaskedTokens::vocabulary: the rows of the embedding.");
    if (options_.group == 0 || options_.bucketing.batch_size % options_.group != 0 ||
        set.size() % options_.group != 0 || (options_.group > 1 && options_.token_budget > 0))
      refuse("texts go together in groups of " + std::to_string(options_.group) + ", and there are " +
                 std::to_string(set.size()) + " of them in batches of " +
                 (options_.token_budget > 0 ? "some tokens" : std::to_string(options_.bucketing.batch_size)),
             "Give whole groups, and a batch size that is a multiple of them.");
    if (options_.token_budget == 0) return;
    if (const std::size_t widest = padded_width(set.longest(), set.most()); widest > options_.token_budget)
      refuse("batches have at most " + std::to_string(options_.token_budget) +
                 " tokens, and the longest text alone takes " + std::to_string(widest),
             "Give a larger token budget, or cut texts to fewer tokens.");
    ends_ = budget_ends(set.lengths(), options_.token_budget, set.most());
  }
  TextBatches(const TextSet& set, std::vector<TextField> fields) : TextBatches(set, std::move(fields), Options{}) {}

  using Batches::start;
  void start(std::uint64_t epoch, std::vector<std::size_t> order) override {
    order_ = std::move(order);
    epoch_ = options_.test ? 0 : epoch;
    at_ = 0;
  }
  std::optional<Batch> next() override {
    if (at_ >= order_.size()) return std::nullopt;
    const std::size_t end =
        batch_end(set_->lengths(), order_, at_, options_.bucketing.batch_size, options_.token_budget, set_->most());
    const auto rows = std::span(order_).subspan(at_, end - at_);
    at_ = end;
    Batch batch;
    batch.index.assign(rows.begin(), rows.end());
    fill(batch);
    return batch;
  }

  void set_device(at::Device device) override { step_ = device.is_cpu() ? 1 : width_step; }

  [[nodiscard]] std::size_t size() const override { return set_->size(); }
  [[nodiscard]] std::size_t samples() const override { return set_->size(); }
  /// -1 where a text has other targets than a class.
  [[nodiscard]] int label(std::size_t position) const override {
    return targets() == TextTargets::Class ? static_cast<int>(set_->label(position)) : -1;
  }
  /// Of hidden tokens: as the epoch that was started hides them.
  [[nodiscard]] at::Tensor labels(std::span<const std::size_t> positions) const override {
    const auto rows = static_cast<std::int64_t>(positions.size());
    if (targets() == TextTargets::Values) {
      const std::size_t width = positions.empty() ? 0 : set_->values(positions.front()).size();
      at::Tensor out = aten::empty({rows, static_cast<std::int64_t>(width)}, at::TensorOptions(at::kFloat));
      auto* to = out.mutable_data_ptr<float>();
      for (const std::size_t i : positions) to = std::ranges::copy(set_->values(i), to).out;
      return out;
    }
    if (targets() == TextTargets::Tokens) {
      at::Tensor ids, out;
      tokens(positions, ids, out);
      return out;
    }
    const bool spans = targets() == TextTargets::Span && !options_.spans_apart;
    at::Tensor out = spans ? aten::empty({rows, 2}, at::TensorOptions(at::kLong))
                           : aten::empty({rows}, at::TensorOptions(at::kLong));
    auto* to = out.mutable_data_ptr<std::int64_t>();
    for (const std::size_t i : positions) {
      *to++ = set_->label(i);
      if (spans) *to++ = set_->answer_end(i);
    }
    return out;
  }
  [[nodiscard]] std::vector<at::Tensor> other_targets(std::span<const std::size_t> positions) const override {
    if (targets() != TextTargets::Span || !options_.spans_apart) return {};
    at::Tensor out = aten::empty({static_cast<std::int64_t>(positions.size())}, at::TensorOptions(at::kLong));
    auto* to = out.mutable_data_ptr<std::int64_t>();
    for (const std::size_t i : positions) *to++ = set_->answer_end(i);
    return {out};
  }
  [[nodiscard]] std::optional<Schema> schema() const override {
    Schema s;
    for (const TextField field : fields_)
      s.inputs.push_back({{}, {{-1}}, field == TextField::Mask ? ItemType::Truth : ItemType::Index});
    SchemaItem target;
    target.type = targets() == TextTargets::Values ? ItemType::Number : ItemType::Index;
    target.sizes.emplace();
    if (targets() == TextTargets::Span && options_.spans_apart)
      s.targets.push_back(target);
    else if (targets() != TextTargets::Class)
      target.sizes->push_back(targets() == TextTargets::Tokens ? -1
                              : targets() == TextTargets::Span ? 2
                              : set_->size() == 0              ? -1
                                                               : static_cast<std::int64_t>(set_->values(0).size()));
    s.targets.push_back(std::move(target));
    return s;
  }
  [[nodiscard]] const TextNotes* notes() const override { return set_->notes(); }
  [[nodiscard]] std::string describe(std::size_t position) const override {
    return "text " + std::to_string(position) + " (from 0)";
  }
  [[nodiscard]] bool always_finite() const override { return targets() != TextTargets::Values; }
  [[nodiscard]] std::vector<std::size_t> order(std::uint64_t epoch) const override {
    if (options_.group > 1) return order_of_groups(epoch);
    if (options_.test) return order_by_length(set_->lengths());
    return ends_.empty() ? bucketed_order(set_->lengths(), options_.bucketing, options_.seed, epoch)
                         : budget_order(set_->lengths(), ends_, set_->most(), options_.seed, epoch);
  }
  [[nodiscard]] std::size_t batch_size() const override {
    return ends_.empty() ? options_.bucketing.batch_size : (size() + ends_.size() - 1) / ends_.size();
  }
  [[nodiscard]] std::size_t batches() const override { return ends_.empty() ? Batches::batches() : ends_.size(); }
  [[nodiscard]] bool equal_batches() const override { return ends_.empty() && options_.group == 1; }
  [[nodiscard]] std::int64_t padding() const override { return options_.pad_id; }
  [[nodiscard]] std::uint64_t views() const override { return options_.masked && !options_.test ? 0 : 1; }

 private:
  /// A group is as long as its longest text.
  [[nodiscard]] std::vector<std::size_t> order_of_groups(std::uint64_t epoch) const {
    std::vector<std::uint32_t> lengths(size() / options_.group);
    for (std::size_t i = 0; i < size(); ++i) {
      std::uint32_t& longest = lengths[i / options_.group];
      longest = std::max(longest, set_->lengths()[i]);
    }
    Bucketing how = options_.bucketing;
    how.batch_size /= options_.group;
    std::vector<std::size_t> order;
    for (const std::size_t g :
         options_.test ? order_by_length(lengths) : bucketed_order(lengths, how, options_.seed, epoch))
      for (std::size_t i = 0; i < options_.group; ++i) order.push_back(g * options_.group + i);
    return order;
  }
  [[nodiscard]] TextTargets targets() const { return options_.masked ? TextTargets::Tokens : set_->targets(); }
  [[nodiscard]] std::int64_t width_of(std::span<const std::size_t> positions) const {
    std::size_t longest = 0;
    for (const std::size_t i : positions) longest = std::max<std::size_t>(longest, set_->lengths()[i]);
    return static_cast<std::int64_t>(padded_width(longest, set_->most(), step_));
  }
  /// One number for each token, and `padding` behind them.
  template <class T, class Of>
  [[nodiscard]] at::Tensor rows(std::span<const std::size_t> positions, at::ScalarType type, T padding,
                                const Of& of) const {
    const std::int64_t width = width_of(positions);
    at::Tensor out = aten::empty({static_cast<std::int64_t>(positions.size()), width}, at::TensorOptions(type));
    T* to = out.mutable_data_ptr<T>();
    for (const std::size_t i : positions) {
      T* const begin = to;
      to = of(i, to);
      to = std::fill_n(to, width - (to - begin), padding);
    }
    return out;
  }
  /// Ids, and the label of each, which are drawn together where tokens are hidden.
  void tokens(std::span<const std::size_t> positions, at::Tensor& ids, at::Tensor& labels) const {
    if (options_.masked) {
      labels = rows<std::int64_t>(positions, at::kLong, no_label, [](std::size_t, std::int64_t* to) { return to; });
      std::int64_t* label = labels.mutable_data_ptr<std::int64_t>();
      ids = rows<std::int64_t>(positions, at::kLong, options_.pad_id, [&](std::size_t i, std::int64_t* to) {
        mask_tokens(set_->ids(i), set_->specials(i), *options_.masked, options_.seed, epoch_, i, to, label);
        label += labels.sizes()[1];
        return to + set_->lengths()[i];
      });
      return;
    }
    ids = rows<std::int64_t>(positions, at::kLong, options_.pad_id,
                             [&](std::size_t i, std::int64_t* to) { return std::ranges::copy(set_->ids(i), to).out; });
    if (targets() == TextTargets::Tokens)
      labels = rows<std::int64_t>(positions, at::kLong, no_label, [&](std::size_t i, std::int64_t* to) {
        return std::ranges::copy(set_->token_labels(i), to).out;
      });
  }
  void fill(Batch& batch) const {
    tokens(batch.index, batch.images, batch.labels);
    if (!batch.labels.defined()) batch.labels = labels(batch.index);
    batch.other_targets = other_targets(batch.index);
    for (std::size_t f = 1; f < fields_.size(); ++f) batch.other_inputs.push_back(beside(batch.index, fields_[f]));
  }
  [[nodiscard]] at::Tensor beside(std::span<const std::size_t> positions, TextField field) const {
    if (field == TextField::Mask)
      return rows<bool>(positions, at::kBool, false,
                        [&](std::size_t i, bool* to) { return std::fill_n(to, set_->lengths()[i], true); });
    return rows<std::int64_t>(positions, at::kLong, 0, [&](std::size_t i, std::int64_t* to) {
      if (field == TextField::Types) return std::ranges::copy(set_->type_ids(i), to).out;
      for (std::uint32_t t = 0; t < set_->lengths()[i]; ++t) *to++ = t;
      return to;
    });
  }

  const TextSet* set_;
  std::vector<TextField> fields_;
  Options options_;
  std::size_t step_ = 1;           ///< of which a batch's width is a multiple
  std::vector<std::size_t> ends_;  ///< with a token budget: of batches, in the list by width
  std::vector<std::size_t> order_;
  std::size_t at_ = 0;
  std::uint64_t epoch_ = 0;
};

}  // namespace tuneit::data

namespace tuneit {
using data::TextBatches;
using data::TextSet;
using data::TextTargets;
}  // namespace tuneit
