#pragma once
// What is sure to happen before what on a device: a clock for each stream and one for the host, as events and waits
// join them. Two accesses of one block of memory, one of which writes, must be ordered by them; where they are not, a
// real device may run them in either order, though here they run one after the other.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fake_cuda {

class Order {
 public:
  using Clock = std::vector<std::uint64_t>;  ///< by stream: how far it is known to have come
  using Block = std::size_t;

  /// An operator begins on a stream: behind all that the host has waited for.
  void launch(std::size_t stream) {
    join(clock(stream), host_);
    ++clock(stream)[stream];
  }
  /// What the operator does to a block; what it races with, in words, or nothing.
  std::optional<std::string> access(std::size_t stream, Block block, bool writes, const std::string& name) {
    Uses& uses = uses_[block];
    std::optional<std::string> race;
    const auto ordered = [&](std::size_t other, const Use& use) {
      if (clock(stream)[other] < use.at && !race)
        race = name + " on stream " + std::to_string(stream) + " and " + use.name + " on stream " +
               std::to_string(other) + " touch the same memory, and nothing orders them";
    };
    for (const auto& [other, use] : uses.writes) ordered(other, use);
    if (writes)
      for (const auto& [other, use] : uses.reads) ordered(other, use);
    if (race) return race;  // it does not run
    if (writes) uses = {};
    (writes ? uses.writes : uses.reads)[stream] = {clock(stream)[stream], name};
    return std::nullopt;
  }

  /// An event's moment in a stream.
  Clock now(std::size_t stream) { return clock(stream); }
  void stream_waits(std::size_t stream, const Clock& event) { join(clock(stream), event); }
  void host_waits(const Clock& event) { join(host_, event); }
  void host_waits_for_all() {
    for (const Clock& c : streams_) join(host_, c);
  }

  /// The allocator itself waits for this stream before it gives the block to somebody else.
  void forget(Block block, std::size_t stream) {
    const auto found = uses_.find(block);
    if (found == uses_.end()) return;
    found->second.reads.erase(stream);
    found->second.writes.erase(stream);
  }

 private:
  struct Use {
    std::uint64_t at = 0;
    std::string name{};
  };
  struct Uses {
    std::map<std::size_t, Use> reads{}, writes{};
  };
  Clock& clock(std::size_t stream) {
    if (streams_.size() <= stream) streams_.resize(stream + 1);
    for (Clock& c : streams_) c.resize(std::max(c.size(), streams_.size()));
    return streams_[stream];
  }
  void join(Clock& into, const Clock& other) {
    into.resize(std::max({into.size(), other.size(), streams_.size()}));
    for (std::size_t i = 0; i < other.size(); ++i) into[i] = std::max(into[i], other[i]);
  }
  std::vector<Clock> streams_;
  Clock host_;
  std::map<Block, Uses> uses_;
};

}  // namespace fake_cuda
