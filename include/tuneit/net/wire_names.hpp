#pragma once
// Which wires do operations name: those that they read of others, and those that they save for others?
#include <cstdint>

#include "tuneit/net/program.hpp"
#include "tuneit/net/segments.hpp"
#include "tuneit/net/wired.hpp"

namespace tuneit::detail {

/// At most so many wires of others are read by one list of operations: a Need has a bit for each.
inline constexpr int most_reads_of_one = 32;

/// In the order in which they are first named.
struct WireNames {
  std::uint64_t reads[most_wires]{}, saves[most_wires]{};
  int read_count = 0, save_count = 0;

  static constexpr int find(const std::uint64_t* in, int count, std::uint64_t name) {
    for (int i = 0; i < count; ++i)
      if (in[i] == name) return i;
    return -1;
  }
  [[nodiscard]] constexpr int read_at(std::uint64_t name) const { return find(reads, read_count, name); }
  [[nodiscard]] constexpr int save_at(std::uint64_t name) const { return find(saves, save_count, name); }
  constexpr void read(std::uint64_t name) {
    if (save_at(name) < 0 && read_at(name) < 0 && read_count < most_wires) reads[read_count++] = name;
  }
  constexpr void save(std::uint64_t name) {
    if (save_count < most_wires) saves[save_count++] = name;
  }
  /// And then these.
  constexpr void then(const WireNames& next) {
    for (int i = 0; i < next.read_count; ++i) read(next.reads[i]);
    for (int i = 0; i < next.save_count; ++i) save(next.saves[i]);
  }
  /// What a turn or a branch saves is its own.
  [[nodiscard]] constexpr WireNames of_others() const {
    WireNames w = *this;
    w.save_count = 0;
    return w;
  }
};

/// Do operations name wires?
template <class Op>
inline constexpr bool names_wires = ReadsWires<Op>;
template <class... Ops>
inline constexpr bool names_wires<List<Ops...>> = (names_wires<Ops> || ...);
template <class... Ops>
inline constexpr bool names_wires<op::Segment<Ops...>> = (names_wires<Ops> || ...);
template <class... Ops>
inline constexpr bool names_wires<op::Unread<Ops...>> = (names_wires<Ops> || ...);
template <int First, int Count, class Layer>
inline constexpr bool names_wires<Repeat<First, Count, Layer>> = wired<Layer>;
template <class Layer>
inline constexpr bool wired<Again<Layer>> = wired<Layer>;
template <class F, class N, class D, class S, class A>
inline constexpr bool names_wires<op::Sum<F, N, D, S, A>> = names_wires<F> || names_wires<S>;

template <class F, class C, class N, class S, class A>
inline constexpr bool names_wires<op::ConvSum<F, C, N, S, A>> = names_wires<F> || names_wires<S>;

/// Does a From cut the way back within them?
template <class Op>
inline constexpr bool cuts = false;
template <fixed_string Wire>
inline constexpr bool cuts<From<Wire>> = true;
template <class... Ops>
inline constexpr bool cuts<List<Ops...>> = (cuts<Ops> || ...);
template <class... Ops>
inline constexpr bool cuts<op::Segment<Ops...>> = (cuts<Ops> || ...);
template <class... Ops>
inline constexpr bool cuts<op::Unread<Ops...>> = true;
template <int First, int Count, class Layer>
inline constexpr bool cuts<Repeat<First, Count, Layer>> = cuts<program<Layer>>;

template <class... Parts>
constexpr WireNames names_of_all() {
  WireNames all;
  (all.then(Parts::names), ...);
  return all;
}
template <class Layer>
constexpr WireNames names_of_layer() {
  WireNames w;
  for (const std::uint64_t name : Layer::reads::names) {
    if constexpr (use_of<Layer> == WireUse::Save)
      w.save(name);
    else if constexpr (use_of<Layer> != WireUse::Output)
      w.read(name);
  }
  return w;
}

template <class Op>
inline constexpr WireNames wire_names{};
template <class Op>
struct NamesOf {
  static constexpr const WireNames& names = wire_names<Op>;
};
template <ReadsWires Layer>
inline constexpr WireNames wire_names<Layer> = names_of_layer<Layer>();
template <class... Ops>
requires names_wires<List<Ops...>>
inline constexpr WireNames wire_names<List<Ops...>> = names_of_all<NamesOf<Ops>...>();
template <class... Ops>
requires names_wires<List<Ops...>>
inline constexpr WireNames wire_names<op::Segment<Ops...>> = wire_names<List<Ops...>>;
template <class... Ops>
requires names_wires<List<Ops...>>
inline constexpr WireNames wire_names<op::Unread<Ops...>> = wire_names<List<Ops...>>;
template <int First, int Count, class Layer>
requires wired<Layer>
inline constexpr WireNames wire_names<Repeat<First, Count, Layer>> = wire_names<program<Layer>>.of_others();
template <class F, class N, class D, class S, class A>
requires(names_wires<F> || names_wires<S>) inline constexpr WireNames wire_names<op::Sum<F, N, D, S, A>> = [] {
  WireNames both = wire_names<S>.of_others();
  both.then(wire_names<F>.of_others());
  return both;
}();

/// How many saves run in operations, every turn counted.
template <class Op>
inline constexpr std::size_t saves_of = 0;
template <fixed_string Wire>
inline constexpr std::size_t saves_of<Save<Wire>> = 1;
template <class... Ops>
inline constexpr std::size_t saves_of<List<Ops...>> = (std::size_t{0} + ... + saves_of<Ops>);
template <class... Ops>
inline constexpr std::size_t saves_of<op::Segment<Ops...>> = saves_of<List<Ops...>>;
template <class... Ops>
inline constexpr std::size_t saves_of<op::Unread<Ops...>> = saves_of<List<Ops...>>;
template <int First, int Count, class Layer>
inline constexpr std::size_t saves_of<Repeat<First, Count, Layer>> = Count* saves_of<program<Layer>>;
template <class F, class N, class D, class S, class A>
inline constexpr std::size_t saves_of<op::Sum<F, N, D, S, A>> = saves_of<F> + saves_of<S>;

/// The wires of others that a block reads, as the description says it.
template <class Layer>
constexpr int reads_of_others() {
  if constexpr (wired<Layer>) return wire_names<program<Layer>>.read_count;
  return 0;
}

}  // namespace tuneit::detail
