#pragma once
// What lies on the wires of a network while its blocks [First, Last) run: what is there at the beginning, how often
// each is read, what is left at the end.
#include <cstddef>
#include <cstdint>

#include "tuneit/net/wire_log.hpp"

namespace tuneit::detail {

/// A tensor beside the flow that crosses a cut between two blocks: what is on a wire, or an output given out before.
struct Crossing {
  std::uint64_t name = 0;
  int output = -1;  ///< its number, if it is one
  int reads = 0;    ///< of a wire: from here on
};

/// Of a network with E events.
template <std::size_t E>
struct WirePlan {
  std::uint64_t names[E + 1]{};  ///< of all wires: a slot each
  int name_count = 0;
  Crossing begin[E + 1]{}, end[E + 1]{};  ///< in the order in which they were saved
  int begin_count = 0, end_count = 0;
  int reads[E + 1]{};  ///< of what is saved within, in order; one more where it is there at the end
  std::uint64_t outputs[E + 1]{};
  int output_count = 0;
};

template <std::size_t E>
constexpr WirePlan<E> plan_wires(const WireLog<E>& log, int first, int last) {
  WirePlan<E> p;
  const auto reads_in = [&](int save, int from, int to) {
    int n = 0;
    for (int i = save + 1; i < log.count; ++i)
      if (log.events[i].source == save && log.events[i].block >= from && log.events[i].block < to) ++n;
    return n;
  };
  constexpr int all = 1 << 30;
  int saves = 0;
  for (int i = 0; i < log.count; ++i) {
    const WireEvent& e = log.events[i];
    if (e.use == WireUse::Output) {
      if (e.block < first) p.begin[p.begin_count++] = {e.name, p.output_count, 1};
      if (e.block < last) p.end[p.end_count++] = {e.name, p.output_count, 1};
      p.outputs[p.output_count++] = e.name;
    }
    if (e.use != WireUse::Save) continue;
    bool known = false;
    for (int n = 0; n < p.name_count; ++n) known = known || p.names[n] == e.name;
    if (!known) p.names[p.name_count++] = e.name;
    const int later = reads_in(i, last, all), reads = reads_in(i, first, last) + (later > 0 ? 1 : 0);
    if (e.block < first && reads > 0) p.begin[p.begin_count++] = {e.name, -1, reads};
    if (e.block >= first && e.block < last) p.reads[saves++] = reads;
    if (e.block < last && later > 0) p.end[p.end_count++] = {e.name, -1, later};
  }
  return p;
}

template <class Model, std::size_t First, std::size_t Last>
inline constexpr auto wire_plan = plan_wires(wire_log<Model>, static_cast<int>(First), static_cast<int>(Last));

/// What crosses the cut before block `first`, where that is known as a number only.
template <class Model>
constexpr auto wire_plan_at(std::size_t first) {
  return plan_wires(wire_log<Model>, static_cast<int>(first), static_cast<int>(Model::block_count));
}

/// How many outputs a network has.
template <class Model>
inline constexpr int output_count = [] {
  if constexpr (has_wires<Model>)
    if (wire_log<Model>.outputs > 0) return wire_log<Model>.outputs;
  return 1;
}();

}  // namespace tuneit::detail
