// The share of a process in a batch whose labels lie on a device: nothing waits for what they weigh.
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/loss/loss.hpp"
#include "tuneit/engine/ranks/batch_weight.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

/// Two processes, of which the other has three times what this one has.
class FourTimes final : public ranks::Group {
  struct Done final : ranks::Work {
    void wait() override {}
  };

 public:
  FourTimes()
      : Group([] {
          ranks::Environment e;
          e.size = 2;
          return e;
        }()) {}
  std::unique_ptr<ranks::Work> sum(const at::Tensor& x) override {
    at::Tensor(x).mul_(4);
    return std::make_unique<Done>();
  }
  at::Tensor gather(const at::Tensor& x) override { return x; }
  void end(const std::string&) noexcept override {}
  void meet(const std::string&) override {}
};

using ByClass = CrossEntropy<ClassWeights<1, 2, 4>>;

}  // namespace

TEST_CASE("a part of a batch is weighed where its labels lie, and nothing waits") {
  const c10::Device gpu(c10::kCUDA, 0);
  const at::Tensor labels = at::arange(6, at::kLong).remainder(3).to(gpu), other = labels.flip(0).narrow(0, 0, 4),
                   gradient = at::ones({3}).to(gpu), mixed = at::ones({3}).to(gpu);
  FourTimes group;
  tuneit::detail::BatchWeight<1> weight;
  fake_cuda::reset();
  for (int batch = 0; batch < 2; ++batch) {
    group.counts = batch == 0;
    if (batch == 0) weight.begin_window();
    weight.begin(group, {weight_of<ByClass>(labels), weight_of<ByClass>(other)});
    weight.know(group, true);
    if (batch == 0) {
      CHECK(!weight.same_shares(0));
      tuneit::detail::scale_by(gradient, weight.share(0));
    }
  }
  tuneit::detail::scale_by(mixed, weight.window_share());
  INFO(fake_cuda::counts().waited());
  CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
  CHECK(gradient.cpu()[0].item<float>() == 0.25F);
  CHECK(mixed.cpu()[0].item<float>() == 0.5F);  // twice its own, in one that counts and one that does not

  group.counts = true;
  weight.begin(group, {weight_of<CrossEntropy<>>(labels), weight_of<CrossEntropy<>>(labels)});
  weight.know(group, false);
  CHECK(weight.same_shares(0));
  CHECK(static_cast<double>(weight.share(0)) == 0.25);
}
