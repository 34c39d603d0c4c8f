// Networks of the zoo, small pictures, double precision: does a step on the device that is made up wait for nothing,
// and compute what the CPU's own kernels do?
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "cuda/fake_cuda.hpp"
#include "tuneit/engine/trainer.hpp"
#include "tuneit/models/efficientnet_lite.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/vgg.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

/// Vgg11Bn's convolutions; its hidden layers have 120 million weights.
struct VggStages final
    : Network<Input<3, 64>, vgg::Stage<"stage1", true, 0, 1, 3, 64>, vgg::Stage<"stage2", true, 4, 1, 64, 128>,
              vgg::Stage<"stage3", true, 8, 2, 128, 256>, vgg::Stage<"stage4", true, 15, 2, 256, 512>,
              vgg::Stage<"stage5", true, 22, 2, 512, 512>,
              Block<"head", GlobalAvgPool, Dropout<0.5>, Named<"fc", Linear<512, 4>>>> {};

/// A device has a generator of its own, which that of the CPU is ahead of (it has drawn the weights). Here both begin
/// anew, so that dropout and stochastic depth draw alike; the device that is made up draws as the CPU does.
struct SameDraws : PolicyTag {
  static constexpr Moments acts = OnStart;
  template <class C>
  void on_start(const C& c) const {
    at::Generator generator = c.generator;
    generator.set_current_seed(5);
  }
};

template <class Model, class... Policies>
void trains_alike(std::int64_t side) {
  using R = Finetune<Model, Precision<FP64>, Sgd<Lr<1e-3>, Momentum<0.9>>, SameDraws, Policies...>;
  INFO(type_name<Model>());
  Settings s = defaults<R>();
  s.side = static_cast<int>(side);
  s.device = DeviceKind::Cpu;
  Trainer<R> cpu(s);
  s.device = DeviceKind::Cuda;
  Trainer<R> gpu(s);
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) at::Tensor(gpu.tensors()[i]).copy_(cpu.tensors()[i]);
  const at::Tensor images = at::randn({4, 3, side, side}, make_generator(1))
                                .to(at::kDouble)
                                .contiguous(at::MemoryFormat::ChannelsLast),
                   labels = at::arange(4, at::kLong), x = images.to(gpu.device()), y = labels.to(gpu.device());
  for (int i = 0; i < 3; ++i) {
    fake_cuda::reset();
    gpu.step(x, y, 100);
    const fake_cuda::Counts& counts = fake_cuda::counts();
    INFO("step " << i + 1 << " waits for: " << counts.waited());
    if (i > 0) CHECK(counts.waits + counts.pageable == 0);
    if (i > 1) CHECK(counts.fresh == 0);
    cpu.step(images, labels, 100);
  }
  double worst = 0;
  for (std::size_t i = 0; i < cpu.tensors().size(); ++i) {
    const at::Tensor here = cpu.tensors()[i].to(at::kDouble), there = gpu.tensors()[i].to(at::kCPU).to(at::kDouble);
    worst = std::max(worst, here.sub(there).abs().max().item<double>());
  }
  CHECK(worst < 1e-8);
}

}  // namespace

TEST_CASE("a ResNet on the device", "[gpu]") { trains_alike<ResNet18, ReplaceHead<4>>(32); }

TEST_CASE("networks of the zoo that draw, on the device") {
  SECTION("MobileNetV2") { trains_alike<MobileNetV2, ReplaceHead<4>>(64); }
  SECTION("EfficientNet-Lite0") { trains_alike<EfficientNetLite0, ReplaceHead<4>>(64); }
  SECTION("VGG-11 with batch norms") { trains_alike<VggStages>(32); }
}
