#pragma once
// Where a layer says which tensors it has: one function for whoever asks (the table, counts, names), so that each layer
// is instantiated once however many ask.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace tuneit {

/// What a tensor is for its layer. The last three are buffers.
enum class Kind : std::uint8_t { Weight, Bias, RunningMean, RunningVar, BatchCount };

/// Which sort of layer owns a tensor.
enum class Owner : std::uint8_t { Conv, Norm, Linear, Other };

/// Told the tensors of a layer in the order of the state dict: `sink.tensor("beta", Kind::Weight, {C})`.
class TensorSink {
 public:
  TensorSink(const TensorSink&) = delete;  // what a copy is told would be lost
  TensorSink& operator=(const TensorSink&) = delete;

  constexpr void tensor(std::string_view name, Kind kind, Owner owner, std::initializer_list<int> dims) {
    add(name, kind, owner, dims);
  }
  constexpr void tensor(std::string_view name, Kind kind, std::initializer_list<int> dims) {
    add(name, kind, Owner::Other, dims);
  }

  /// What follows is in the module of this name, or in this turn of a Repeat, until `leave` is given what these return.
  constexpr std::size_t enter(std::string_view name) { return begin(name); }
  constexpr std::size_t enter(int turn) { return begin_turn(turn); }
  constexpr void leave(std::size_t outside) { end(outside); }
  constexpr void leave_turn(std::size_t outside) { end_turn(outside); }

 protected:
  constexpr TensorSink() = default;
  ~TensorSink() = default;

 private:
  virtual constexpr void add(std::string_view, Kind, Owner, std::initializer_list<int>) = 0;
  virtual constexpr std::size_t begin(std::string_view) { return 0; }
  virtual constexpr std::size_t begin_turn(int) { return 0; }
  virtual constexpr void end(std::size_t) {}
  virtual constexpr void end_turn(std::size_t) {}
};

}  // namespace tuneit
