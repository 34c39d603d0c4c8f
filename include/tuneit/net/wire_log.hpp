#pragma once
// Who saves, reads and gives out, in the order in which a network runs? And the first mistake in it.
#include <cstddef>
#include <cstdint>

#include "tuneit/meta/text.hpp"
#include "tuneit/net/layers/reshape.hpp"
#include "tuneit/net/walk.hpp"
#include "tuneit/net/wired.hpp"

namespace tuneit::detail {

/// A copy of a name, of at most 63 characters. (No pointer to the characters of a template argument: g++ 12 ends
/// there.)
struct NameText {
  char chars[64]{};
  std::size_t length = 0;
  constexpr void append(const char* text, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) chars[length++] = text[i];
  }
  [[nodiscard]] constexpr std::size_t size() const { return length; }
  [[nodiscard]] constexpr const char* data() const { return chars; }
};
template <fixed_string Name>
constexpr NameText name_text() {
  NameText t;
  t.append(Name.data(), Name.size());
  return t;
}

/// Something that names a wire. `source` of who reads: the event that saved what is read.
struct WireEvent {
  WireUse use = WireUse::Save;
  std::uint64_t name = 0;
  int block = 0, source = -1;
  NameText text{};
};

enum class WireMistake : std::uint8_t { None, Unknown, NotRead, Twice, LeavesTurn, FlowLost, FlowLostAtEnd, TooMany };

/// Goes through blocks in the order in which they run; of a Residual its shortcut before its body.
template <std::size_t Size>
class WireLog : public Walker<WireLog<Size>> {
 public:
  using Walker<WireLog>::walk;
  WireEvent events[Size + 1]{};
  int count = 0, outputs = 0, wires = 0;  ///< wires: of different names
  WireMistake mistake = WireMistake::None;
  NameText culprit{}, nearest{};

  constexpr void input(std::uint64_t name, const NameText& text) { save(WireEvent{WireUse::Save, name, -1, -1, text}); }
  constexpr void begin_block(int block) { block_ = block; }
  constexpr void end() {
    for (int i = 0; i < count; ++i)
      if (events[i].use == WireUse::Save && !was_read_[i]) fail(WireMistake::NotRead, events[i].text);
    if (outputs > 0 && !given_out_) fail(WireMistake::FlowLostAtEnd, {});
    for (int i = 0; i < count; ++i) wires += events[i].use == WireUse::Save && first_of(i) ? 1 : 0;
    if (wires > most_wires) fail(WireMistake::TooMany, {});
  }

  template <class Leaf>
  constexpr void walk(Leaf) {
    if constexpr (WireTag<Leaf>) {
      use(Leaf::wire_use, name_hash<Leaf::wire_name>, name_text<Leaf::wire_name>());
    } else if constexpr (!std::is_same_v<Leaf, Identity>) {
      if constexpr (ReadsWires<Leaf>) read_all(typename Leaf::reads{});
      saved_ = given_out_ = false;
    }
  }
  template <int First, int Count, class Layer>
  constexpr void walk(Repeat<First, Count, Layer>) {
    if constexpr (!wired<Layer>) {
      saved_ = given_out_ = saved_ && Count == 0;
    } else {
      for (int i = 0; i < Count; ++i) scoped(Layer{}, Count > 1);
    }
  }
  template <class Body, class Shortcut>
  constexpr void walk(Residual<Body, Shortcut>) {
    if constexpr (wired<Residual<Body, Shortcut>>) {
      scoped(Shortcut{}, true);
      saved_ = given_out_ = false;
      scoped(Body{}, true);
    }
    saved_ = given_out_ = false;
  }

 private:
  template <class Layer>
  constexpr void scoped(Layer layer, bool turns) {
    const int begin = count, outside = turns_;
    turns_ += turns ? 1 : 0;
    walk(layer);
    close_scope(begin);
    turns_ = outside;
  }
  template <fixed_string... Names>
  constexpr void read_all(Wires<Names...>) {
    (use(WireUse::Read, name_hash<Names>, name_text<Names>()), ...);
  }
  constexpr void fail(WireMistake m, const NameText& name) {
    if (mistake != WireMistake::None) return;
    mistake = m;
    culprit = name;
  }
  // Is it the first that saves something of this name?
  [[nodiscard]] constexpr bool first_of(int i) const {
    for (int j = 0; j < i; ++j)
      if (events[j].use == WireUse::Save && events[j].name == events[i].name) return false;
    return true;
  }
  constexpr void save(const WireEvent& e) {
    for (int i = 0; i < count; ++i)
      if (open_[i] && events[i].use == e.use && events[i].name == e.name) fail(WireMistake::Twice, e.text);
    open_[count] = true;
    events[count++] = e;
  }
  constexpr void use(WireUse what, std::uint64_t name, const NameText& text) {
    WireEvent e{what, name, block_, -1, text};
    if (what == WireUse::Save || what == WireUse::Output) {
      save(e);
      if (what == WireUse::Output && turns_ > 0) fail(WireMistake::LeavesTurn, text);
      outputs += what == WireUse::Output ? 1 : 0;
      saved_ = true;
      given_out_ = given_out_ || what == WireUse::Output;
      return;
    }
    bool closed = false;
    for (int i = count; i-- > 0 && e.source < 0;) {
      if (events[i].use != WireUse::Save || events[i].name != name) continue;
      if (open_[i])
        e.source = i;
      else
        closed = true;
    }
    if (e.source < 0) unknown(closed, text);
    if (e.source >= 0) was_read_[e.source] = true;
    if (what == WireUse::From && !saved_) fail(WireMistake::FlowLost, text);
    open_[count] = false;
    events[count++] = e;
    saved_ = given_out_ = false;
  }
  constexpr void unknown(bool closed, const NameText& text) {
    if (mistake != WireMistake::None) return;
    fail(closed ? WireMistake::LeavesTurn : WireMistake::Unknown, text);
    std::size_t least = 1000;
    for (int i = 0; i < count; ++i) {
      if (!open_[i] || events[i].use != WireUse::Save) continue;
      const std::size_t d = text::distance(events[i].text.data(), events[i].text.size(), text.data(), text.size());
      if (d < least) least = d, nearest = events[i].text;
    }
  }
  constexpr void close_scope(int begin) {
    for (int i = begin; i < count; ++i) {
      if (events[i].use == WireUse::Save) open_[i] = false;
    }
  }

  bool open_[Size + 1]{}, was_read_[Size + 1]{};
  bool saved_ = false, given_out_ = false;  ///< what flows, just now
  int block_ = 0, turns_ = 0;
};

/// How many events there are, every turn counted.
template <class Layer>
inline constexpr std::size_t wire_events = 0;
template <WireTag Layer>
inline constexpr std::size_t wire_events<Layer> = 1;
template <ReadsWires Layer>
requires(!WireTag<Layer>) inline constexpr std::size_t wire_events<Layer> = Layer::reads::size;
template <Composite Layer>
inline constexpr std::size_t wire_events<Layer> = wire_events<typename Layer::layers>;
template <class... Layers>
inline constexpr std::size_t wire_events<Seq<Layers...>> = (std::size_t{0} + ... + wire_events<Layers>);
template <class... Layers>
inline constexpr std::size_t wire_events<List<Layers...>> = (std::size_t{0} + ... + wire_events<Layers>);
template <fixed_string Name, class... Layers>
inline constexpr std::size_t wire_events<Named<Name, Layers...>> = (std::size_t{0} + ... + wire_events<Layers>);
template <int First, int Count, class Layer>
inline constexpr std::size_t wire_events<Repeat<First, Count, Layer>> = Count* wire_events<Layer>;
template <class Body, class Shortcut>
inline constexpr std::size_t wire_events<Residual<Body, Shortcut>> = wire_events<Body> + wire_events<Shortcut>;

template <class Model, class... Blocks, class... Others>
constexpr auto log_wires(List<Blocks...>, List<Others...>) {
  WireLog<wire_events<List<Blocks...>> + sizeof...(Others)> log;
  (log.input(name_hash<Others::name>, name_text<Others::name>()), ...);
  int block = 0;
  ((log.begin_block(block++), log.walk(typename Blocks::layers{})), ...);
  log.end();
  return log;
}

/// Of a network that names wires.
template <class Model>
inline constexpr auto wire_log = log_wires<Model>(typename Model::blocks{}, typename Model::input::others{});

/// The number of an output, or -1. A network that names none has one, "out".
template <class Model>
constexpr int output_index(std::uint64_t name) {
  if constexpr (!wired<typename Model::blocks>) {
    return name == name_hash<"out"> ? 0 : -1;
  } else {
    if (wire_log<Model>.outputs == 0) return name == name_hash<"out"> ? 0 : -1;
    int number = 0;
    for (int i = 0; i < wire_log<Model>.count; ++i) {
      const WireEvent& e = wire_log<Model>.events[i];
      if (e.use == WireUse::Output && e.name == name) return number;
      number += e.use == WireUse::Output ? 1 : 0;
    }
    return -1;
  }
}

/// Does a network name wires, or have more than one input?
template <class Model>
inline constexpr bool has_wires = wired<typename Model::blocks> || Model::input::others::size > 0;

}  // namespace tuneit::detail
