// Texts in batches: which go together, what is padding, and what each is to give.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "../refusal.hpp"
#include "tuneit/data/batches/batch_guard.hpp"
#include "tuneit/data/batches/schema.hpp"
#include "tuneit/data/text/text_batches.hpp"
#include "tuneit/data/text/token_targets.hpp"
#include "tuneit/engine/ranks/batches.hpp"

using namespace tuneit;
using namespace tuneit::data;

namespace {

std::vector<std::uint32_t> some_lengths(std::size_t n, std::uint32_t most = 60) {
  Draws draws(3, 0, 0);
  std::vector<std::uint32_t> all(n);
  for (std::uint32_t& one : all) one = 2 + static_cast<std::uint32_t>(draws.below(most - 1));
  return all;
}
/// Text i has the ids 1000 i, 1000 i + 1, ...
TextSet set_of(const std::vector<std::uint32_t>& lengths, TextTargets targets = TextTargets::Class,
               std::size_t most = 64) {
  TextSet set(targets, most);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    std::vector<std::int32_t> ids(lengths[i]);
    std::iota(ids.begin(), ids.end(), static_cast<std::int32_t>(1000 * i));
    std::vector<std::int64_t> labels(ids.begin(), ids.end());
    labels.front() = no_label;
    if (targets == TextTargets::Class) set.add(ids, static_cast<std::int64_t>(i % 3));
    if (targets == TextTargets::Tokens) set.add_labels(ids, labels);
    if (targets == TextTargets::Span) set.add_span(ids, 1, lengths[i] - 1);
    const float values[] = {static_cast<float>(i), 0.5F};
    if (targets == TextTargets::Values) set.add_values(ids, values);
  }
  return set;
}
bool is_permutation(std::vector<std::size_t> order) {
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i)
    if (order[i] != i) return false;
  return true;
}
template <class F>
void check_refusal(const F& f, ErrorKind kind, const std::vector<std::string>& words) {
  const auto [text, told] = test::refusal(f);
  INFO(text);
  CHECK(told == kind);
  for (const std::string& word : words) CHECK_THAT(text, Catch::Contains(word));
}
std::int64_t number_at(const at::Tensor& t, std::int64_t i, std::int64_t j) { return t[i][j].item<std::int64_t>(); }
const std::vector<TextField> all_fields{TextField::Ids, TextField::Mask, TextField::Types, TextField::Positions};

}  // namespace

TEST_CASE("bucketed texts are all there, sorted within groups of batches, and a function of seed and epoch") {
  const auto lengths = some_lengths(1003);
  const Bucketing how{.batch_size = 8};
  const auto order = bucketed_order(lengths, how, 1, 1);
  CHECK(order.size() == 1003);
  CHECK(is_permutation(order));
  CHECK(order == bucketed_order(lengths, how, 1, 1));
  CHECK(order != bucketed_order(lengths, how, 1, 2));
  CHECK(order != bucketed_order(lengths, how, 2, 1));
  // min(1003 / 32, 50) = 31 batches of 8 are sorted together
  for (std::size_t b = 0; b + 8 <= order.size(); b += 8)
    for (std::size_t i = b + 1; i < b + 8; ++i) CHECK(lengths[order[i - 1]] >= lengths[order[i]]);
  Bucketing none = how;
  none.batches = 0;
  CHECK(padding_share(lengths, order, 8, 64) < 0.14);  // of which a multiple of 8 is the larger part
  CHECK(padding_share(lengths, order, 8, 64, 1) < 0.04);
  CHECK(padding_share(lengths, bucketed_order(lengths, none, 1, 1), 8, 64) > 0.35);
  // batches are no longer by length: neighbours go up as often as down
  int ups = 0, downs = 0;
  for (std::size_t b = 8; b + 8 <= order.size(); b += 8) (lengths[order[b]] > lengths[order[b - 8]] ? ups : downs)++;
  CHECK(ups > 40);
  CHECK(downs > 40);
}

TEST_CASE("the batch with the longest text comes first, if one asks for it") {
  auto lengths = some_lengths(400);
  lengths[123] = 64;
  for (std::uint64_t epoch = 1; epoch < 4; ++epoch) {
    const auto first = bucketed_order(lengths, {.batch_size = 8, .longest_first = true}, 1, epoch);
    CHECK((first[0] == 123) == (epoch == 1));
    CHECK(is_permutation(first));
  }
  CHECK(order_by_length(lengths)[0] == 123);
}

TEST_CASE("texts of one length, few texts and none") {
  const std::vector<std::uint32_t> alike(100, 7);
  const auto order = bucketed_order(alike, {.batch_size = 10}, 1, 1);
  CHECK(is_permutation(order));
  CHECK(!std::is_sorted(order.begin(), order.end()));
  CHECK(bucketed_order(std::vector<std::uint32_t>{}, {}, 1, 1).empty());
  CHECK(is_permutation(bucketed_order(some_lengths(3), {.batch_size = 8}, 1, 1)));
  CHECK(padded_width(1, 64) == 8);
  CHECK(padded_width(8, 64) == 8);
  CHECK(padded_width(9, 64) == 16);
  CHECK(padded_width(61, 62) == 62);  // no wider than the network takes
}

TEST_CASE("batches of a token budget: no more than it, as many in each epoch, each text once") {
  const auto lengths = some_lengths(500);
  const std::size_t budget = 256;
  const auto ends = budget_ends(lengths, budget, 64);
  std::set<std::vector<std::size_t>> seen;
  for (std::uint64_t epoch = 1; epoch < 5; ++epoch) {
    const auto order = budget_order(lengths, ends, 64, 1, epoch);
    CHECK(is_permutation(order));
    CHECK(seen.insert(order).second);
    std::size_t batches = 0;
    for (std::size_t begin = 0; begin < order.size(); ++batches) {
      const std::size_t end = batch_end(lengths, order, begin, 1, budget, 64);
      std::size_t width = 0;
      for (std::size_t i = begin; i < end; ++i) width = std::max(width, padded_width(lengths[order[i]], 64));
      CHECK((end - begin) * width <= budget);
      begin = end;
    }
    CHECK(batches == ends.size());
  }
}

TEST_CASE("a batch of texts: ids, mask, types, positions, padding") {
  TextSet set(TextTargets::Class, 20);
  set.add(std::vector<std::int32_t>{5, 6, 7}, 1, std::vector<std::int32_t>{0, 1, 1});
  set.add(std::vector<std::int32_t>{8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 0);
  TextBatches batches(set, all_fields, {.bucketing = {.batch_size = 2}, .pad_id = 99});
  batches.start(1, {0, 1});
  CHECK(batches.next()->images.sizes() == at::IntArrayRef({2, 10}));  // on the CPU no wider than the longest
  batches.set_device(at::kCUDA);
  batches.start(1, {0, 1});
  const Batch b = *batches.next();
  CHECK_FALSE(batches.next());
  CHECK(b.index == std::vector<std::size_t>{0, 1});
  REQUIRE(b.images.sizes() == at::IntArrayRef({2, 16}));
  CHECK(number_at(b.images, 0, 2) == 7);
  CHECK(number_at(b.images, 0, 3) == 99);
  CHECK(number_at(b.images, 1, 9) == 17);
  REQUIRE(b.other_inputs.size() == 3);
  CHECK(b.other_inputs[0].scalar_type() == at::kBool);
  CHECK(b.other_inputs[0].sum().item<std::int64_t>() == 13);
  CHECK(b.other_inputs[0][0][2].item<bool>());
  CHECK_FALSE(b.other_inputs[0][0][3].item<bool>());
  CHECK(number_at(b.other_inputs[1], 0, 1) == 1);
  CHECK(b.other_inputs[1].sum().item<std::int64_t>() == 2);
  CHECK(number_at(b.other_inputs[2], 1, 9) == 9);
  CHECK(number_at(b.other_inputs[2], 0, 3) == 0);
  CHECK(b.labels.scalar_type() == at::kLong);
  CHECK(b.labels[0].item<std::int64_t>() == 1);
  CHECK(batches.schema()->inputs.size() == 4);
}

TEST_CASE("an epoch of texts of all kinds of targets passes the guard, in training and in tests") {
  const auto lengths = some_lengths(101);
  for (const TextTargets targets : {TextTargets::Class, TextTargets::Values, TextTargets::Tokens, TextTargets::Span}) {
    const TextSet set = set_of(lengths, targets);
    for (const bool test : {false, true}) {
      TextBatches batches(set, all_fields, {.bucketing = {.batch_size = 8}, .test = test});
      BatchGuard guard;
      std::size_t given = 0, before = 1000;
      batches.start(1);
      while (const auto b = batches.next()) {
        guard.check(*b, batches);
        CHECK_NOTHROW(check_schema(*batches.schema(), schema_of(*b)));
        const auto width = static_cast<std::size_t>(b->images.size(1));
        if (test) CHECK(width <= before);
        before = width;
        for (std::size_t row = 0; row < b->index.size(); ++row, ++given) {
          const std::size_t i = b->index[row];
          const auto r = static_cast<std::int64_t>(row), last = static_cast<std::int64_t>(lengths[i]) - 1;
          CHECK(number_at(b->images, r, last) == static_cast<std::int64_t>(1000 * i) + last);
          if (targets == TextTargets::Class) CHECK(b->labels[r].item<std::int64_t>() == set.label(i));
          if (targets == TextTargets::Values) CHECK(b->labels[r][0].item<float>() == static_cast<float>(i));
          if (targets == TextTargets::Span) CHECK(number_at(b->labels, r, 1) == last);
          if (targets == TextTargets::Tokens) {
            CHECK(number_at(b->labels, r, 0) == no_label);
            CHECK(number_at(b->labels, r, last) == number_at(b->images, r, last));
            if (last + 1 < b->labels.size(1)) CHECK(number_at(b->labels, r, last + 1) == no_label);
          }
        }
      }
      CHECK(given == set.size());
    }
  }
}

TEST_CASE("batches of a budget are counted, and are no equal ones") {
  const TextSet set = set_of(some_lengths(200));
  TextBatches batches(set, {TextField::Ids}, {.token_budget = 128});
  CHECK_FALSE(batches.equal_batches());
  std::set<std::int64_t> rows;
  for (std::uint64_t epoch = 1; epoch < 4; ++epoch) {
    batches.start(epoch);
    std::size_t count = 0, given = 0;
    for (; const auto b = batches.next(); ++count) {
      CHECK(b->images.numel() <= 128);
      rows.insert(b->images.size(0));
      given += b->index.size();
    }
    CHECK(count == batches.batches());
    CHECK(given == 200);
  }
  CHECK(rows.size() > 3);
  check_refusal([&] { TextBatches(set, {TextField::Ids}, {.token_budget = 30}); }, ErrorKind::Usage,
                {"30 tokens", "the longest text alone takes 64", "token budget"});
}

TEST_CASE("where answers begin and end is one target, or two") {
  const TextSet set = set_of(some_lengths(20), TextTargets::Span);
  TextBatches batches(set, {TextField::Ids}, {.bucketing = {.batch_size = 4}, .spans_apart = true});
  batches.start(1);
  const Batch b = *batches.next();
  REQUIRE(b.other_targets.size() == 1);
  CHECK(b.labels.eq(1).all().item<bool>());
  CHECK(b.other_targets[0][0].item<std::int64_t>() == static_cast<std::int64_t>(set.lengths()[b.index[0]]) - 1);
  CHECK_NOTHROW(check_schema(*batches.schema(), schema_of(b)));
}

TEST_CASE("texts that go together stay together") {
  const TextSet set = set_of(some_lengths(300));
  for (const bool test : {false, true}) {
    TextBatches batches(set, {TextField::Ids}, {.bucketing = {.batch_size = 12}, .group = 3, .test = test});
    const auto order = batches.order(1);
    CHECK(is_permutation(order));
    CHECK(order[0] != 0);
    for (std::size_t i = 0; i < 300; i += 3) {
      CHECK(order[i] % 3 == 0);
      CHECK((order[i + 1] == order[i] + 1 && order[i + 2] == order[i] + 2));
    }
  }
  check_refusal([&] { TextBatches(set, {TextField::Ids}, {.bucketing = {.batch_size = 8}, .group = 3}); },
                ErrorKind::Usage, {"groups of 3", "batches of 8"});
}

TEST_CASE("hidden tokens are drawn anew in each epoch, by text, and in the shares that were asked for") {
  TextSet set(TextTargets::Class, 512);
  std::vector<std::int32_t> ids(512, 7);
  std::vector<std::uint8_t> specials(512, 0);
  specials.front() = specials.back() = 1;
  for (int i = 0; i < 40; ++i) set.add(ids, 0, {}, specials);
  const TextBatches::Options how{.bucketing = {.batch_size = 40}, .masked = MaskedTokens{103, 30000}};
  TextBatches batches(set, {TextField::Ids}, how);
  CHECK(batches.views() == 0);
  const auto epoch = [&](std::uint64_t e, std::vector<std::size_t> order) {
    batches.start(e, std::move(order));
    return *batches.next();
  };
  std::vector<std::size_t> all(40);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const Batch one = epoch(1, all), again = epoch(1, all), other = epoch(2, all);
  CHECK(one.images.equal(again.images));
  CHECK_FALSE(one.images.equal(other.images));
  CHECK(epoch(1, {5}).images[0].equal(one.images[5]));  // whatever stands beside it
  CHECK_FALSE(one.images[0].equal(one.images[1]));
  const double tokens = 40.0 * 510, drawn = one.labels.ne(no_label).sum().item<double>();
  CHECK(drawn / tokens == Approx(0.15).margin(0.01));
  CHECK(one.images.eq(103).sum().item<double>() / drawn == Approx(0.8).margin(0.03));
  const at::Tensor hidden = one.labels.ne(no_label),
                   random = hidden.logical_and(one.images.ne(103)).logical_and(one.images.ne(7));
  CHECK(random.sum().item<double>() / drawn == Approx(0.1).margin(0.02));
  CHECK(one.labels.masked_select(hidden).eq(7).all().item<bool>());
  CHECK(one.images.masked_select(hidden.logical_not()).eq(7).all().item<bool>());
  CHECK(one.labels.select(1, 0).eq(no_label).all().item<bool>());
  CHECK(one.labels.select(1, 511).eq(no_label).all().item<bool>());
  CHECK(one.images.max().item<std::int64_t>() < 30000);
}

TEST_CASE("a word's first piece has its label, or all of them") {
  const std::vector<std::int32_t> words{-1, 0, 1, 1, 1, 3, -1};  // word 2 has no token
  const std::vector<std::int64_t> tags{0, 3, 0, 4}, inside{0, 1, 2, 4, 4};
  const std::vector<std::int64_t> n{no_label}, first{-100, 0, 3, -100, -100, 4, -100}, all{-100, 0, 3, 4, 4, 4, -100};
  CHECK(token_labels(words, tags) == first);
  CHECK(token_labels(words, tags, LabelledPieces::All, inside) == all);
  CHECK(token_labels(words, tags, LabelledPieces::All) == std::vector<std::int64_t>{-100, 0, 3, 3, 3, 4, -100});
  check_refusal(
      [&] {
        token_labels(words, std::vector<std::int64_t>{0, 1});
      },
      ErrorKind::Usage, {"word 3", "labels of 2"});
  std::vector<std::int64_t> told(4);
  const std::vector<std::int64_t> of_tokens{9, 1, 5, 9, 9, 6, 9};
  CHECK(word_classes(words, of_tokens, 0, told) == 1);
  CHECK(told == std::vector<std::int64_t>{1, 5, 0, 6});
}

TEST_CASE("where a window of a context holds an answer") {
  struct Span {
    std::uint32_t begin, end;
  };
  // [CLS] who ? [SEP] the cat sat down [SEP]
  const std::vector<Span> offsets{{0, 0}, {0, 3}, {3, 4}, {0, 0}, {0, 3}, {4, 7}, {8, 11}, {12, 16}, {0, 0}};
  const std::vector<std::int32_t> sequence{-1, 0, 0, -1, 1, 1, 1, 1, -1};
  using Pair = std::pair<std::size_t, std::size_t>;
  const auto tokens = [&](std::size_t b, std::size_t e) { return answer_tokens<Span>(offsets, sequence, b, e); };
  CHECK(tokens(4, 7) == Pair(5, 5));
  CHECK(tokens(4, 11) == Pair(5, 6));
  CHECK(tokens(0, 16) == Pair(4, 7));
  CHECK(tokens(0, 3) == Pair(4, 4));
  CHECK(tokens(12, 16) == Pair(7, 7));  // the last token of the context
  CHECK(tokens(5, 6) == Pair(5, 5));    // within a token
  CHECK(tokens(12, 20) == Pair(0, 0));  // it ends behind the window
  CHECK(tokens(7, 7) == Pair(0, 0));    // none
}

TEST_CASE("texts in blocks, each token to be continued") {
  TextSet set;
  set.add(std::vector<std::int32_t>{1, 2, 3}, 0);
  set.add(std::vector<std::int32_t>{4, 5}, 0);
  const TextSet blocks = causal_blocks(set, 3, 9);
  REQUIRE(blocks.size() == 2);  // 1 2 3 | 9 4 5 | 9 is dropped
  CHECK(std::ranges::equal(blocks.ids(1), std::vector<std::int32_t>{9, 4, 5}));
  CHECK(std::ranges::equal(blocks.token_labels(1), std::vector<std::int32_t>{4, 5, -100}));
}

TEST_CASE("texts that are none, too long, or have other targets are refused") {
  TextSet set(TextTargets::Class, 4);
  const std::vector<std::int32_t> ids{1, 2, 3, 4, 5};
  check_refusal([&] { set.add(ids, 0); }, ErrorKind::Data, {"text 0", "5 tokens", "Cut it to 4"});
  check_refusal([&] { set.add(std::vector<std::int32_t>{}, 0); }, ErrorKind::Data, {"0 tokens"});
  check_refusal([&] { set.add_span(ids, 0, 1); }, ErrorKind::Usage, {"other targets"});
  TextSet spans(TextTargets::Span, 8);
  check_refusal([&] { spans.add_span(ids, 2, 5); }, ErrorKind::Data, {"from 2 to 5"});
  TextSet tags(TextTargets::Tokens, 8);
  check_refusal([&] { tags.add_labels(ids, std::vector<std::int64_t>{1}); }, ErrorKind::Usage,
                {"5 tokens and 1 labels"});
  TextSet values(TextTargets::Values, 8);
  values.add_values(ids, std::vector<float>{1, 2});
  check_refusal([&] { values.add_values(ids, std::vector<float>{1}); }, ErrorKind::Data, {"1 numbers", "have 2"});
}

namespace {

/// The second of three processes.
class SecondOfThree final : public ranks::Group {
 public:
  SecondOfThree()
      : Group([] {
          ranks::Environment e;
          e.rank = 1, e.size = 3;
          return e;
        }()) {}
  std::unique_ptr<ranks::Work> sum(const at::Tensor&) override { return nullptr; }
  at::Tensor gather(const at::Tensor& x) override { return x; }
  void end(const std::string&) noexcept override {}
  void meet(const std::string&) override {}
};

}  // namespace

TEST_CASE("rows of a process that lie in two batches are as wide as the longest, with padding behind the others") {
  const auto lengths = some_lengths(80);
  const TextSet set = set_of(lengths, TextTargets::Tokens);
  TextBatches whole(set, all_fields, {.bucketing = {.batch_size = 8}, .pad_id = 7});
  SecondOfThree group;
  tuneit::detail::SharedBatches part(whole, group);
  part.start(1);
  std::size_t texts = 0;
  while (const auto batch = part.next())
    for (std::size_t row = 0; row < batch->index.size(); ++row, ++texts) {
      const std::size_t text = batch->index[row];
      INFO("text " << text);
      const auto i = static_cast<std::int64_t>(row), length = static_cast<std::int64_t>(lengths[text]),
                 first = static_cast<std::int64_t>(1000 * text);
      bool right = batch->images.size(1) >= length;
      for (std::int64_t t = 0; right && t < batch->images.size(1); ++t) {
        const bool there = t < length;
        right = number_at(batch->images, i, t) == (there ? first + t : 7) &&
                batch->other_inputs[0][i][t].item<bool>() == there &&
                number_at(batch->other_inputs[2], i, t) == (there ? t : 0) &&
                number_at(batch->labels, i, t) == (there && t > 0 ? first + t : no_label);
      }
      CHECK(right);
    }
  CHECK(texts == 30);  // three of each batch of eight
}
