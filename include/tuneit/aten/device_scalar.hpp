#pragma once
// A number that may still be on a device: read when somebody asks for it, and not before.
#include <ATen/core/Tensor.h>

#include <utility>

namespace tuneit {

/// What a step computes and the host may want later: a number, or a 0-d tensor of a device. A tensor of the CPU is read
/// at once. As a double it waits for its device, each time.
class DeviceScalar {
 public:
  DeviceScalar() = default;
  DeviceScalar(double x) : value_(x) {}
  DeviceScalar(at::Tensor x) {
    if (x.is_cpu())
      value_ = x.item<double>();
    else
      device_ = std::move(x);
  }

  operator double() const { return device_.defined() ? device_.item<double>() : value_; }
  [[nodiscard]] bool on_device() const { return device_.defined(); }
  /// The 0-d tensor; undefined where the number is here.
  [[nodiscard]] const at::Tensor& tensor() const { return device_; }

  [[nodiscard]] DeviceScalar times(double factor) const {
    return device_.defined() ? DeviceScalar(device_.mul(factor)) : DeviceScalar(value_ * factor);
  }
  /// Adds factor times x: in double precision, also on the device.
  void add(const DeviceScalar& x, double factor = 1) {
    if (!x.device_.defined() && !device_.defined()) {
      value_ += x.value_ * factor;
    } else if (!x.device_.defined()) {
      device_ = device_.add(x.value_ * factor);
    } else {
      const at::Tensor more = x.device_.to(at::kDouble).mul(factor);
      device_ = device_.defined() ? device_.add(more) : more.add(value_);
      value_ = 0;
    }
  }
  DeviceScalar& operator+=(const DeviceScalar& x) {
    add(x);
    return *this;
  }

 private:
  double value_ = 0;
  at::Tensor device_{};
};

}  // namespace tuneit
