// BERT and its kin against transformers and torchvision: outputs and gradients of small networks with random weights,
// in double and in single precision. make_transformers.py has the same networks.
// needs: transformers
#include "parity.hpp"
#include "tuneit/engine/generate/generate.hpp"
#include "tuneit/engine/run/inference_program.hpp"
#include "tuneit/engine/run/wired_train.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/bert.hpp"
#include "tuneit/models/distilbert.hpp"
#include "tuneit/models/gpt2.hpp"
#include "tuneit/models/roberta.hpp"
#include "tuneit/models/vit.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/files.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

constexpr transformer::Sizes small{.eps = 1e-12,
                                   .dropout = 0,
                                   .attention_dropout = 0,
                                   .vocabulary = 31,
                                   .hidden = 32,
                                   .layers = 2,
                                   .heads = 4,
                                   .inner = 64,
                                   .positions = 16};
constexpr transformer::Sizes of_roberta = [] {
  transformer::Sizes s = small;
  s.eps = 1e-5, s.positions = 18, s.types = 1, s.padding = 1;
  return s;
}();
constexpr transformer::Sizes of_gpt2 = [] {
  transformer::Sizes s = small;
  s.eps = 1e-5;
  return s;
}();
struct SmallBert final : bert::Model<small> {};
struct SmallDistilBert final : distilbert::Model<small> {};
struct SmallRoberta final : roberta::Model<of_roberta> {};
struct SmallGpt2 final : gpt2::Model<of_gpt2> {};
constexpr vit::Sizes small_vit{
    .side = 16, .patch = 8, .hidden = 32, .layers = 2, .heads = 4, .inner = 64, .classes = 5};
constexpr vit::Sizes hf_vit = [] {
  vit::Sizes s = small_vit;
  s.eps = 1e-12;
  return s;
}();
struct SmallVit final : vit::Model<small_vit> {};
struct SmallHuggingFaceVit final : vit::HuggingFaceModel<hf_vit> {};

// The gradient by the output is given here; a recipe wants a loss.
struct Some : Loss<Some> {
  using targets = Values<0>;
  static constexpr bool fits(Shape) { return true; }
};

template <class Model>
Tensors inputs_of(const io::TensorFile& file, at::ScalarType type) {
  using In = typename Model::input;
  Tensors all{tensor(file, std::string("in.").append(tuneit::detail::input_name<typename In::first>()))};
  [&]<class... Others>(List<Others...>) {
    (all.push_back(tensor(file, std::string("in.").append(tuneit::detail::input_name<Others>()))), ...);
  }(typename In::others{});
  for (at::Tensor& x : all)
    if (x.is_floating_point()) x = x.to(type).contiguous(at::MemoryFormat::ChannelsLast);
  return all;
}
double apart(const at::Tensor& a, const at::Tensor& b) {
  return a.to(at::kDouble).sub(b.to(at::kDouble)).abs().max().item<double>();
}

/// Outputs within `near`, gradients within `steep` of their largest.
template <class Model, class P>
void check(const std::string& name, at::ScalarType type, double near, double steep) {
  INFO(name << " in " << c10::toString(type));
  using R = Finetune<Model, Some, Precision<P>>;
  const io::TensorFile file = io::read_tensors(made("transformers") / (name + ".safetensors"));
  const at::Generator generator = make_generator(1);
  const at::NoGradGuard no_grad;
  Tensors tensors = make_tensors<Model>(0, generator);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (table<Model>.rows[i].is_tied())
      tensors[i] = tensors[static_cast<std::size_t>(table<Model>.rows[i].tied)];
    else
      tensors[i] = tensor(file, "begin." + std::string(table<Model>.name(i))).to(type);
    if (tensors[i].dim() == 4) tensors[i] = tensors[i].contiguous(at::MemoryFormat::ChannelsLast);
  }
  Tensors in = inputs_of<Model>(file, type);
  const at::Tensor x = in.front();
  in.erase(in.begin());
  const at::Tensor wanted = tensor(file, "out.out");

  const tuneit::detail::BelowAutograd below;
  InferenceProgram<Model, 0, Model::block_count, tuneit::detail::recipe_dtypes<R>> program;
  program.prepare(tensors, type);
  TrainPass<R> pass;
  Tensors gradients(tensors.size());
  const at::ScalarType numbers = x.is_floating_point() ? at::ScalarType::Undefined : type;
  if constexpr (tuneit::detail::has_wires<Model>) {
    CHECK(apart(program.run_wired(x, in, nullptr, nullptr), wanted) < near);
    CHECK(apart(pass.forward(x, tensors, generator, nullptr, in, numbers), wanted) < near);
  } else {
    CHECK(apart(program.run(x), wanted) < near);
    CHECK(apart(pass.forward(x, tensors, generator, nullptr, numbers), wanted) < near);
  }
  pass.backward(tensor(file, "dy.out").to(type), gradients);
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (const auto to = table<Model>.rows[i].tied; to >= 0) gradients[static_cast<std::size_t>(to)].add_(gradients[i]);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (table<Model>.rows[i].is_tied()) continue;
    const std::string row(table<Model>.name(i));
    INFO(row);
    const at::Tensor theirs = tensor(file, "gradient." + row);
    REQUIRE(gradients[i].defined());
    // the gradient of a key's bias is 0 but for rounding
    CHECK(apart(gradients[i], theirs) < steep * std::max(1.0, theirs.abs().max().item<double>()));
  }
}
template <class Model>
void check_exactly(const std::string& name) {
  check<Model, FP64>(name, at::kDouble, 1e-12, 1e-10);
}
template <class Model>
void check_both(const std::string& name, int seeds = 5) {
  for (int seed = 0; seed < seeds; ++seed) {
    check_exactly<Model>(name + "_" + std::to_string(seed));
    check<Model, FP32>(name + "_" + std::to_string(seed), at::kFloat, 1e-5, 1e-4);
  }
}

}  // namespace

TEST_CASE("BERT and its kin are transformers'") {
  check_both<ForTask<SmallBert, tasks::Classes<3>>>("bert");
  check_both<ForTask<SmallDistilBert, tasks::Classes<3>>>("distilbert");
  check_both<ForTask<SmallRoberta, tasks::Classes<3>>>("roberta");
  check_both<SmallGpt2>("gpt2");
}
TEST_CASE("heads for tags, answers and hidden tokens are transformers'") {
  check_exactly<ForTask<SmallBert, tasks::Tags<3>>>("bert_tags_0");
  check_exactly<ForTask<SmallBert, tasks::Spans>>("bert_spans_0");
  check_exactly<ForTask<SmallBert, tasks::MaskedTokens>>("bert_masked_0");
  check_exactly<ForTask<SmallDistilBert, tasks::Tags<3>>>("distilbert_tags_0");
  check_exactly<ForTask<SmallDistilBert, tasks::Spans>>("distilbert_spans_0");
  check_exactly<ForTask<SmallDistilBert, tasks::MaskedTokens>>("distilbert_masked_0");
  check_exactly<ForTask<SmallRoberta, tasks::Tags<3>>>("roberta_tags_0");
  check_exactly<ForTask<SmallRoberta, tasks::Spans>>("roberta_spans_0");
  check_exactly<ForTask<SmallRoberta, tasks::MaskedTokens>>("roberta_masked_0");
}
TEST_CASE("texts are continued as transformers' generate does it, token for token, with a cache and without one") {
  using Model = SmallGpt2;
  const io::TensorFile weights = io::read_tensors(made("transformers") / "gpt2_0.safetensors"),
                       said = io::read_tensors(made("transformers") / "generated.safetensors");
  Tensors tensors = make_tensors<Model>(0, make_generator(1));
  for (std::size_t i = 0; i < tensors.size(); ++i)
    tensors[i] = table<Model>.rows[i].is_tied()
                     ? tensors[static_cast<std::size_t>(table<Model>.rows[i].tied)]
                     : tensor(weights, "begin." + std::string(table<Model>.name(i))).to(at::kDouble);
  const Generator<Model, tuneit::detail::recipe_dtypes<Finetune<Model, Precision<FP64>>>> generator(tensors,
                                                                                                    at::kDouble);
  const at::Tensor prompts = tensor(said, "prompts"), there = tensor(said, "there");
  std::vector<std::vector<std::int32_t>> texts;
  for (std::int64_t r = 0; r < prompts.size(0); ++r) {
    texts.emplace_back();
    for (std::int64_t c = 0; c < prompts.size(1); ++c)
      if (there[r][c].item<std::int64_t>() != 0)
        texts.back().push_back(static_cast<std::int32_t>(prompts[r][c].item<std::int64_t>()));
  }
  const auto wanted = [&](const std::string& name) {
    const at::Tensor all = tensor(said, name);
    std::vector<std::vector<std::int32_t>> rows(texts.size());
    for (std::int64_t r = 0; r < all.size(0); ++r)
      for (std::int64_t c = 0; c < all.size(1); ++c)
        if (const auto id = all[r][c].item<std::int64_t>(); id >= 0)
          rows[static_cast<std::size_t>(r)].push_back(static_cast<std::int32_t>(id));
    return rows;
  };
  for (const bool cache : {true, false}) {
    INFO(cache);
    Generation how;
    how.new_tokens = 12;  // a cache of 3 grows to 6, 12 and 24
    how.cache = cache;
    CHECK(generator(texts, how) == wanted("greedy"));
    CHECK(generator({texts[1]}, how).front() == wanted("greedy")[1]);
    how.end = static_cast<std::int32_t>(tensor(said, "end").item<std::int64_t>());
    CHECK(generator(texts, how) == wanted("ended"));
    CHECK(wanted("ended")[0].size() <= 8);
    how.end = -1;
    how.repetition_penalty = 1.3;
    CHECK(generator(texts, how) == wanted("penalised"));
  }
  Generation drawn;
  drawn.new_tokens = 12, drawn.sample = true, drawn.seed = 3, drawn.top_p = 0.9, drawn.temperature = 2;
  const auto first = generator(texts, drawn);
  drawn.cache = false;
  CHECK(generator(texts, drawn) == first);
  CHECK(generator({texts[0]}, drawn).front() == first[0]);  // whoever is beside it
  drawn.seed = 4;
  CHECK(generator(texts, drawn) != first);
  drawn.top_k = 1;
  CHECK(generator(texts, drawn) == wanted("greedy"));
  CHECK_THROWS_WITH(generator({{31}}), Catch::Contains("has the token 31"));
  CHECK_THROWS_WITH(generator({{}}), Catch::Contains("has no tokens"));
  CHECK_THROWS_WITH(generator({{1, 2, 3, 4, 5}}, drawn), Catch::Contains("the network has 16"));
}
TEST_CASE("a file's grid of positions becomes that of the network as torchvision and transformers resample it") {
  const io::TensorFile file = io::read_tensors(made("transformers") / "positions.safetensors");
  for (const std::int64_t side : {2, 7}) {
    const std::string at = "." + std::to_string(side);
    CHECK(apart(weights::resampled_positions(tensor(file, "given"), side, true), tensor(file, "torchvision" + at)) <
          1e-12);
    CHECK(apart(weights::resampled_positions(tensor(file, "given"), side, false), tensor(file, "transformers" + at)) <
          1e-12);
  }
  const auto loaded = [&]<class Model>(Type<Model>, const char* name, const std::string& wanted) {
    const Tensors tensors = make_tensors<Model>(0, make_generator(1)), read = make_tensors<Model>(0, make_generator(2));
    io::TensorFile of_other_pictures;
    of_other_pictures.path = "vit.safetensors";
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      of_other_pictures.tensors.push_back(
          weights::from_tensor(std::string(table<Model>.name(i)),
                               table<Model>.name(i) == name ? tensor(file, "given").to(at::kFloat) : tensors[i]));
    weights::MatchOptions options;
    options.notes = &notes;
    copy_weights<Model>(read, of_other_pictures, false, options);
    for (std::size_t i = 0; i < tensors.size(); ++i)
      CHECK(apart(read[i], table<Model>.name(i) == name ? tensor(file, wanted) : tensors[i]) < 1e-6);
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Catch::Contains("5 x 5 were resampled to 2 x 2"));
  };
  loaded(Type<SmallVit>{}, "encoder.pos_embedding", "torchvision.2");
  loaded(Type<SmallHuggingFaceVit>{}, "embeddings.position_embeddings", "transformers.2");
}
TEST_CASE("twenty steps of AdamW are transformers'") {
  using R = Finetune<SmallBert, Classify<3>, AdamW<Lr<1e-3>, WeightDecay<0.01>>, Precision<FP64>>;
  using Model = R::model;
  const io::TensorFile file = io::read_tensors(made("transformers") / "steps.safetensors");
  Trainer<R> trainer(defaults<R>());
  const auto each = [&](const std::string& when, const auto& f) {
    for (std::size_t i = 0; i < table<Model>.size; ++i) {
      const std::string row(table<Model>.name(i));
      INFO(row);
      f(trainer.tensors()[i], tensor(file, when + row));
    }
  };
  each("begin.", [](at::Tensor ours, const at::Tensor& theirs) { ours.copy_(theirs); });
  data::Batch batch;
  Tensors in = inputs_of<Model>(file, at::kDouble);
  batch.images = in.front();
  batch.other_inputs.assign(in.begin() + 1, in.end());
  batch.labels = tensor(file, "labels");
  batch.index.resize(6);
  const at::Tensor loss = tensor(file, "loss");
  for (int step = 0; step < 20; ++step) {
    const BatchResult r = trainer.step(batch, 20);
    CHECK(r.loss == Approx(loss[step].item<double>()).margin(1e-8));
  }
  each("end.", [](const at::Tensor& ours, const at::Tensor& theirs) { CHECK(apart(ours, theirs) < 1e-8); });
}
TEST_CASE("vision transformers are torchvision's and transformers'") {
  check_both<SmallVit>("torchvision_vit", 2);
  check_both<SmallHuggingFaceVit>("vit");
}
