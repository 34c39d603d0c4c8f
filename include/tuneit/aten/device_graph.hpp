#pragma once
// Work of a device that is launched again as it was, in one call: what a CUDA graph is. An interface, so that the
// engine needs no header of CUDA; aten/cuda/graphs.hpp has the real one.
#include <ATen/core/Generator.h>
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tuneit {

/// What was launched once, and can be launched again: on the same memory, with the same numbers of the host.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  virtual void replay() = 0;
};

/// Makes them, of one device.
class GraphMaker {
 public:
  /// What a call asked of the device.
  class Watched {
   public:
    virtual ~Watched() = default;
    /// Why a replay of this one would not be the other one, which came behind it; empty: it would be.
    [[nodiscard]] virtual std::string difference(const Watched& next) const = 0;
  };

  virtual ~GraphMaker() = default;
  /// Calls body, and remembers which operators it calls on what.
  virtual std::unique_ptr<Watched> watch(const std::function<void()>& body) = 0;
  /// Calls body, which launches nothing: it is kept. `draws`: the generators that it draws from. What body throws, or
  /// LibTorch where something cannot be kept, is thrown.
  virtual std::unique_ptr<DeviceGraph> capture(const std::function<void()>& body,
                                               const std::vector<at::Generator>& draws) = 0;
};

/// Who makes graphs in this program; null where nobody does.
using GraphFactory = std::unique_ptr<GraphMaker> (*)(c10::Device);
inline GraphFactory& graph_factory() {
  static GraphFactory factory = nullptr;
  return factory;
}

}  // namespace tuneit
