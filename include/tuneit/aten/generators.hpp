#pragma once
// LibTorch's global generators: as they are now, and so again.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Device.h>

#include <array>
#include <mutex>

namespace tuneit::detail {

/// LibTorch's own generators: of the CPU and, where it computes elsewhere, of the device.
class GlobalDraws {
 public:
  /// As they are now, for a computation on `device`.
  static GlobalDraws now(c10::Device device) {
    GlobalDraws d;
    d.device_ = device;
    d.each([](const at::Generator& g, at::Tensor& state) { state = g.get_state(); });
    return d;
  }
  /// The same ones as they are now.
  [[nodiscard]] GlobalDraws now_there() const { return now(device_); }
  /// They are so again.
  void restore() {
    each([](at::Generator& g, const at::Tensor& state) { g.set_state(state); });
  }

 private:
  template <class F>
  void each(const F& f) {
    const auto locked = [&](at::Generator g, at::Tensor& state) {
      const std::lock_guard<std::mutex> lock(g.mutex());
      f(g, state);
    };
    locked(at::detail::getDefaultCPUGenerator(), states_[0]);
    if (device_.is_cuda()) locked(at::detail::getCUDAHooks().getDefaultGenerator(device_.index()), states_[1]);
  }

  c10::Device device_{c10::DeviceType::CPU};
  std::array<at::Tensor, 2> states_;
};

}  // namespace tuneit::detail
