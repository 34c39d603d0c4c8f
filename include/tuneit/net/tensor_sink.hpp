#pragma once
// Where a layer says which tensors it has: one function for whoever asks (the table, counts, names), so that each layer
// is instantiated once however many ask.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tuneit/meta/fixed_string.hpp"

namespace tuneit {

/// What a tensor is for its layer. The last three are buffers.
enum class Kind : std::uint8_t { Weight, Bias, RunningMean, RunningVar, BatchCount };

/// Which sort of layer owns a tensor.
enum class Owner : std::uint8_t { Conv, Norm, Linear, Other };

/// How a tensor starts that no file has: as its owner's do (Usual), or as its layer says. FanIn: uniform within 1 /
/// sqrt(fan in), which is torch's kaiming_uniform_(a=sqrt(5)); Normal: N(0, 1); OneOverRows: N(0, 1 / rows^2);
/// RowNorms: the lengths of the rows of the tensor "weight" beside it, once that is there.
enum class FirstValues : std::uint8_t { Usual, Zeros, Ones, FanIn, Normal, OneOverRows, RowNorms };

/// Said of a tensor of a layer: it is the one of this name, of a layer before (`Tied<"embedding.weight">`).
template <fixed_string Name>
struct Tied {
  static constexpr auto name = Name;
};

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
  constexpr void tensor(std::string_view name, Kind kind, FirstValues start, std::initializer_list<int> dims) {
    start_ = start;
    add(name, kind, Owner::Other, dims);
    start_ = FirstValues::Usual;
  }
  /// Of the shape of `Other`, whose values it has and whose gradient it adds to.
  template <fixed_string Other>
  constexpr void tensor(std::string_view name, Kind kind, Tied<Other>, std::initializer_list<int> dims) {
    tied_to_ = {Other.data(), Other.size()};
    add(name, kind, Owner::Other, dims);
    tied_to_ = {};
  }

  /// A table of which this row starts from zeros, as that of padding does; -1: none does.
  constexpr void table(std::string_view name, int zero_row, std::initializer_list<int> dims) {
    zero_row_ = zero_row;
    add(name, Kind::Weight, Owner::Other, dims);
    zero_row_ = -1;
  }

  /// What is told until the matching `end_added` is not of the network that a file of weights holds.
  constexpr void begin_added() { ++added_; }
  constexpr void end_added() { --added_; }
  /// So many tensors of that network are no longer there.
  constexpr void gone(std::size_t count) { base_ += added_ > 0 ? 0 : count; }

  /// What follows is in the module of this name, or in this turn of a Repeat, until `leave` is given what these return.
  constexpr std::size_t enter(std::string_view name) { return begin(name); }
  constexpr std::size_t enter(int turn) { return begin_turn(turn); }
  constexpr void leave(std::size_t outside) { end(outside); }
  constexpr void leave_turn(std::size_t outside) { end_turn(outside); }

 protected:
  constexpr TensorSink() = default;
  ~TensorSink() = default;

  /// For who keeps rows: the number of the next tensor in the network of the file, or -1 of what was added.
  constexpr std::int32_t next_base() { return added_ > 0 ? -1 : static_cast<std::int32_t>(base_++); }
  [[nodiscard]] constexpr FirstValues start() const { return start_; }
  [[nodiscard]] constexpr int zero_row() const { return zero_row_; }
  /// The name of the tensor that the next one is; empty: it is its own.
  [[nodiscard]] constexpr std::string_view tied_to() const { return tied_to_; }

 private:
  virtual constexpr void add(std::string_view, Kind, Owner, std::initializer_list<int>) = 0;
  virtual constexpr std::size_t begin(std::string_view) { return 0; }
  virtual constexpr std::size_t begin_turn(int) { return 0; }
  virtual constexpr void end(std::size_t) {}
  virtual constexpr void end_turn(std::size_t) {}

  std::size_t base_ = 0;
  int added_ = 0;  // how many are open
  FirstValues start_ = FirstValues::Usual;
  int zero_row_ = -1;
  std::string_view tied_to_{};
};

}  // namespace tuneit
