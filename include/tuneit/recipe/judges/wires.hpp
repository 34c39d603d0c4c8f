#pragma once
// Does everybody who reads a wire find it, and is everything that is saved read? Asked of networks that name wires.
#include <type_traits>

#include "tuneit/net/wire_log.hpp"
#include "tuneit/net/wire_names.hpp"
#include "tuneit/verdict/reasons.hpp"

namespace tuneit {

namespace detail {

// A name of a log as a template argument.
template <class Model>
inline constexpr auto culprit_name = fixed_string<wire_log<Model>.culprit.size() + 1>(wire_log<Model>.culprit.data(),
                                                                                      0);
template <class Model>
inline constexpr auto nearest_wire = fixed_string<wire_log<Model>.nearest.size() + 1>(wire_log<Model>.nearest.data(),
                                                                                      0);

// The most wires of others that a block reads.
template <class... Blocks>
constexpr int most_reads(List<Blocks...>) {
  int most = 0;
  const auto one = [&](int n) { most = n > most ? n : most; };
  (one(reads_of_others<typename Blocks::layers>()), ...);
  return most;
}

template <class Model, WireMistake Mistake>
struct WireReason {
  using type = Accepted;
};
template <class Model>
struct WireReason<Model, WireMistake::Unknown> {
  using type = NoSuchWire<Model, culprit_name<Model>, DidYouMean<nearest_wire<Model>>>;
};
template <class Model>
struct WireReason<Model, WireMistake::NotRead> {
  using type = WireNotRead<Model, culprit_name<Model>>;
};
template <class Model>
struct WireReason<Model, WireMistake::Twice> {
  using type = WireTwice<Model, culprit_name<Model>>;
};
template <class Model>
struct WireReason<Model, WireMistake::LeavesTurn> {
  using type = WireLeavesItsTurn<Model, culprit_name<Model>>;
};
template <class Model>
struct WireReason<Model, WireMistake::FlowLost> {
  using type = FlowIsLost<Model, From<culprit_name<Model>>>;
};
template <class Model>
struct WireReason<Model, WireMistake::FlowLostAtEnd> {
  using type = FlowIsLost<Model, TheEnd>;
};
template <class Model>
struct WireReason<Model, WireMistake::TooMany> {
  using type = TooManyWires<Model, wire_log<Model>.wires, most_wires>;
};

template <class Model>
struct JudgeWires : judge_all<WireReason<Model, wire_log<Model>.mistake>,
                              Demand<(most_reads(typename Model::blocks{}) <= most_reads_of_one),
                                     TooManyWires<Model, most_reads(typename Model::blocks{}), most_reads_of_one>>> {};

/// The nearest of a network's outputs to a name.
template <class Model>
constexpr NameText nearest_output(const char* name, std::size_t size) {
  NameText best;
  best.append("out", 3);
  if constexpr (has_wires<Model>) {
    std::size_t least = 1000;
    for (int i = 0; i < wire_log<Model>.count; ++i) {
      const WireEvent& e = wire_log<Model>.events[i];
      if (e.use != WireUse::Output) continue;
      const std::size_t d = text::distance(e.text.data(), e.text.size(), name, size);
      if (d < least) least = d, best = e.text;
    }
  }
  return best;
}
template <class Model, fixed_string Name>
struct NearestOutput {
  static constexpr NameText text = nearest_output<Model>(Name.chars, Name.size());
  using type = DidYouMean<fixed_string<text.size() + 1>(text.data(), 0)>;
};

/// Has a network this output?
template <class Model, fixed_string Name>
struct JudgeOutput : Demand<(output_index<Model>(name_hash<Name>) >= 0),
                            NoSuchOutput<Model, Name, typename NearestOutput<Model, Name>::type>> {};

}  // namespace detail

/// What is wrong with the name of an output: `Accepted`, or NoSuchOutput with the nearest name there is.
template <class Model, fixed_string Name>
using output_verdict = typename detail::JudgeOutput<Model, Name>::type;

/// Stops the compilation with one sentence if a network has no output of this name:
/// `static_assert(has_output<Unet, "mask">());`.
template <class Model, fixed_string Name>
consteval bool has_output() {
  return detail::reported<output_verdict<Model, Name>>();
}

}  // namespace tuneit
