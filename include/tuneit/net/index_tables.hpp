#pragma once
// How many rows has the table in which an input of indices is looked up? Inputs are followed through names, wires and
// what changes nothing to the layers that make vectors of them.
#include <cstddef>
#include <cstdint>

#include "tuneit/net/compose.hpp"
#include "tuneit/net/layers/embedding.hpp"
#include "tuneit/net/layers/reshape.hpp"
#include "tuneit/net/walk.hpp"
#include "tuneit/net/wired.hpp"

namespace tuneit::detail {

/// Of a layer that looks indices up; 0 of any other.
template <class Leaf>
inline constexpr std::int64_t rows_looked_up = 0;
template <int N, int D, int Padding>
inline constexpr std::int64_t rows_looked_up<Embedding<N, D, Padding>> = N;
template <class Leaf>
requires requires { typename Leaf::wraps; }
inline constexpr std::int64_t rows_looked_up<Leaf> = rows_looked_up<typename Leaf::wraps>;

/// Goes through blocks in the order in which they run.
class IndexTables : public Walker<IndexTables> {
 public:
  std::int64_t rows[most_wires + 1]{};  ///< by the number of an input: of its smallest table; 0: none is known

  constexpr void input(std::uint64_t name) {
    if (inputs_ > most_wires) return;  // refused: TooManyWires
    if (inputs_ > 0) put(name, inputs_);
    ++inputs_;
  }

  using Walker::walk;
  template <class Leaf>
  constexpr void walk(Leaf) {
    if constexpr (WireTag<Leaf>) {
      constexpr std::uint64_t name = name_hash<Leaf::wire_name>;
      if constexpr (Leaf::wire_use == WireUse::Save) put(name, flows_);
      if constexpr (Leaf::wire_use == WireUse::From) flows_ = on(name);
      if constexpr (Leaf::wire_use == WireUse::Merge) flows_ = none;
    } else if constexpr (!std::is_same_v<Leaf, Identity>) {
      if (rows_looked_up < Leaf >> 0 && flows_ != none) {
        std::int64_t& least = rows[flows_];
        if (least == 0 || rows_looked_up<Leaf> < least) least = rows_looked_up<Leaf>;
      }
      flows_ = none;
    }
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>) {
    if constexpr (Count > 0) walk(Layer{});
    if constexpr (Count > 1) flows_ = none;
  }
  template <class Body, class Shortcut>
  constexpr void walk(Residual<Body, Shortcut>) {
    const int before = flows_;
    walk(Shortcut{});
    flows_ = before;
    walk(Body{});
    flows_ = none;
  }

 private:
  static constexpr int none = -1;
  constexpr void put(std::uint64_t name, int input) {
    if (wires_ > most_wires) return;
    names_[wires_] = name;
    carries_[wires_++] = input;
  }
  [[nodiscard]] constexpr int on(std::uint64_t name) const {
    for (int i = wires_; i-- > 0;)
      if (names_[i] == name) return carries_[i];
    return none;
  }

  int flows_ = 0, inputs_ = 0, wires_ = 0;
  std::uint64_t names_[most_wires + 1]{};
  int carries_[most_wires + 1]{};
};

/// Of all inputs of a network.
template <class Model>
inline constexpr IndexTables index_tables = [] {
  IndexTables tables;
  tables.input(0);
  [&]<class... Others>(List<Others...>) {
    (tables.input(name_hash<Others::name>), ...);
  }(typename Model::input::others{});
  tables.walk(typename Model::blocks{});
  return tables;
}();

}  // namespace tuneit::detail
