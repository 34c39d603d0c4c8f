// Indices that become vectors: in each number type in which a network computes, in training, in tests and frozen, and
// what a step with them takes.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>

#include "../refusal.hpp"
#include "row_of.hpp"
#include "tuneit/data/batches/tensor_batches.hpp"
#include "tuneit/engine/loop.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct MeanOverTokens : LayerTag {
  using tensors = None;
  static constexpr Shape out(Shape in) { return Shape(in.channels()).with_fit(in.rank == 2 && in.fits); }
};

// One's own, recorded by autograd.
struct OwnRows : LayerTag {
  template <class Sink>
  static constexpr void tensors(Sink& s) {
    s.tensor("rows", Kind::Weight, {50, 16});
  }
  static constexpr Shape out(Shape in) { return Shape(in.dims[0], 16).with_fit(in.dtype == ElementType::Index); }
};

template <class Rows>
struct WordsOf final : Network<Inputs<Tokens<"ids", 9>>, Block<"embed", Named<"word", Rows>>,
                               Block<"body", Named<"norm", LayerNorm<16>>, Named<"fc1", Linear<16, 16>>, GELU<>>,
                               Block<"head", MeanOverTokens, Named<"fc2", Linear<16, 4>>>> {};

// Indices beside pictures, in two tables of different sizes, one of them behind a second name.
struct Beside final : Network<Inputs<Image<3, 1>, Tokens<"ids", 4>, Tokens<"kinds", 4>>,
                              Block<"body", Save<"picture">, From<"kinds">, Save<"again">, From<"again">, Identity,
                                    Named<"kind", Embedding<3, 6>>, Save<"kind">, From<"ids">,
                                    Named<"word", Embedding<11, 6>>, Merge<Add, "kind">, MeanOverTokens>,
                              Block<"head", Merge<Concat, "picture">, Named<"fc", Linear<9, 2>>>> {};

// Few weights beside what flows.
struct Long final : Network<Inputs<Tokens<"ids", 64>>, Block<"embed", Named<"word", Embedding<50, 256>>>,
                            Block<"body", GELU<>>, Block<"head", MeanOverTokens, Named<"fc", Linear<256, 4>>>> {};

double apart(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}

/// How far weights and logits of three steps are from those in double precision.
template <class Words, class P, class... Policies>
void same_as_double(at::ScalarType type, double margin) {
  using R = Finetune<Words, Sgd<Lr<0.1>>, Precision<P>, Policies...>;
  using Exact = Finetune<Words, Sgd<Lr<0.1>>, Precision<FP64>, Policies...>;
  INFO(type_name<R>());
  Trainer<R> ours(defaults<R>());
  Trainer<Exact> exact(defaults<Exact>());
  REQUIRE(ours.numbers() == type);
  for (std::size_t i = 0; i < ours.tensors().size(); ++i) ours.tensors()[i].copy_(exact.tensors()[i]);
  const Tensors before = [&] {
    Tensors all;
    for (const at::Tensor& t : ours.tensors()) all.push_back(t.clone());
    return all;
  }();
  const auto g = make_generator(2);
  const at::Tensor ids = at::randint(0, 50, {8, 9}, g, at::kLong), y = at::randint(0, 4, {8}, g, at::kLong);
  for (int i = 0; i < 3; ++i) {
    const double loss = ours.step(ids, y, 10).loss, wanted = exact.step(ids, y, 10).loss;
    CHECK(loss == Approx(wanted).margin(margin));
  }
  for (std::size_t i = 0; i < ours.tensors().size(); ++i) {
    CHECK(apart(ours.tensors()[i], exact.tensors()[i]) < margin);
    CHECK((apart(ours.tensors()[i], before[i]) > 0) == !plan<R>.rows[i].frozen);
  }
  CHECK(apart(ours.logits(ids), exact.logits(ids)) < 4 * margin);
  CHECK(ours.features(ids).scalar_type() == (frozen_prefix<R>() > 0 ? type : at::kLong));
}

template <class P>
void in_all_runs(at::ScalarType type, double margin) {
  using Ours = WordsOf<Embedding<50, 16>>;
  using Own = WordsOf<OwnRows>;
  same_as_double<Ours, P>(type, margin);
  same_as_double<Ours, P, Freeze<Layer<"word">>>(type, margin);
  same_as_double<Ours, P, Freeze<Layer<"norm">>, Recompute<All>>(type, margin);
  same_as_double<Own, P>(type, margin);
  same_as_double<Own, P, Freeze<Layer<"word">>>(type, margin);
}

template <class R>
void same_memory() {
  INFO(type_name<R>());
  Arena& arena = Arena::instance();
  const ArenaScope scope;
  arena.restart_peak();
  const auto before = static_cast<double>(arena.statistics().peak_bytes);
  Trainer<R> trainer(defaults<R>());
  const at::Tensor ids = at::randint(0, 50, {64, 64}, at::kLong), y = at::randint(0, 4, {64}, at::kLong);
  for (int step = 0; step < 3; ++step) trainer.step(ids, y, 3);
  const double taken = static_cast<double>(arena.statistics().peak_bytes) - before;

  CHECK(static_cast<double>(memory<R>(64, R::model::input::side).total()) / taken == Approx(1).margin(0.05));
}

}  // namespace

template <auto F>
struct tuneit::Forward<MeanOverTokens, F> {
  static at::Tensor run(const at::Tensor& x, const Context&) {
    return x.sum(1).div(x.size(1));
  }  // (a mean of bfloat16 is made of a copy)
};

template <auto F>
struct tuneit::Forward<OwnRows, F> {
  static at::Tensor run(const at::Tensor& x, const Context& c) {
    return c.tensor(0).index_select(0, x.flatten()).view({x.size(0), x.size(1), 16});
  }
};

TEST_CASE("vectors of an embedding are in the number type in which the network computes") {
  in_all_runs<FP32>(at::kFloat, 1e-5);
  in_all_runs<BF16>(at::kBFloat16, 0.02);
  in_all_runs<FP16>(at::kHalf, 0.003);
}

TEST_CASE("the gradient of an embedding adds up in single precision") {
  using Run = Train<Embedding<50, 16>, tuneit::detail::TensorFacts<1>{.live = true, .trained = {1}}, Need{}>;
  const at::Tensor weight = at::randn({50, 16}), ids = at::randint(7, 8, {64, 64}, at::kLong);
  at::Tensor gradient;
  const Context c{&weight, &gradient, nullptr, 0, at::kBFloat16};
  const tuneit::detail::BelowAutograd below;
  Run::Saved saved;
  const at::Tensor y = Run::forward(ids, saved, c);
  REQUIRE(y.scalar_type() == at::kBFloat16);
  Run::backward({y.mul(0).add(1)}, saved, c);
  CHECK(gradient[7].min().item<double>() == 4096);  // in bfloat16 a sum of ones ends at 256
}

TEST_CASE("the account of an embedding is what a step takes, to 5 %") {
  if (!Arena::instance().available()) {
    WARN("no addresses for the arena here");
    return;
  }
  same_memory<Finetune<Long, Precision<FP32>>>();
  same_memory<Finetune<Long, Precision<BF16>>>();
  same_memory<Finetune<Long, Precision<BF16>, Freeze<Layer<"word">>>>();
}

TEST_CASE("a product of low rank beside an embedding moves as the weight that it stands for says") {
  using Words = WordsOf<Embedding<50, 16>>;
  using Plain = Finetune<Words, Sgd<Lr<1>>, Precision<FP64>>;
  using R = Finetune<Words, Lora<Modules<"word">, Rank<3>, Alpha<6>>, Sgd<Lr<1>>, Precision<FP64>>;
  constexpr double scale = 6.0 / 3;
  const std::size_t w = tuneit::test::row_of<R::model>("word.weight"),
                    in = tuneit::test::row_of<R::model>("word.lora_embedding_A"),
                    out = tuneit::test::row_of<R::model>("word.lora_embedding_B");
  Trainer<Plain> plain(defaults<Plain>());
  Trainer<R> beside(defaults<R>());
  CHECK(beside.tensors()[in].abs().max().item<double>() == 0);
  CHECK(beside.tensors()[out].abs().max().item<double>() > 0);
  beside.tensors()[in].copy_(at::randn({3, 50}, make_generator(3), at::kDouble));
  const at::Tensor before = beside.tensors()[w].clone(), a = beside.tensors()[in].clone(),
                   b = beside.tensors()[out].clone();
  for (std::size_t i = 0; i < table<typename R::model>.size; ++i)
    if (const int base = table<typename R::model>.rows[i].base; base >= 0)
      plain.tensors()[static_cast<std::size_t>(base)].copy_(beside.tensors()[i]);
  at::Tensor whole = plain.tensors()[0];
  whole.add_(a.t().mm(b.t()), scale);
  const at::Tensor whole_before = whole.clone();

  const auto g = make_generator(2);
  const at::Tensor ids = at::randint(0, 50, {8, 9}, g, at::kLong), y = at::randint(0, 4, {8}, g, at::kLong);
  CHECK(apart(beside.logits(ids), plain.logits(ids)) < 1e-12);  // merged
  CHECK(beside.step(ids, y, 10).loss == Approx(plain.step(ids, y, 10).loss).epsilon(1e-12));
  const at::Tensor dw = whole_before.sub(whole);  // at a rate of 1
  REQUIRE(dw.abs().max().item<double>() > 1e-3);
  CHECK(apart(a.sub(beside.tensors()[in]), b.t().mm(dw.t()).mul(scale)) < 1e-12);
  CHECK(apart(b.sub(beside.tensors()[out]), dw.t().mm(a.t()).mul(scale)) < 1e-12);
  CHECK(beside.tensors()[w].equal(before));
}

TEST_CASE("an index that its table does not have is refused before the step: which input, which sample") {
  using R = Finetune<WordsOf<Embedding<50, 16>>, Sgd<Lr<0.1>>, Epochs<1>>;
  Trainer<R> trainer(defaults<R>());
  const Tensors before = [&] {
    Tensors all;
    for (const at::Tensor& t : trainer.tensors()) all.push_back(t.clone());
    return all;
  }();
  at::Tensor ids = at::randint(0, 50, {8, 9}, make_generator(2), at::kLong), y = at::randint(0, 4, {8}, at::kLong);
  ids[5][7] = 50;
  constexpr const char* large =
      "sample 5 of the batch (from 0): its input \"ids\" holds the index 50, and the table in which it is looked up "
      "has "
      "50 rows";
  CHECK_REFUSED(trainer.step(ids, y, 10), ErrorKind::Data, large);
  CHECK_REFUSED(trainer.logits(ids), ErrorKind::Data, large);
  CHECK_REFUSED(trainer.step(ids, y, 10), ErrorKind::Data, "Give indices from 0 to 49.");
  CHECK_REFUSED(trainer.step(ids.t().contiguous().t(), y, 10), ErrorKind::Data, large);
  TensorBatches train(ids, y, 4);
  CHECK_REFUSED(fit(trainer, train, nullptr), ErrorKind::Data, "sample 5 of the data source (from 0): its input");
  ids[5][7] = -1;
  CHECK_REFUSED(trainer.step(ids, y, 10), ErrorKind::Data, "holds the index -1");
  ids[5][7] = 49;
  trainer.step(ids, y, 10);
  CHECK(trainer.steps_done() == 2);  // one within fit
  CHECK(!trainer.tensors()[0].equal(before[0]));

  using Lower = Finetune<WordsOf<Embedding<50, 16>>, Lora<Modules<"word">, Rank<3>>>;
  Trainer<Lower> lower(defaults<Lower>());
  ids[5][7] = 50;
  CHECK_REFUSED(lower.step(ids, y, 10), ErrorKind::Data, large);
}

TEST_CASE("an index that is no row is told of each input by its name") {
  using R = Finetune<Beside, Sgd<Lr<0.1>>>;
  Trainer<R> trainer(defaults<R>());
  const auto g = make_generator(2);
  data::Batch b{at::randn({3, 3}, g), at::randint(0, 2, {3}, g, at::kLong), {0, 1, 2}};
  b.other_inputs = {at::randint(0, 11, {3, 4}, g, at::kLong), at::randint(0, 3, {3, 4}, g, at::kLong)};
  trainer.step(b, 10);
  b.other_inputs[0][2][0] = 11;
  CHECK_REFUSED(trainer.step(b, 10), ErrorKind::Data,
                "sample 2 of the batch (from 0): its input \"ids\" holds the index 11, and the table in which it is "
                "looked up has 11 rows");
  b.other_inputs[0][2][0] = 10;
  b.other_inputs[1][1][3] = 3;
  CHECK_REFUSED(trainer.outputs(b), ErrorKind::Data,
                "sample 1 of the batch (from 0): its input \"kinds\" holds the index 3, and the table in which it is "
                "looked up has 3 rows");
  CHECK(trainer.steps_done() == 1);
}
