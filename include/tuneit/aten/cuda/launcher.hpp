#pragma once
// Starts our CUDA kernels on the current stream of a device. They are compiled for its GPU when they are first asked
// for, and kept on the disk; where there is no compiler or no driver, `has` says so, and ATen does the work.
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tuneit/aten/make.hpp"
#include "tuneit/io/torch_home.hpp"
#include "tuneit/kernels/cuda/cubin_cache.hpp"
#include "tuneit/kernels/cuda/driver.hpp"
#include "tuneit/kernels/cuda/nvrtc.hpp"
#include "tuneit/kernels/cuda/source.hpp"

namespace tuneit::aten::cuda {

struct Blocks {
  unsigned x = 1, y = 1;
};
struct Threads {
  unsigned x = 1, y = 1;
};

/// Who runs kernels: the device's driver, or, in tests, the host.
class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;
  /// A handle of a kernel; null where there is none.
  virtual const void* find(const kernels::cuda::Kernel& kernel, const kernels::cuda::Variant& v,
                           c10::Device device) = 0;
  virtual void run(const void* handle, Blocks blocks, Threads threads, void* task, c10::Device device) = 0;
};

namespace detail {

/// The stream as CUDA knows it. (LibTorch says it since 2.10; before, our kernels are not used.)
template <class Stream>
constexpr bool tells_handle = requires(const Stream& s) {
  s.native_handle();
};
template <class Stream>
void* handle_of(const Stream& s) {
  if constexpr (tells_handle<Stream>) return s.native_handle();
  return nullptr;
}

/// On the device itself.
class DeviceRunner final : public Runner {
 public:
  const void* find(const kernels::cuda::Kernel& kernel, const kernels::cuda::Variant& v, c10::Device device) override {
    const std::lock_guard<std::mutex> guard(lock_);
    const std::string name = kernels::cuda::instance(kernel.name, v);
    const auto known = functions_.find({device.index(), name});
    if (known != functions_.end()) return known->second;
    load(*kernel.source, v, device.index());
    return functions_.try_emplace({device.index(), name}, nullptr).first->second;
  }
  void run(const void* handle, Blocks blocks, Threads threads, void* task, c10::Device device) override {
    const kernels::cuda::Driver& d = *kernels::cuda::Driver::find();
    const c10::DeviceGuard here(device);  // whichever was the current one
    void* const stream = handle_of(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    const int wrong = !d.enter(device.index()) ? -1
                                               : d.launch(const_cast<void*>(handle), blocks.x, blocks.y, 1, threads.x,
                                                          threads.y, 1, 0, stream, &task, nullptr);
    TORCH_CHECK(wrong == 0, "tuneit: a CUDA kernel could not be started: error ", wrong, " of the driver");
  }

 private:
  /// All kernels of a file for these numbers, or none.
  void load(const kernels::cuda::Source& source, const kernels::cuda::Variant& v, int device) {
    const kernels::cuda::Driver* const d = kernels::cuda::Driver::find();
    const kernels::cuda::Nvrtc* const compiler = kernels::cuda::Nvrtc::find();
    if (d == nullptr || compiler == nullptr || !tells_handle<c10::Stream>) return;
    const c10::DeviceGuard here(c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device)));
    const int capability = d->capability(device);
    if (capability == 0 || !d->enter(device)) return;
    const std::vector<std::string> names = kernels::cuda::instances(source, v);
    const std::string text = kernels::cuda::in_lines(std::string(kernels::cuda::numbers_text) + source.text);
    const kernels::cuda::CubinCache cache(io::torch_home_folder() + "/tuneit/kernels");
    const std::string file = cache.path(text, names, capability, compiler->version());
    kernels::cuda::Compiled code = cache.read(file, names.size());
    void* module = nullptr;
    if (code.code.empty() || d->load(&module, code.code.data()) != 0) {
      code = compiler->compile(text, names, capability);
      if (code.code.empty() || d->load(&module, code.code.data()) != 0) return;
      cache.write(file, code);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
      void* function = nullptr;
      if (d->function(&function, module, code.names[i].c_str()) == 0) functions_[{device, names[i]}] = function;
    }
  }

  std::mutex lock_;
  std::map<std::pair<int, std::string>, void*> functions_;
};

inline std::atomic<Runner*>& other_runner() {
  static std::atomic<Runner*> r{nullptr};
  return r;
}

}  // namespace detail

/// Of this process: the device's, unless a test has put another in its place.
inline Runner& runner() {
  if (Runner* const other = detail::other_runner().load()) return *other;
  static detail::DeviceRunner& own = *new detail::DeviceRunner;  // never destroyed: nor is the driver
  return own;
}

/// Another runner while this lives.
class RunBy {
 public:
  explicit RunBy(Runner& r) : before_(detail::other_runner().exchange(&r)) {}
  ~RunBy() { detail::other_runner() = before_; }
  RunBy(const RunBy&) = delete;
  RunBy& operator=(const RunBy&) = delete;

 private:
  Runner* before_;
};

/// Kernels of one variant on one device.
class Launcher {
 public:
  Launcher(c10::Device device, const kernels::cuda::Variant& v) : device_(device), variant_(v) {}

  /// Is the kernel that takes a Task there? The first time it may be compiled.
  template <class Task>
  [[nodiscard]] bool has() const {
    return handle<Task>() != nullptr;
  }
  /// Starts it on the current stream.
  template <class Task>
  void run(Blocks blocks, Threads threads, Task task) const {
    runner().run(handle<Task>(), blocks, threads, &task, device_);
  }
  [[nodiscard]] const kernels::cuda::Variant& variant() const { return variant_; }

 private:
  /// A network asks for the same one again and again.
  template <class Task>
  [[nodiscard]] const void* handle() const {
    struct Last {
      Runner* by = nullptr;
      c10::DeviceIndex device = -1;
      kernels::cuda::Variant variant{};
      const void* handle = nullptr;
    };
    static thread_local Last last;
    Runner& r = runner();
    if (last.by != &r || last.device != device_.index() || last.variant != variant_)
      last = {&r, device_.index(), variant_, r.find(kernels::cuda::kernel_of<Task>, variant_, device_)};
    return last.handle;
  }

  c10::Device device_;
  kernels::cuda::Variant variant_;
};

inline at::Tensor fresh_tickets(c10::Device device) {
  return aten::zeros({4096}, at::TensorOptions(at::kInt).device(device));
}

/// What a thread launches while it lives counts in tickets of its own: what is captured as a graph, which may be
/// replayed beside others, and whose zeros must be there before, whether the capture comes to its end or not.
class OwnTickets {
 public:
  explicit OwnTickets(const at::Tensor& fresh)
      : before_(std::exchange(here(), static_cast<int*>(fresh.mutable_data_ptr()))) {}
  ~OwnTickets() { here() = before_; }
  OwnTickets(const OwnTickets&) = delete;
  OwnTickets& operator=(const OwnTickets&) = delete;
  /// Null: none lives.
  static int*& here() {
    static thread_local int* own = nullptr;
    return own;
  }

 private:
  int* before_;
};

/// Zeros of the current stream, in which blocks count who is the last to end; they leave zeros behind.
inline int* tickets(c10::Device device) {
  if (int* const own = OwnTickets::here()) return own;
  static std::mutex lock;
  static auto& all = *new std::map<std::pair<c10::DeviceIndex, c10::StreamId>, at::Tensor>;
  const c10::Stream stream = c10::impl::VirtualGuardImpl(device.type()).getStream(device);
  const std::lock_guard<std::mutex> guard(lock);
  at::Tensor& own = all[{device.index(), stream.id()}];
  if (!own.defined()) own = fresh_tickets(device);
  return static_cast<int*>(own.data_ptr());
}

}  // namespace tuneit::aten::cuda
