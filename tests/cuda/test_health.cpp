// On a device errors are told late, and nothing has moved by then.
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>

#include <catch2/catch.hpp>
#include <limits>
#include <utility>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"
#include "unit/refusal.hpp"

using namespace tuneit;
using networks::Small;

namespace {

template <class Optimizer, class... Ps>
using Of = Finetune<Small, ReplaceHead<2>, Optimizer, Ps...>;
template <class... Ps>
using With = Of<Sgd<Lr<1e-2>, Momentum<0.9>>, Ps...>;

template <class R>
Trainer<R> on_gpu(int check_every = 0) {
  Settings s = defaults<R>();
  s.device = DeviceKind::Cuda;
  s.check_every = check_every;
  return Trainer<R>(s);
}
std::pair<at::Tensor, at::Tensor> batch(int seed, double times = 1) {
  const c10::Device gpu(c10::kCUDA, 0);
  const at::Tensor x = at::randn({8, 3, 16, 16}, make_generator(static_cast<std::uint64_t>(seed))).mul_(times);
  return {x.to(gpu), at::arange(8, at::kLong).remainder(2).to(gpu)};
}
template <class R>
void good(Trainer<R>& t, int first, int count = 1) {
  for (int i = first; i < first + count; ++i) {
    const auto [x, y] = batch(i);
    t.step(x, y, 100);
  }
}
/// A loss that is no number.
template <class R>
void bad(Trainer<R>& t) {
  const auto [x, y] = batch(77, std::numeric_limits<double>::infinity());
  t.step(x, y, 100);
}
Tensors copies(const Tensors& list) {
  Tensors all;
  for (const at::Tensor& t : list) all.push_back(t.cpu());
  return all;
}
template <class R>
void check_same(const Trainer<R>& t, const Tensors& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(table<typename R::model>.name(i));
    CHECK(t.tensors()[i].cpu().equal(expected[i]));
  }
}

/// Steps after a bad one move nothing until it is told, and then the training goes on as if it had not been.
template <class R>
void told_late() {
  INFO(type_name<R>());
  auto t = on_gpu<R>(), plain = on_gpu<R>();
  good(t, 0, 4);
  good(plain, 0, 4);
  const Tensors before = copies(t.tensors());
  CHECK(t.steps_done() == 4);
  {
    const fake_cuda::Busy busy;
    fake_cuda::reset();
    bad(t);
    good(t, 50, 3);  // the host is ahead
    CHECK(fake_cuda::counts().waits == 0);
    CHECK(t.steps_done() == 8);
  }
  check_same(t, before);
  good(t, 60);  // what arrives now was sent before the bad step
  CHECK_REFUSED(good(t, 61), ErrorKind::Diverged, "no longer a finite number in step 5");
  CHECK(t.steps_done() == 4);
  check_same(t, before);
  good(t, 4, 4);
  good(plain, 4, 4);
  t.finish_window(100);
  check_same(t, copies(plain.tensors()));
}

}  // namespace

TEST_CASE("a loss that is no number is told later, and nothing has moved since") {
  told_late<With<>>();
  told_late<Of<AdamW<>>>();
  told_late<Of<Lion<>>>();
  told_late<With<Ema<0.9>>>();
  told_late<With<ClipNorm<1>>>();
}

TEST_CASE("one step later, where the device keeps up; at the end of an epoch at the latest") {
  using R = With<>;
  auto t = on_gpu<R>();
  good(t, 0, 2);
  bad(t);
  CHECK(t.steps_done() == 3);
  CHECK_REFUSED(good(t, 3), ErrorKind::Diverged, "in step 3");

  auto end = on_gpu<R>();
  good(end, 0, 2);
  const fake_cuda::Busy busy;
  bad(end);
  fake_cuda::reset();
  CHECK_REFUSED(end.finish_window(100), ErrorKind::Diverged, "in step 3");
  CHECK(fake_cuda::counts().waits == 1);
  end.finish_window(100);  // told once

  auto often = on_gpu<R>(2);  // the host looks after each second step
  bad(often);
  good(often, 1);
  CHECK_REFUSED(good(often, 2), ErrorKind::Diverged, "in step 1");
  auto all_well = on_gpu<R>();
  good(all_well, 0, 3);
  all_well.finish_window(100);
  CHECK(all_well.steps_done() == 3);
}

TEST_CASE("a label outside of the classes is told apart from a loss that is no number") {
  using R = With<>;
  auto t = on_gpu<R>();
  good(t, 0, 2);
  const Tensors before = copies(t.tensors());
  auto [x, y] = batch(3);
  y = at::full({8}, 7, at::kLong).to(y.device());
  t.step(x, y, 100);
  CHECK_REFUSED(good(t, 4), ErrorKind::Data, "a label is not one of the classes in step 3");
  check_same(t, before);
  {  // which was first?
    const fake_cuda::Busy busy;
    bad(t);
    t.step(x, y, 100);
  }
  CHECK_REFUSED(good(t, 4), ErrorKind::Diverged, "in step 3");
  {
    const fake_cuda::Busy busy;
    t.step(x, y, 100);
    bad(t);
  }
  CHECK_REFUSED(good(t, 4), ErrorKind::Data, "in step 3");
  good(t, 4, 2);
}

TEST_CASE("a window of batches with a bad one takes no step, and is forgotten when that is told") {
  using R = With<Accumulate<2>>;
  auto t = on_gpu<R>(), plain = on_gpu<R>();
  good(t, 0, 2);
  good(plain, 0, 2);
  const at::Tensor weight = t.tensors()[0].cpu();
  {
    const fake_cuda::Busy busy;
    bad(t);
    good(t, 3);
    CHECK(t.steps_done() == 2);
    good(t, 4, 2);
  }
  good(t, 6, 2);
  {
    const fake_cuda::Busy busy;
    good(t, 8);  // half of the next
  }
  CHECK(t.tensors()[0].cpu().equal(weight));
  CHECK_REFUSED(good(t, 9), ErrorKind::Diverged, "in step 2");
  CHECK(t.steps_done() == 1);
  good(t, 6, 2);
  good(plain, 6, 2);
  CHECK(t.steps_done() == 2);
  check_same(t, copies(plain.tensors()));
}
