#pragma once
// A CUDA device for machines without one. It stands in LibTorch's place for CUDA (dispatch key, allocator, device
// guard, hooks), so what is tested is the product's own path for CUDA, as it is. Link libtorch_cpu and libc10, never
// libtorch_cuda beside it.
//   * Device memory is an address range that nobody may touch: a host that reads or writes it dies (SIGSEGV). What is
//   in
//     it lies in a shadow, which only operators see.
//   * An operator that reaches the device is run by the CPU's kernel on the shadow, and counted.
//   * What makes the host wait for a real device is counted as a wait: values read back, blocking copies, operators
//     whose result has a size that depends on values. Copies from memory that is not page-locked are counted apart.
//   * Streams and events are those of a real device in what they order (fake_order.hpp): two operators on different
//   streams that touch the same memory, one of them writing, throw unless an event or a wait is between them.
//   * A tensor of the CPU among an operator's arguments (0-d ones aside) throws, as on a real device.
#include <ATen/core/Generator.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fake_cuda {

/// False where tests/gpu/real_cuda.cpp is linked in fake_cuda.cpp's place: then the device is a GPU, on which only
/// tests with the tag [gpu] mean something.
extern const bool made_up;

struct Counts {
  std::int64_t operators = 0;     ///< that reached the device: about one kernel each
  std::int64_t waits = 0;         ///< of the host for the device
  std::int64_t pageable = 0;      ///< copies from memory that is not page-locked: the host stands still for them, too
  std::int64_t fresh = 0;         ///< bytes of the device that no tensor had before
  std::int64_t fresh_pinned = 0;  ///< of page-locked memory
  std::int64_t bytes = 0;  ///< that operators read and write: sizes of arguments and results, once for each operator
  std::map<std::string, std::int64_t> waits_by_name{};  ///< and pageable copies
  std::map<std::string, std::int64_t> operators_by_name{}, bytes_by_name{};

  /// What waited, in one line.
  [[nodiscard]] std::string waited() const;
  /// Operators with their numbers and bytes, in lines.
  [[nodiscard]] std::string ran() const;
};

/// Since the start, or since the last reset.
const Counts& counts();
void reset();

/// The device is older than Ampere while this lives.
class Old {
 public:
  Old();
  ~Old();
  Old(const Old&) = delete;
  Old& operator=(const Old&) = delete;
};

/// A wait, or a copy from pageable memory, throws while this lives: a backtrace says where it is.
class Strict {
 public:
  Strict();
  ~Strict();
  Strict(const Strict&) = delete;
  Strict& operator=(const Strict&) = delete;
};

/// The device is far behind while this lives: what was sent to it last is not there yet.
class Busy {
 public:
  Busy();
  ~Busy();
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

/// For kernels that are run in the device's place. Where the host finds what lies at an address of the device: null for
/// an address that is none.
void* shadow(const void* device);
/// One more operator that reaches the device: what kernel does to the shadow; `bytes` that it moves.
void launch(const std::string& name, const std::function<void()>& kernel, std::int64_t bytes = 0);

/// There are so many devices while this lives; else one.
class Devices {
 public:
  explicit Devices(int count);
  ~Devices();
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
};

/// Of which devices something was asked since the last call (memory, a stream, an event, to be the current one): on a
/// real device each of these makes a context, which takes some 400 MB.
std::set<int> contexts();

/// The device has so much memory beside what is in use, while this lives.
class Spare {
 public:
  explicit Spare(std::int64_t bytes);
  ~Spare();
  Spare(const Spare&) = delete;
  Spare& operator=(const Spare&) = delete;
};

/// What body sends to the device, kept instead of run, as a CUDA graph has it: the same memory, the same numbers of the
/// host. Within body what waits, what copies from or to the host, and who draws from another generator than one of
/// `draws`, throws. One at a time.
class Graph {
 public:
  Graph(const std::function<void()>& body, const std::vector<at::Generator>& draws);
  ~Graph();
  void replay() const;

 private:
  struct Calls;
  std::unique_ptr<Calls> calls_;
};

}  // namespace fake_cuda
