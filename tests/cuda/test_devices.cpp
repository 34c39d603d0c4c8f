// Which device a training takes, that it leaves the others alone, and what it says where there is none. And streams:
// batches that come on one of their own, and what the fake device says where that would be a race.
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/aten/upload.hpp"
#include "tuneit/engine/run/device.hpp"
#include "tuneit/recipe/numbers/device_named.hpp"

using namespace tuneit;
using Catch::Contains;

namespace {

/// A variable of the environment, for this scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

const c10::Device gpu0(c10::kCUDA, 0);
at::Tensor pinned(const at::Tensor& t) { return t.pin_memory(); }
void upload(aten::Upload& up, at::Tensor& t) {
  at::Tensor* const one[] = {&t};
  up(one);
}

}  // namespace

TEST_CASE("devices are named with their index") {
  static_assert(device_named("auto") == DeviceChoice{});
  static_assert(device_named("CPU") == DeviceChoice{DeviceKind::Cpu});
  static_assert(device_named("cuda") == DeviceChoice{DeviceKind::Cuda});
  static_assert(device_named("cuda:1") == DeviceChoice{DeviceKind::Cuda, 1});
  static_assert(device_named("cuda:12")->index == 12);
  for (const char* wrong : {"", "1", "cuda:", "cuda:x", "cuda:-1", "cuda:128", "cpu:0", "gpu", "cuda1", "cuda:1 "})
    CHECK_FALSE(device_named(wrong).has_value());
}

TEST_CASE("a device is that of the index, of the launcher, or the first") {
  const fake_cuda::Devices two(2);
  CHECK(resolve(DeviceKind::Auto) == gpu0);
  CHECK(resolve(DeviceKind::Cpu).is_cpu());
  CHECK(resolve({DeviceKind::Cuda, 1}).index() == 1);
  CHECK_THROWS_WITH(resolve({DeviceKind::Cuda, 2}), Contains("cuda:2, and there are 2 GPUs here, the last cuda:1"));
  {
    const Variable rank("LOCAL_RANK", "1");
    CHECK(resolve(DeviceKind::Cuda).index() == 1);
    CHECK(resolve(DeviceKind::Auto).index() == 1);
    CHECK(resolve({DeviceKind::Cuda, 0}).index() == 0);  // said is said
  }
  {
    const Variable rank("OMPI_COMM_WORLD_LOCAL_RANK", "1");
    CHECK(resolve(DeviceKind::Cuda).index() == 1);
  }
  {
    const Variable rank("MPI_LOCALRANKID", "1");  // MPICH
    CHECK(resolve(DeviceKind::Cuda).index() == 1);
  }
  {
    const Variable rank("LOCAL_RANK", "3");
    CHECK_THROWS_WITH(resolve(DeviceKind::Cuda), Contains("LOCAL_RANK is 3, and there are 2 GPUs here"));
  }
  const Variable rank("LOCAL_RANK", "one");
  CHECK_THROWS_WITH(resolve(DeviceKind::Cuda), Contains("LOCAL_RANK is \"one\", and no number"));
}

TEST_CASE("a process that sees its own GPU alone takes that") {
  const Variable rank("SLURM_LOCALID", "3");
  CHECK_THROWS_WITH(resolve(DeviceKind::Cuda), Contains("SLURM_LOCALID is 3, and there is 1 GPU here"));
  const Variable own("SLURM_GPUS_PER_TASK", "1");
  CHECK(resolve(DeviceKind::Cuda).index() == 0);
}

TEST_CASE("where there is no CUDA device it is said what is missing") {
  {
    const fake_cuda::Devices none(0);
    CHECK(resolve(DeviceKind::Auto).is_cpu());
    const Variable visible("CUDA_VISIBLE_DEVICES", "-1");
    CHECK_THROWS_WITH(resolve(DeviceKind::Cuda), Contains("there is no CUDA device"));
  }
  const auto said = [](const tuneit::detail::CudaFound& found) -> std::string {
    try {
      tuneit::detail::refuse_cuda(found);
    } catch (const Error& e) {
      return e.what();
    }
  };
  CHECK_THAT(said({}), Contains("a LibTorch that was built without CUDA"));
  CHECK_THAT(said({.build = true}), Contains("no NVIDIA driver is installed"));
  CHECK_THAT(said({.build = true, .module = true}), Contains("libcuda.so.1 is not found") && Contains("--gpus all"));
  CHECK_THAT(said({.build = true, .library = true}), Contains("finds no GPU"));
  CHECK_THAT(said({.build = true, .library = true, .visible = "7", .hides = true}),
             Contains("CUDA_VISIBLE_DEVICES") && Contains("\"7\""));
  CHECK_THAT(said({.build = true, .library = true, .module = true, .seen = 2}),
             Contains("can use none of the GPUs here (2)") && Contains("older"));
}

TEST_CASE("streams that touch the same memory must be ordered") {
  const c10::impl::VirtualGuardImpl guard(c10::kCUDA);
  guard.synchronizeDevice(0);  // what races below is over for whoever has the memory next
  const c10::Stream side = guard.getStreamFromGlobalPool(gpu0), computes = guard.getStream(gpu0);
  const at::Tensor source = pinned(at::full({4}, 2.0)), buffer = pinned(at::full({4}, 1.0)).to(gpu0, true);
  at::Tensor sum = buffer.add(1);
  c10::Event sent(c10::kCUDA), read(c10::kCUDA);

  const auto overwrite = [&] {
    const c10::StreamGuard on(side);
    buffer.copy_(source, true);
  };
  SECTION("a buffer that is overwritten before its reader has run") {
    CHECK_THROWS_WITH(overwrite(), Contains("a race") && Contains("copy_ on stream"));
  }
  SECTION("behind an event, it is none; and then whoever reads it must wait") {
    read.record(computes);
    read.block(side);
    overwrite();
    CHECK_THROWS_WITH(buffer.add(1), Contains("a race"));
    sent.record(side);
    sent.block(computes);
    CHECK(buffer.add(1).sum().item<float>() == 12);
  }
  SECTION("an event that was recorded too early") {
    read.record(computes);
    sum = buffer.add(1);
    read.block(side);
    CHECK_THROWS_WITH(overwrite(), Contains("a race"));
  }
  SECTION("the host waits between them") {
    CHECK(buffer.add(1).sum().item<float>() == 8);
    overwrite();
  }
  SECTION("memory that goes back while another stream reads it") {
    at::Tensor passing = buffer.add(3);
    read.record(computes);
    read.block(side);
    const auto read_aside = [&] {
      const c10::StreamGuard on(side);
      return passing.add(1);
    };
    const at::Tensor there = read_aside();
    SECTION("untold") {
      passing.reset();
      CHECK_THROWS_WITH(buffer.add(4), Contains("a race"));
      guard.synchronizeDevice(0);
    }
    SECTION("told by record_stream") {
      guard.recordDataPtrOnStream(passing.storage().data_ptr(), side);
      passing.reset();
      CHECK_NOTHROW(buffer.add(4));
    }
  }
}

TEST_CASE("batches come beside what is computed, in two buffers") {
  aten::Upload up(gpu0);
  const at::Tensor weight = pinned(at::ones({3})).to(gpu0, true);
  at::Tensor total = pinned(at::zeros({3})).to(gpu0, true);
  const auto step = [&](const at::Tensor& x) { total.add_(x.mul(weight).sum(0)); };
  for (int i = 0; i < 3; ++i) {  // two buffers, and whatever a step takes
    at::Tensor x = at::full({4, 3}, i);
    upload(up, x);
    step(x);
  }
  fake_cuda::reset();
  for (int i = 3; i < 9; ++i) {
    at::Tensor x = i % 2 == 0 ? pinned(at::full({4, 3}, i)) : at::full({i == 7 ? 2 : 4, 3}, i);  // a shorter one
    upload(up, x);
    CHECK(x.is_cuda());
    step(x);
  }
  CHECK(fake_cuda::counts().waits + fake_cuda::counts().pageable == 0);
  CHECK(fake_cuda::counts().fresh == 0);
  CHECK(total[0].item<float>() == 4 * (0 + 1 + 2 + 3 + 4 + 5 + 6 + 8) + 2 * 7);

  SECTION("what somebody holds stays as it is") {
    std::vector<at::Tensor> held;
    for (int i = 0; i < 5; ++i) {
      at::Tensor x = at::full({4, 3}, i);
      upload(up, x);
      held.push_back(x);
    }
    for (int i = 0; i < 5; ++i) CHECK(held[static_cast<std::size_t>(i)].sum().item<double>() == 12 * i);
  }
  SECTION("formats, types and numbers without dimensions") {
    at::Tensor x = at::randn({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast), y = at::arange(2), none,
               z = at::full({}, 3.5), here = weight, x0 = x;
    at::Tensor* const all[] = {&x, &y, &none, &z, &here};
    up(all);
    CHECK(x.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(x.to(at::kCPU).equal(x0));
    CHECK(y.scalar_type() == at::kLong);
    CHECK(z.item<float>() == 3.5F);
    CHECK(here.is_same(weight));
    CHECK_FALSE(none.defined());
  }
}
