// The interface of the made up device (cuda/fake_cuda.hpp) on a GPU: linked in the place of fake_cuda.cpp, with
// LibTorch's CUDA libraries, tests with the tag [gpu] run unchanged on the real one. LibTorch says what waits, and
// its allocator which memory is new. Operators are not counted, and what only a made up device can be is refused.
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cuda/fake_cuda.hpp"
#include "tuneit/aten/cuda/graphs.hpp"

namespace fake_cuda {

const bool made_up = false;

namespace {

/// As on the made up device, only tests that say so have graphs.
const bool no_graphs = [] {
  tuneit::graph_factory() = nullptr;
  return true;
}();

Counts& counted() {
  static Counts& c = *new Counts;
  return c;
}
struct CountsWaits final : c10::WarningHandler {
  void process(const c10::Warning& w) override {
    if (w.msg().find("synchronizing CUDA operation") == std::string::npos) return c10::WarningHandler::process(w);
    ++counted().waits;
    ++counted().waits_by_name[w.msg()];
  }
};
void tell_waits(c10::cuda::SyncDebugMode mode) {
  static CountsWaits& handler = *new CountsWaits;
  c10::WarningUtils::set_warning_handler(&handler);
  c10::WarningUtils::set_warnAlways(true);
  c10::cuda::warning_state().set_sync_debug_mode(mode);
}
std::int64_t reserved() {
  return c10::cuda::CUDACachingAllocator::getDeviceStats(c10::cuda::current_device()).reserved_bytes[0].current;
}
std::int64_t reserved_before = 0;

[[noreturn]] void refuse(const char* what) { TORCH_CHECK(false, "only the made up device has ", what); }

}  // namespace

const Counts& counts() {
  counted().fresh = std::max<std::int64_t>(reserved() - reserved_before, 0);
  return counted();
}
void reset() {
  counted() = {};
  reserved_before = reserved();
  tell_waits(c10::cuda::SyncDebugMode::L_WARN);
}
std::string Counts::waited() const {
  return waits == 0 ? "nothing" : std::to_string(waits) + " synchronizing CUDA operations";
}
std::string Counts::ran() const { return "(operators are not counted)"; }

Strict::Strict() { tell_waits(c10::cuda::SyncDebugMode::L_ERROR); }
Strict::~Strict() { tell_waits(c10::cuda::SyncDebugMode::L_WARN); }

struct Graph::Calls {
  std::unique_ptr<tuneit::DeviceGraph> graph;
};
Graph::Graph(const std::function<void()>& body, const std::vector<at::Generator>& draws) {
  static auto& maker = *new tuneit::CudaGraphs(c10::Device(c10::kCUDA, c10::cuda::current_device()));
  calls_ = std::make_unique<Calls>(Calls{maker.capture(body, draws)});
}
Graph::~Graph() = default;
void Graph::replay() const { calls_->graph->replay(); }

Old::Old() { refuse("an age"); }
Old::~Old() = default;
Busy::Busy() { refuse("work that never ends"); }
Busy::~Busy() = default;
Devices::Devices(int) { refuse("as many devices as one likes"); }
Devices::~Devices() = default;
Spare::Spare(std::int64_t) { refuse("as much memory as one likes"); }
Spare::~Spare() = default;
std::set<int> contexts() { refuse("a list of its contexts"); }
void* shadow(const void*) { refuse("a shadow"); }
void launch(const std::string&, const std::function<void()>&, std::int64_t) { refuse("kernels of the host"); }

}  // namespace fake_cuda
