// What changes from step to step lies on the device: two steps call the same operators with the same numbers, whatever
// rates, averages and policies of one's own do. On a device that is made up.
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "cuda/fake_cuda.hpp"
#include "cuda/grown.hpp"
#include "tuneit/aten/operator_record.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/recipe.hpp"
#include "unit/engine/small.hpp"

using namespace tuneit;
using networks::Small;

namespace {

template <class... Ps>
using With = Finetune<Small, ReplaceHead<2>, Epochs<4>, Ps...>;

template <class R>
Trainer<R> on(DeviceKind device) {
  Settings s = defaults<R>();
  s.device = device;
  return Trainer<R>(s);
}
template <class R>
void step(Trainer<R>& t, std::uint64_t seed, long long steps_per_epoch = 10) {
  const at::Tensor x = at::randn({8, 3, 16, 16}, make_generator(seed));
  t.step(x.to(t.device()), at::arange(8, at::kLong).remainder(2).to(t.device()), steps_per_epoch);
}

/// How two steps differ, from the third one on: in nothing, as a rule.
template <class R>
std::string difference() {
  auto t = on<R>(DeviceKind::Cuda);
  step(t, 0);  // what is kept is made
  step(t, 1);  // and laid out
  OperatorRecord one;
  step(t, 2);
  one.stop();
  OperatorRecord two;
  step(t, 3);
  two.stop();
  CHECK(one.operators().size() > 20);
  return one.difference(two, false);
}
struct OwnRate : PolicyTag {  // known when gradients are there
  static constexpr Moments acts = OnGradients | OnRate;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  double factor = 1;
  template <class C>
  void on_gradients(const C& c) {
    factor = 1 / (1.0 + static_cast<double>(c.at.step));
  }
  template <class C>
  double on_rate(double rate, const C&) const {
    return rate * factor;
  }
};
struct Watch : PolicyTag {  // is host memory taken from the arena in a step?
  static constexpr Moments acts = OnGradients;
  static constexpr Order order = Order::Read;
  using keeps = Nothing;
  int scopes = -1;
  template <class C>
  void on_gradients(const C&) {
    scopes = tuneit::detail::ArenaAllocator::depth_;
  }
};

}  // namespace

TEST_CASE("a number of the host that changes is seen in the record") {
  CHECK_THAT(difference<With<Grown<false>>>(), Catch::Contains("aten::mul_") && Catch::Contains("is followed by"));
  CHECK(difference<With<Grown<true>>>().empty());
}

TEST_CASE("numbers of one's own are right, and a rate that is known late is sent late") {
  using R = With<OwnRate, Grown<true>, Precision<FP64>>;
  auto here = on<R>(DeviceKind::Cpu), there = on<R>(DeviceKind::Cuda);
  for (std::size_t i = 0; i < here.tensors().size(); ++i) there.tensors()[i].copy_(here.tensors()[i]);
  for (std::uint64_t i = 0; i < 4; ++i) {
    step(here, i);
    step(there, i);
  }
  for (std::size_t i = 0; i < here.tensors().size(); ++i)
    CHECK(here.tensors()[i].sub(there.tensors()[i].cpu()).abs().max().item<double>() <= 1e-12);
}

TEST_CASE("the numbers of a step are one copy, for which nobody waits") {
  auto t = on<With<CosineLr, Ema<0.99, EmaWarmup<>>>>(DeviceKind::Cuda);
  const at::Tensor x = at::randn({8, 3, 16, 16}).to(t.device()),
                   y = at::arange(8, at::kLong).remainder(2).to(t.device());
  t.step(x, y, 10);
  OperatorRecord record;
  const fake_cuda::Strict strict;
  t.step(x, y, 10);
  record.stop();
  int copies = 0;
  for (const RecordedOperator& o : record.operators()) copies += o.host ? 1 : 0;
  CHECK(copies == 2);  // and whether all is well, which goes to the host
}

TEST_CASE("a step on a device takes no host memory of the arena") {
  auto here = on<With<Watch>>(DeviceKind::Cpu), there = on<With<Watch>>(DeviceKind::Cuda);
  step(here, 0);
  step(there, 0);
  CHECK(here.behaviour<Watch>().scopes == 1);
  CHECK(there.behaviour<Watch>().scopes == 0);
}
