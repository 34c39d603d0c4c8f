// Knowledge distillation: its formula against PyTorch's, as autograd has it; what the teacher sees; what is refused.
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/kl_div.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <torch/csrc/autograd/generated/variable_factories.h>

#include <catch2/catch.hpp>
#include <utility>

#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

struct Wide final
    : Network<Input<3, 16>,
              Block<"stem", Named<"a", Conv2d<3, 16, Window{3, 2, 1}>>, Named<"n", BatchNorm2d<16>>, ReLU>,
              Block<"head", GlobalAvgPool, Dropout<0.5>, Named<"fc", Linear<16, 9>>>> {};
using Learned = Finetune<Wide, ReplaceHead<4>>;

std::pair<at::Tensor, at::Tensor> batch(int seed, std::int64_t n = 8) {
  return {at::randn({n, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(seed))),
          at::arange(n, at::kLong).remainder(4)};
}
/// Weights that are no start of a training: running statistics that are not 0 and 1, too.
Tensors teacher_weights() {
  Settings s = defaults<Learned>();
  s.seed = 7;
  const Trainer<Learned> trainer(s);
  Tensors weights;
  for (const at::Tensor& t : trainer.tensors())
    weights.push_back(t.is_floating_point() ? t.mul(3).add(0.1) : t.clone());
  return weights;
}
/// torch.nn.functional.kl_div(log_softmax(s / T), softmax(t / T), reduction="batchmean") * T * T
at::Tensor torch_formula(const at::Tensor& student, const at::Tensor& teacher, double t) {
  const at::Tensor div =
      at::kl_div(at::log_softmax(student.div(t), 1), at::softmax(teacher.div(t), 1), at::Reduction::Sum);
  return div.div(student.size(0)).mul(t * t);
}
template <class R>
void steps(Trainer<R>& trainer, int n, int first = 0) {
  for (int i = first; i < first + n; ++i) {
    const auto [x, y] = batch(i);
    trainer.step(x, y, 100);
  }
}
bool same(const Tensors& a, const Tensors& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!a[i].equal(b[i])) return false;
  return a.size() == b.size();
}
template <class... Ps>
using With = Finetune<Small, ReplaceHead<4>, Ps...>;
using Soft = Distill<Learned, Temperature<4>, SoftShare<0.7>>;

}  // namespace

TEST_CASE("soft targets are torch's kl_div, and their gradient autograd's") {
  for (const double t : {0.5, 1.0, 4.0}) {
    const at::Tensor student = at::randn({5, 6}, make_generator(1)).to(at::kDouble).mul_(3).set_requires_grad(true);
    const at::Tensor teacher = at::randn({5, 6}, make_generator(2)).to(at::kDouble).mul_(30);  // some q are next to 0
    const at::Tensor expected = torch_formula(student, teacher, t);
    expected.backward();
    const Distillation soft = soft_targets(student.detach(), teacher, t);
    CHECK(soft.loss == Approx(expected.item<double>()).epsilon(1e-12));
    CHECK(soft.gradient.sub(student.grad()).abs().max().item<double>() < 1e-12);
  }
}

namespace {

/// One step of R in double precision against torch's formula and autograd.
template <class R>
void check_step(double rate, bool sum) {
  INFO(type_name<R>());
  Trainer<R> trainer(defaults<R>());
  const Tensors weights = teacher_weights();
  trainer.teacher().copy(weights);
  const auto [images, y] = batch(1);
  const at::Tensor x = images.to(at::kDouble);
  Tensors leaves, as_double;
  for (std::size_t i = 0; i < trainer.tensors().size(); ++i) {
    leaves.push_back(trainer.tensors()[i].clone());
    if (!table<typename R::model>.rows[i].is_buffer()) leaves.back().set_requires_grad(true);
  }
  for (const at::Tensor& w : weights) as_double.push_back(w.is_floating_point() ? w.to(at::kDouble) : w);
  const at::Tensor teacher = infer<Learned::model>(x, as_double);  // as in evaluation: no dropout, running statistics
  const at::Tensor logits = forward<R>(x, leaves, make_generator(1));
  const at::Tensor loss = at::cross_entropy_loss(logits, y).mul(0.3).add(torch_formula(logits, teacher, 4), 0.7);
  (sum ? loss.mul(8) : loss).backward();
  CHECK(trainer.step(x, y, 100).loss == Approx(loss.template item<double>()).epsilon(1e-10));
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (leaves[i].grad().defined())
      CHECK(trainer.tensors()[i].allclose(leaves[i].detach().sub(leaves[i].grad(), rate), 1e-9, 1e-11));
}

}  // namespace

TEST_CASE("a step with a teacher is one of torch's") {
  check_step<With<Sgd<Lr<1e-2>>, Precision<FP64>, Soft>>(1e-2, false);
  check_step<With<Sgd<Lr<1e-3, Sum>>, CrossEntropy<Sum>, Precision<FP64>, Soft>>(1e-3, true);
  check_step<With<Sgd<Lr<1e-2>>, Precision<FP64>, Soft, Freeze<Layers<0, 1>>>>(1e-2, false);
}

TEST_CASE("the share of the soft targets is a number of the run; with none of them nothing is different") {
  using R = With<Sgd<Lr<1e-2>>, Soft>;
  using Plain = With<Sgd<Lr<1e-2>>>;
  Settings s = defaults<R>();
  value_of<R, Soft, 1>(s) = 0;
  Trainer<R> none(s), some(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  none.teacher().copy(teacher_weights());
  some.teacher().copy(teacher_weights());
  steps(none, 3);
  steps(some, 3);
  steps(plain, 3);
  CHECK(same(none.tensors(), plain.tensors()));
  CHECK_FALSE(same(some.tensors(), plain.tensors()));
}

namespace {

struct Brighter : PolicyTag {
  static constexpr Moments acts = OnBatch;
  template <class C>
  void on_batch(StepBatch& b, const C&) const {
    b.images.add_(1);
  }
};

}  // namespace

TEST_CASE("the teacher sees what flows in: mixed pictures, not the caller's") {
  using R = With<Sgd<Lr<1e-2>>, Soft, Brighter>;
  using Plain = With<Sgd<Lr<1e-2>>, Soft>;
  Trainer<R> brighter(defaults<R>());
  Trainer<Plain> plain(defaults<Plain>());
  brighter.teacher().copy(teacher_weights());
  plain.teacher().copy(teacher_weights());
  const auto [x, y] = batch(3);
  const at::Tensor before = x.clone();
  CHECK(brighter.step(x, y, 100).loss == plain.step(x.add(1), y, 100).loss);
  CHECK(same(brighter.tensors(), plain.tensors()));
  CHECK(x.equal(before));
  using Mixed = With<Sgd<Lr<1e-2>>, Soft, Mixup<>, Sam<>, Accumulate<2>, Precision<FP16>, Ema<0.9>>;
  Trainer<Mixed> mixed(defaults<Mixed>());
  mixed.teacher().copy(teacher_weights());
  steps(mixed, 4);
  CHECK(mixed.steps_done() == 2);
  for (const at::Tensor& t : mixed.tensors()) CHECK(t.isfinite().all().item<bool>());
}

TEST_CASE("nothing is trained, and nothing goes on, without the teacher's weights") {
  using R = With<Sgd<Lr<1e-2>>, Soft>;
  Trainer<R> trainer(defaults<R>());
  Tensors before;
  for (const at::Tensor& t : trainer.tensors()) before.push_back(t.clone());
  CHECK_THROWS_WITH(steps(trainer, 1), Catch::Contains("has no weights"));
  CHECK(same(trainer.tensors(), before));
  CHECK(trainer.steps_done() == 0);
  CHECK(trainer.logits(batch(1).first).size(1) == 4);  // tests need none
  trainer.teacher().copy(teacher_weights());
  steps(trainer, 2);
  Archive archive;
  save(trainer, archive);
  for (const auto& [name, t] : archive.tensors()) CHECK(name.find("Distill") == std::string::npos);
  Trainer<R> other(defaults<R>());
  CHECK_THROWS_WITH(load(other, archive), Catch::Contains("has no weights"));
  Trainer<R> again(defaults<R>());
  again.teacher().copy(teacher_weights());
  load(again, archive);
  steps(trainer, 3, 2);
  steps(again, 3, 2);
  CHECK(same(trainer.tensors(), again.tensors()));
}

TEST_CASE("a teacher that does not fit is refused at run time") {
  using Dynamic4 = Finetune<Small, ReplaceHead<Dynamic>, Sgd<Lr<1e-2>>, Soft>;
  Settings s = defaults<Dynamic4>();
  s.classes = 5;
  Trainer<Dynamic4> five(s);
  CHECK_THROWS_WITH(five.teacher(), Catch::Contains("has 4 outputs") && Catch::Contains("learns from it 5"));
  s.classes = 4;
  Trainer<Dynamic4> four(s);
  four.teacher().copy(teacher_weights());
  steps(four, 1);
  CHECK(four.steps_done() == 1);
  Tensors wrong = teacher_weights();
  wrong.pop_back();
  CHECK_THROWS_WITH(four.teacher().copy(wrong), Catch::Contains("not those of the teacher"));
  using Any = With<Sgd<Lr<1e-2>>, Distill<Finetune<Wide, ReplaceHead<Dynamic>>>>;  // has as many as the network
  Trainer<Any> any(defaults<Any>());
  any.teacher().copy(teacher_weights());
  steps(any, 1);
  CHECK(any.steps_done() == 1);
}
