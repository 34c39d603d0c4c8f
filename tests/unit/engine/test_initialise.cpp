// How tensors start: the initialisers' laws, and that a new head follows its own and nothing else does.
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>

#include <catch2/catch.hpp>

#include "tuneit/models/gpt2.hpp"
#include "tuneit/models/roberta.hpp"
#include "tuneit/recipe.hpp"
#include "tuneit/weights/initialise.hpp"

using namespace tuneit;

namespace {

struct Net final
    : Network<Input<3, 8>, Block<"stem", Named<"a", Conv2d<3, 8, Window{3, 1, 1}>>, ReLU>,
              Block<"head", GlobalAvgPool, Named<"pre", Linear<8, 64>>, ReLU, Named<"fc", Linear<64, 10>>>> {};

double far_from_identity(const at::Tensor& x) { return x.sub(at::eye(x.size(0))).abs().max().item<double>(); }
double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

template <class R>
std::vector<at::Tensor> start(std::uint64_t seed = 1) {
  return make_tensors<typename R::model, typename R::head::initialiser>(R::new_classes, make_generator(seed));
}

}  // namespace

TEST_CASE("orthogonal weights have orthonormal rows, or columns where there are more rows") {
  const auto g = make_generator(2);
  for (const auto& [rows, columns] : {std::pair{16, 40}, std::pair{40, 16}, std::pair{24, 24}}) {
    at::Tensor weight = at::empty({rows, columns}), bias = at::empty({rows});
    tuneit::detail::fill_head(Orthogonal{}, weight, bias, g);
    const at::Tensor product = rows <= columns ? weight.matmul(weight.t()) : weight.t().matmul(weight);
    CHECK(far_from_identity(product) < 1e-5);
    CHECK((largest(bias) <= 1 / std::sqrt(columns) && largest(bias) > 0.5 / std::sqrt(columns)));
  }
}

TEST_CASE("truncated normal weights lie within two standard deviations") {
  const auto g = make_generator(3);
  at::Tensor weight = at::empty({200, 100}), bias = at::empty({200});
  tuneit::detail::fill_head(TruncatedNormal<0.02>{}, weight, bias, g);
  CHECK((largest(weight) <= 0.04 && largest(weight) > 0.039));
  // a normal distribution cut at 2 has the variance 1 - 4 phi(2) / (2 Phi(2) - 1) = 0.7737
  CHECK(weight.std().item<double>() == Approx(0.02 * std::sqrt(0.7737)).epsilon(0.02));
  CHECK(weight.mean().item<double>() == Approx(0).margin(4e-4));
  CHECK(largest(bias) == 0);
}

TEST_CASE("a new head's layers start as it says, also the hidden ones; the rest of the block does not") {
  using Plain = Finetune<Net, ReplaceHead<10>>;
  using R = Finetune<Net, ReplaceHead<10, Hidden<32>, HeadNorm, Dropout<0.5>, TruncatedNormal<0.02>>>;
  const auto& t = table<R::model>;
  const std::vector<at::Tensor> tensors = start<R>(), plain = start<Plain>();
  int linear = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string name(t.name(i));
    INFO(name);
    if (name.rfind("fc.", 0) != 0) {
      CHECK(tensors[i].equal(plain[i]));  // "pre" too: torch.nn.Linear's default
      continue;
    }
    if (t.rows[i].owner == Owner::Norm) {
      const double value = t.rows[i].kind == Kind::Weight || t.rows[i].kind == Kind::RunningVar ? 1 : 0;
      CHECK(tensors[i].eq(value).all().item<bool>());
    } else if (t.rows[i].kind == Kind::Weight) {
      ++linear;
      CHECK((largest(tensors[i]) <= 0.04 && largest(tensors[i]) > 0.03));
    } else {
      CHECK(largest(tensors[i]) == 0);
    }
  }
  CHECK(linear == 2);
  for (const at::Tensor& x : start<Finetune<Net, ReplaceHead<4, Hidden<32, false>, Zeros>>>())
    if (x.dim() == 2 && x.size(0) != 64) CHECK(largest(x) == 0);
  const std::vector<at::Tensor> orthogonal = start<Finetune<Net, ReplaceHead<5, Orthogonal>>>();
  const at::Tensor& fc = orthogonal[orthogonal.size() - 2];
  CHECK(far_from_identity(fc.matmul(fc.t())) < 1e-5);
}

namespace {

struct Twice final
    : Network<Input<3, 8>, Block<"a", Named<"c", Conv2d<3, 4, Window{1}>>>,
              Block<"b", Named<"c", Conv2d<4, 4, Window{1}>>, GlobalAvgPool, Named<"fc", Linear<4, 2>>>> {};

}  // namespace

TEST_CASE("padding's row starts from zeros, and GPT-2's last products before an addition from less") {
  constexpr transformer::Sizes sizes{
      .vocabulary = 40, .hidden = 64, .layers = 8, .heads = 4, .inner = 128, .positions = 20, .types = 1, .padding = 1};
  struct Padded final : roberta::Model<sizes> {};
  struct Gpt final : gpt2::Model<sizes> {};
  const auto g = make_generator(4);
  const std::vector<at::Tensor> padded = make_tensors<Padded>(0, g), gpt = make_tensors<Gpt>(0, g);
  int tables = 0;
  for (std::size_t i = 0; i < padded.size(); ++i)
    if (const std::string_view name = table<Padded>.name(i);
        name == "embeddings.word_embeddings.weight" || name == "embeddings.position_embeddings.weight") {
      ++tables;
      CHECK(largest(padded[i][1]) == 0);
      CHECK(largest(padded[i][0]) > 0);
    } else if (name == "embeddings.token_type_embeddings.weight") {
      CHECK(largest(padded[i][0]) > 0);
    }
  CHECK(tables == 2);
  int scaled = 0;
  for (std::size_t i = 0; i < gpt.size(); ++i) {
    const std::string_view name = table<Gpt>.name(i);
    if (gpt[i].dim() < 2 || table<Gpt>.rows[i].is_tied()) continue;
    INFO(name);
    const bool last = name.ends_with("c_proj.weight");  // 0.02 / sqrt(16)
    CHECK(gpt[i].std().item<double>() == Approx(last ? 0.005 : 0.02).epsilon(0.1));
    scaled += last ? 1 : 0;
  }
  CHECK(scaled == 16);
}

TEST_CASE("two tensors of one name are refused before anything is trained") {
  CHECK_THROWS_WITH(make_tensors<Twice>(2, make_generator(1)),
                    Catch::Matchers::Contains("called 'c.weight'") && Catch::Matchers::Contains("Named<"));
}
