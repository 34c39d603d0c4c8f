// Texts in training: batches of as many tokens as the longest has, up to what the network is made for.
#include <ATen/ops/randint.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/data/text/text_batches.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/metric/text_figures.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/recipe/losses/losses.hpp"

using namespace tuneit;

namespace {

/// The mean over tokens that are there.
struct MaskedMean : LayerTag {
  using tensors = None;
  using reads = Wires<"attention_mask">;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};

constexpr int V = 50, H = 16, Longest = 64;
using Ins =
    Inputs<Tokens<"input_ids", Longest>, MaskInput<"attention_mask", Longest>, Tokens<"token_type_ids", Longest>>;
struct Texts final
    : Network<
          Ins,
          Block<"embed", Save<"ids">, From<"token_type_ids">, Named<"type", Embedding<2, H>>, Save<"types">,
                From<"ids">, Named<"word", Embedding<V, H>>, Merge<Add, "types">>,
          Block<"body", Named<"norm", LayerNorm<H>>, Named<"fc1", Linear<H, 64>>, GELU<>, Named<"fc2", Linear<64, H>>>,
          Block<"head", MaskedMean, Named<"classifier", Linear<H, 3>>>> {};
struct Tags final : Network<Inputs<Tokens<"input_ids", Longest>>, Block<"embed", Named<"word", Embedding<V, H>>>,
                            Block<"head", Named<"classifier", Linear<H, 5>>>> {};
struct Whole final : Network<Inputs<Tokens<"ids", 4>>, Block<"embed", Named<"word", Embedding<V, 4>>, Flatten>,
                             Block<"head", Named<"fc", Linear<16, 2>>>> {};
using R = Finetune<Texts, AdamW<Lr<1e-2>>, Epochs<2>>;
using OfSpans = Finetune<Tags, AdamW<Lr<2e-2>>, Metrics<StrictEntityF1<Iob2>>, Monitor<EntityF1>, Epochs<2>>;
using OfTags = Finetune<Tags, AdamW<Lr<2e-2>>, Metrics<Accuracy>, Epochs<3>>;

static_assert(check<Texts>() && shape<Tags>(7) == Shape(7, 5));

at::Tensor ids(std::int64_t n, std::int64_t t) { return at::randint(0, V, {n, t}, make_generator(1), at::kLong); }
data::Batch batch_of(std::int64_t n, std::int64_t t, std::int64_t real) {
  const at::Tensor x = ids(n, t), mask = at::zeros({n, t}, at::kBool);
  mask.narrow(1, 0, real).fill_(true);
  x.narrow(1, real, t - real).fill_(0);
  data::Batch b{x, ids(n, 1).flatten().remainder(3), {}};
  b.other_inputs = {mask, x.remainder(2)};
  for (std::int64_t i = 0; i < n; ++i) b.index.push_back(static_cast<std::size_t>(i));
  return b;
}
double apart(const at::Tensor& a, const at::Tensor& b) { return a.sub(b).abs().max().item<double>(); }

/// Texts whose class is told by their tokens; of tags each token's is its id modulo 5, the first has none.
TextSet some_texts(TextTargets targets, std::size_t n) {
  TextSet set(targets, Longest);
  data::Draws draws(7, 0, 0);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<std::int32_t> text(3 + draws.below(40));
    std::vector<std::int64_t> labels;
    const auto label = static_cast<std::int32_t>(draws.below(3));
    for (std::int32_t& id : text) {
      id = 3 * static_cast<std::int32_t>(draws.below(16)) + label;
      labels.push_back(id % 5);
    }
    labels.front() = no_label;
    if (targets == TextTargets::Class)
      set.add(text, label);
    else
      set.add_labels(text, labels);
  }
  return set;
}

}  // namespace

template <auto F>
struct tuneit::Forward<MaskedMean, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    const at::Tensor mask = c.wire(0).unsqueeze(2).to(x.scalar_type());
    return x.mul(mask).sum(1).div(mask.sum(1));
  }
};

TEST_CASE("a network of texts takes fewer tokens than it is made for, and gives what it gives of padded ones") {
  Trainer<R> trainer(defaults<R>());
  const at::Tensor wide = trainer.outputs(batch_of(4, 64, 9)).only(),
                   narrow = trainer.outputs(batch_of(4, 9, 9)).only();
  CHECK(wide.sizes() == narrow.sizes());
  data::Batch cut = batch_of(4, 64, 9);
  cut.images = cut.images.narrow(1, 0, 12).contiguous();
  for (at::Tensor& x : cut.other_inputs) x = x.narrow(1, 0, 12).contiguous();
  CHECK(apart(trainer.outputs(cut).only(), wide) < 1e-6);
  Trainer<R> padded(defaults<R>()), exact(defaults<R>());
  for (int step = 0; step < 3; ++step)
    CHECK(double{exact.step(cut, 10).loss} == Approx(double{padded.step(batch_of(4, 64, 9), 10).loss}).margin(1e-5));
  for (std::size_t i = 0; i < exact.tensors().size(); ++i) CHECK(apart(exact.tensors()[i], padded.tensors()[i]) < 1e-4);
}

TEST_CASE("texts that are longer, none, or not as long as their mask are refused") {
  Trainer<R> trainer(defaults<R>());
  CHECK_REFUSED(trainer.step(batch_of(4, 65, 9), 10), ErrorKind::Usage, "takes rows of 64 at most of type Long");
  CHECK_REFUSED(trainer.step(batch_of(4, 65, 9), 10), ErrorKind::Usage, "Cut texts to 64 tokens");
  CHECK_REFUSED(trainer.step(batch_of(4, 0, 0), 10), ErrorKind::Usage, "from 1 to 64 tokens");
  data::Batch other = batch_of(4, 16, 9);
  other.other_inputs[0] = other.other_inputs[0].narrow(1, 0, 12);
  CHECK_REFUSED(trainer.step(other, 10), ErrorKind::Usage, "Give bool [samples, 16]");
  other = batch_of(4, 16, 9);
  other.images = other.images.to(at::kInt);
  CHECK_REFUSED(trainer.step(other, 10), ErrorKind::Usage, "Give it as `.to(at::kLong)`");
  using OfFour = Finetune<Whole>;  // a layer behind takes so many and no other
  Trainer<OfFour> whole(defaults<OfFour>());
  CHECK_NOTHROW(whole.logits(ids(2, 4)));
  CHECK_REFUSED(whole.logits(ids(2, 3)), ErrorKind::Usage, "takes rows of 4 of type Long");
  Settings s = defaults<R>();
  s.side = 65;
  CHECK_REFUSED(Trainer<R>(s), ErrorKind::Usage, "cannot take texts of 65 tokens");
}

TEST_CASE("memory of a step of texts by their length, and an arena that many widths do not make larger") {
  Arena& arena = Arena::instance();
  const ArenaScope scope;
  arena.restart_peak();
  const auto before = static_cast<double>(arena.statistics().peak_bytes);
  Trainer<R> trainer(defaults<R>());
  const auto steps = [&](std::int64_t t) {
    arena.restart_peak();
    for (int i = 0; i < 2; ++i) trainer.step(batch_of(64, t, t), 1000);
    return static_cast<double>(arena.statistics().peak_bytes) - before;
  };
  const double at16 = steps(16), at64 = steps(64);
  CHECK(at16 / static_cast<double>(memory<R>(64, 16).total()) == Approx(1).margin(0.25));
  CHECK(at64 / static_cast<double>(memory<R>(64, 64).total()) == Approx(1).margin(0.25));
  const auto touched = [&] { return static_cast<double>(arena.statistics().touched_bytes); };
  const double of_longest = touched();
  data::Draws draws(1, 0, 0);
  const auto many = [&](int n) {
    for (int i = 0; i < n; ++i)
      trainer.step(batch_of(64, static_cast<std::int64_t>(8 * (1 + draws.below(8))), 5), 1000);
    return touched();
  };
  const double after_some = many(30), after_many = many(60);
  INFO("bytes: of the longest " << of_longest << ", of many widths " << after_some << ", then " << after_many);
  CHECK(after_some <= 1.25 * of_longest);
  CHECK(after_many <= 1.02 * after_some);
}

TEST_CASE("fit trains on bucketed texts, and tests them sorted by length") {
  const TextSet set = some_texts(TextTargets::Class, 600), tests = some_texts(TextTargets::Class, 90);
  TextBatches train(set, data::text_fields<R>(), {.bucketing = {.batch_size = 16}}),
      test(tests, data::text_fields<R>(), {.bucketing = {.batch_size = 32}, .test = true});
  Trainer<R> trainer(defaults<R>());
  const auto results = fit(trainer, train, &test);
  CHECK(results.back().validation.accuracy() > 0.95);
  CHECK(results.back().validation.count == 90);
  at::Tensor in_order = at::zeros({90, 3});
  each_tested(trainer, test, [&](const data::Batch& b, const Outputs& y) {
    for (std::size_t i = 0; i < b.index.size(); ++i)
      in_order[static_cast<std::int64_t>(b.index[i])].copy_(y.only()[static_cast<std::int64_t>(i)]);
  });
  std::int64_t hits = 0;
  for (std::int64_t i = 0; i < 90; ++i)
    hits += in_order[i].argmax().item<std::int64_t>() == tests.label(static_cast<std::size_t>(i));
  CHECK(static_cast<double>(hits) / 90 == Approx(results.back().validation.accuracy()));
}

TEST_CASE("fit trains on batches of a token budget, with frozen blocks too, as without what is kept of them") {
  const TextSet set = some_texts(TextTargets::Class, 300);
  TextBatches train(set, data::text_fields<R>(), {.token_budget = 512});
  Trainer<R> trainer(defaults<R>());
  CHECK(fit(trainer, train, nullptr).back().train.count == 300);
  CHECK(trainer.steps_done() == static_cast<long long>(2 * train.batches()));
  using Frozen = Finetune<Texts, Freeze<Backbone>, AdamW<Lr<1e-2>>, Epochs<3>>;
  Settings s = defaults<Frozen>();
  Trainer<Frozen> keeps(s);
  s.cache_features = false;
  Trainer<Frozen> reads(s);
  TextBatches a(set, data::text_fields<R>(), {.bucketing = {.batch_size = 16}}),
      b(set, data::text_fields<R>(), {.bucketing = {.batch_size = 16}});
  fit(keeps, a, nullptr);
  fit(reads, b, nullptr);
  for (std::size_t i = 0; i < keeps.tensors().size(); ++i) CHECK(keeps.tensors()[i].equal(reads.tensors()[i]));
}

TEST_CASE("fit trains a class of each token, and counts those that have a label") {
  const TextSet set = some_texts(TextTargets::Tokens, 300);
  TextBatches train(set, data::text_fields<OfTags>(), {.bucketing = {.batch_size = 16}}),
      test(set, data::text_fields<OfTags>(), {.bucketing = {.batch_size = 64}, .test = true});
  Trainer<OfTags> trainer(defaults<OfTags>());
  const auto results = fit(trainer, train, &test);
  const Score& score = results.back().validation;
  CHECK(score.accuracy() > 0.95);
  CHECK(score.metric<Accuracy>() == Approx(score.accuracy()));
  CHECK(double{score.tokens} == static_cast<double>(set.tokens() - set.size()));
  CHECK(results.back().train.count == 300);
}

TEST_CASE("fit measures the spans of tags in tests, as they are counted one by one, and picks the best epoch by them") {
  const TextSet train = some_texts(TextTargets::Tokens, 100);
  TextSet test = some_texts(TextTargets::Tokens, 40);
  const std::vector<std::string> names{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"};
  Settings s = defaults<OfSpans>();
  Trainer<OfSpans> trainer(s);
  TextBatches batches(train, {data::TextField::Ids}), unnamed(test, {data::TextField::Ids}, {.test = true});
  CHECK_REFUSED(fit(trainer, batches, nullptr), ErrorKind::Usage, "entity_f1, which is measured in tests only");
  CHECK_REFUSED(fit(trainer, batches, &unnamed), ErrorKind::Usage, "need the names of tags");
  test.note({.classes = names});
  TextBatches tests(test, {data::TextField::Ids}, {.test = true});
  Trainer<OfSpans> again(s);
  const auto history = fit(again, batches, &tests);
  report::SpanCounts lenient, strict(io::TagScheme::Iob2);
  each_tested(again, tests, [&](const data::Batch& batch, const Outputs& y) {
    const at::Tensor told = y.only().argmax(2);
    for (std::size_t row = 0; row < batch.index.size(); ++row) {
      std::vector<std::string> truth, predicted;
      for (std::size_t i = 0; i < test.token_labels(batch.index[row]).size(); ++i) {
        const std::int32_t label = test.token_labels(batch.index[row])[i];
        if (label == no_label) continue;
        const auto n = told[static_cast<std::int64_t>(row)][static_cast<std::int64_t>(i)].item<std::int64_t>();
        truth.push_back(names[static_cast<std::size_t>(label)]);
        predicted.push_back(names[static_cast<std::size_t>(n)]);
      }
      lenient.add(truth, predicted);
      strict.add(truth, predicted);
    }
  });
  const EpochResult& last = history.back();
  CHECK(last.validation.metric<EntityF1>() == lenient.all().f1());
  CHECK(last.validation.metric<StrictEntityF1<Iob2>>() == strict.all().f1());
  CHECK(lenient.all().f1() > 0);
  CHECK(lenient.all().f1() != strict.all().f1());
  CHECK(last.watched_loss() == -lenient.all().f1());
  CHECK(last.train.figures.empty());
  CHECK_REFUSED(last.train.metric<EntityF1>(), ErrorKind::Usage, "tests only");
}

TEST_CASE("answers are decided over all windows of a question, and compared with what is accepted") {
  const auto passage = std::make_shared<const std::string>("the red fox ran far");
  TextSet set(TextTargets::Span, 8);
  data::TextNotes notes;
  notes.questions = {{"a", passage, {"red fox", "fox"}}, {"b", passage, {"far"}}, {"c", passage, {}}};
  const std::vector<report::TokenBytes> left{{}, {4, 7, true}, {8, 11, true}},
      right{{}, {12, 15, true}, {16, 19, true}};
  notes.windows = {{0, left}, {0, right}, {1, left}, {1, right}, {2, left}};
  const std::int32_t three[]{1, 2, 3};
  for (int i = 0; i < 5; ++i) set.add_span(three, 0, 0);
  CHECK_THROWS(MetricSums(List<ExactMatch>{}).of(TextBatches(set, {data::TextField::Ids})));
  set.note(notes);
  const TextBatches source(set, {data::TextField::Ids});
  MetricSums metrics(List<ExactMatch, AnswerF1>{});
  metrics.of(source);
  CHECK(std::isnan(metrics.read()[0].value));
  at::Tensor y = at::zeros({5, 8, 2});
  const auto says = [&](std::int64_t window, std::int64_t first, std::int64_t last, double by) {
    y[window][first][0] += by;
    y[window][last][1] += by;
  };
  says(0, 1, 2, 5);          // red fox
  says(1, 1, 1, 4);          // ran, of the other window, and less sure
  says(2, 2, 2, 3);          // fox
  says(3, 1, 2, 6);          // ran far
  says(4, 0, 0, 7);          // none
  y.slice(1, 3).fill_(100);  // padding says nothing
  const std::size_t first[]{3, 0}, second[]{1, 4, 2};
  for (const std::span<const std::size_t> some :
       {std::span<const std::size_t>(first), std::span<const std::size_t>(second)}) {
    std::vector<at::Tensor> rows;
    for (const std::size_t i : some) rows.push_back(y[static_cast<std::int64_t>(i)]);
    metrics.add(Outputs(at::stack(rows)), Targets{at::zeros({static_cast<std::int64_t>(some.size()), 2}, at::kLong)},
                some);
  }
  CHECK(metrics.read()[0].value == Approx(2. / 3));                // b is not
  CHECK(metrics.read()[1].value == Approx((1 + 2. / 3 + 1) / 3));  // of "ran far" and "far" two of three words
  metrics.reset();
  metrics.of(source);
  CHECK(std::isnan(metrics.read()[1].value));
}
