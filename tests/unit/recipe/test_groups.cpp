// The numbers of groups by name, what explain says of them, and what their optimizers remember.
#include <catch2/catch.hpp>

#include "../../static/tiny.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;

namespace {

using R =
    Finetune<Tiny, Sgd<Lr<1e-2>, Momentum<0.9>>, ClipNorm<2>, GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>,
             GroupOf<Layer<"body">, Lr<3e-3>, Warmup<Steps<4>>>, GroupOf<Except<Layers<1, 3>>, Lr<5e-3>>>;

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const NamedNumber& n : named_numbers<R>()) all.push_back(n.name);
  return all;
}

}  // namespace

TEST_CASE("the numbers of groups have names, and are in the settings") {
  CHECK(names() == std::vector<std::string>{"clip-norm", "head.clip-norm", "head.lr", "head.weight-decay", "head.beta1",
                                            "head.beta2", "head.eps", "head.amsgrad", "body.lr", "body.warmup",
                                            "group.lr"});
  Settings s = defaults<R>();
  set_number<R>(s, "head.lr", 5e-3);
  set_number<R>(s, "head.clip-norm", 3);
  using Head_ = GroupOf<Head, AdamW<Lr<1e-3>>, ClipNorm<1>, CosineLr>;
  CHECK(detail::optimizer_in_group<R, 0, detail::GroupPlace<Head_, -1>>(s, {0, 0, 50}, 0, 10).lr == 5e-3);
  CHECK_THROWS_AS(set_number<R>(s, "head.lr", -1), Error);
  using Body = GroupOf<Layer<"body">, Lr<3e-3>, Warmup<Steps<4>>>;
  CHECK(detail::optimizer_in_group<R, 0, detail::GroupPlace<Body, -1>>(s, {0, 0, 50}, 1, 10).lr == Approx(3e-3 / 4));
  CHECK(detail::optimizer_in_group<R, 0, detail::GroupPlace<Body, -1>>(s, {0, 0, 50}, 1, 10).number<Momentum>() == 0.9);
}

TEST_CASE("optimizers of groups remember what they remember, of their tensors alone") {
  using Plain = Finetune<Tiny, Sgd<>>;
  using Adams = Finetune<Tiny, Sgd<>, GroupOf<Head, AdamW<>>>;
  using Back = Finetune<Tiny, Sgd<Momentum<0.9>>, GroupOf<Head, Sgd<>>>;
  CHECK(memory<Plain>(2, 8).optimizer == 0);
  CHECK(memory<Adams>(2, 8).optimizer == 2 * 50 * 4);
  CHECK(memory<Back>(2, 8).optimizer == (108 + 8 + 48) * 4);
  using Phased = Finetune<Tiny, Sgd<Momentum<0.9>>, Phases<Phase<Epochs<1>>, Phase<Epochs<1>, GroupOf<Head, AdamW<>>>>>;
  CHECK(memory<Phased>(2, 8).optimizer == (50 + 108 + 8 + 48) * 4 + 2 * 50 * 4);
}

TEST_CASE("explain says what groups have of their own") {
  const std::string text = explain<R>();
  CAPTURE(text);
  CHECK(text.find("Head has AdamW, rate 0.001, betas 0.9 and 0.999, weight decay 0.01; schedule CosineLr") !=
        text.npos);
  CHECK(text.find("; in it gradients are scaled down to a norm of at most 1 together") != text.npos);
  CHECK(text.find("Layer<\"body\"> has SGD, rate 0.003, momentum 0.9, weight decay 0; after Warmup<Steps<4>>") !=
        text.npos);
  // the table has the rates of the groups
  CHECK(text.find("0.001") < text.find("trains 214"));
  CHECK(text.find("0.005") < text.find("trains 214"));
}
