#pragma once
// The account of a training step's memory: what is taken and given back on the way forward, what is kept for the way
// back and freed on it.
#include <cstddef>
#include <cstdint>

#include "tuneit/net/leaf.hpp"
#include "tuneit/net/table.hpp"
#include "tuneit/net/wired.hpp"
#include "tuneit/recipe/account/account_tensors.hpp"
#include "tuneit/recipe/plan/plan.hpp"

namespace tuneit::detail {

/// The account of a step, in bytes for the whole batch.
class StepAccount : public AccountTensors {
 public:
  constexpr StepAccount(const TensorRow* table, const PlanRow* plan, std::int64_t batch, int bytes, int classes)
      : AccountTensors(table, plan, batch, bytes, classes) {}
  StepAccount(const StepAccount&) = delete;
  StepAccount& operator=(const StepAccount&) = delete;
  constexpr ~StepAccount() { delete[] back_; }

  // --- forward
  constexpr void take(std::int64_t n) { touch(n), live_ += n; }
  constexpr void give(std::int64_t n) { live_ -= n; }
  constexpr void touch(std::int64_t n) {  // for a moment
    if (live_ + n > peak_) peak_ = live_ + n;
  }

  /// What an operation does on the way back: scratch memory, gradients of weights, the gradient dx that it makes, dy
  /// that it frees, what it had kept, a second summand of dx, there already, that the next operation frees (`more`),
  /// and what it had kept and frees before it makes anything (`first`).
  struct Back {
    std::int64_t scratch = 0, gradients = 0, dx = 0, dy = 0, freed = 0, more = 0, first = 0;
    bool hands_on = false;  ///< it makes no gradient: a second summand stays for the next operation
  };
  constexpr void back(const Back& b) {
    if (backs_ == room_) grow();
    back_[backs_++] = b;
  }

  /// An operation has read `x`: it keeps it until its way back, or frees it now, unless somebody before holds it.
  constexpr void leave(Flowing x, bool keeps, Back& b) {
    if (x.wire >= 0 && keeps) wires_.all[x.wire].kept = true;
    if (x.held) return;
    if (keeps)
      b.freed += size(x.shape);
    else
      give(size(x.shape));
  }

  /// An operation that says what it keeps: it has read `x` and made `out`.
  constexpr Flowing run(Flowing x, Shape out, const SavedSizes& s, std::size_t tensors) {
    Back b{.scratch = s.backward_scratch, .gradients = gradients(tensors)};
    if (s.passes) {
      if (tensors > 0) back(b);
      advance(tensors);
      return {out, x.held, x.wire};
    }
    const bool here = s.in_place && !x.held, over_input = s.gradient_over_input && s.input && need_ && !x.held;
    const std::int64_t further = s.elements * bytes_ + s.bytes;
    if (!here) take(size(out));
    touch(s.forward_scratch);
    take(further);
    b.freed += further;
    if (s.output) (s.frees_output_first ? b.first : b.freed) += size(out);
    if (!s.gradient_in_place) {
      b.dx = need_ && !over_input ? size(x.shape) : 0;
      b.dy = size(out);
    }
    if (!here && !over_input) leave(x, s.input, b);
    back(b);
    advance(tensors);
    return {out, s.output};
  }

  // --- wires
  /// What is known of all wires at a moment, to come back to.
  struct Wires {
    int count = 0;
    const int* reads = nullptr;  ///< how often each of the saves to come is read
    WireAccount all[most_wires]{};
  };
  constexpr void begin_wires(const int* reads) { wires_.reads = reads; }
  [[nodiscard]] constexpr const Wires& wires() const { return wires_; }
  constexpr void restore(const Wires& w) { wires_ = w; }
  constexpr void forget_wires(int count) { wires_.count = count; }
  /// Somebody puts something on a wire before the first operation; `owns`: nobody else holds it.
  constexpr void put(std::uint64_t name, Shape shape, int reads, bool owns) {
    if (wires_.count >= most_wires) return;
    wires_.all[wires_.count++] = {.name = name, .shape = shape, .owns = owns, .left = reads, .save_at = backs_};
    back({});
  }
  /// What flows is on a wire, too.
  constexpr Flowing save(Flowing x, std::uint64_t name) {
    if (x.wire >= 0) wires_.all[x.wire].kept = true;
    put(name, x.shape, *wires_.reads++, !x.held);
    wires_.all[wires_.count - 1].need = need_;
    return {x.shape, true, x.held ? x.wire : wires_.count - 1};
  }
  [[nodiscard]] constexpr WireAccount& wire(std::uint64_t name) {
    int i = wires_.count - 1;
    while (i > 0 && wires_.all[i].name != name) --i;
    return wires_.all[i < 0 ? 0 : i];
  }
  [[nodiscard]] constexpr int number_of(const WireAccount& w) const { return static_cast<int>(&w - wires_.all); }
  /// It has been read once more.
  constexpr void read(WireAccount& w, bool keeps) {
    w.kept = w.kept || keeps;
    if (--w.left > 0 || !w.owns) return;
    if (w.kept)
      back_[w.save_at].freed += size(w.shape);
    else
      give(size(w.shape));
  }
  /// An operation leaves a gradient of a wire. That of the last to read it is the first to be there on the way back.
  constexpr void leave_gradient(const WireAccount& w, Back& b) {
    if (!w.need || w.left > 1) return;
    b.freed -= size(w.shape);
    b.scratch += size(w.shape);
    back_[w.save_at].more = size(w.shape);
  }
  /// The gradient of what goes on from a wire becomes that of the wire.
  constexpr void move_gradient(const WireAccount& w) { back_[w.save_at].more = size(w.shape); }
  constexpr void keep_to_save(const WireAccount& w) { back_[w.save_at].freed += size(w.shape); }
  constexpr void set_need(bool need) { need_ = need; }
  /// Nothing wants a gradient of what lies on wires now: `needs` gets what did.
  constexpr void still_wires(bool (&needs)[most_wires]) {
    for (int i = 0; i < wires_.count; ++i) needs[i] = wires_.all[i].need, wires_.all[i].need = false;
  }
  constexpr void wake_wires(const bool (&needs)[most_wires], int count) {
    for (int i = 0; i < count; ++i) wires_.all[i].need = needs[i];
  }

  // --- operations that run twice
  /// A moment on the way forward, to come back to.
  struct Mark {
    Position place;
    std::size_t backs;
    std::int64_t live;
  };
  [[nodiscard]] constexpr Mark mark() const { return {position(), backs_, live_}; }
  constexpr void rewind(const Mark& m) { go_to(m.place), backs_ = m.backs, live_ = m.live; }
  /// From here on the peak is that of what comes. Returns what it was.
  constexpr std::int64_t restart_peak() {
    const std::int64_t before = peak_;
    peak_ = live_;
    return before;
  }
  /// All since `begin` happens on the way back, just before its own way back; here only its result, which it makes in
  /// both directions, goes on. `peak`: what restart_peak gave at `begin`.
  constexpr void second_forward(const Mark& begin, Flowing out, std::int64_t peak) {
    const std::int64_t kept = live_ - begin.live - (out.held ? 0 : size(out.shape));
    back({.scratch = peak_ - begin.live, .freed = -kept, .hands_on = true});
    live_ = begin.live;
    peak_ = peak;
    take(size(out.shape));
  }

  /// All of it backwards. Returns the largest number of bytes that was there at once; `kept`: when forward was through.
  constexpr std::int64_t run_back(std::int64_t* kept) {
    *kept = live_;
    std::int64_t more = 0;
    while (backs_ > 0) {
      const Back& b = back_[--backs_];
      live_ += b.gradients - b.first;
      touch(b.scratch + b.dx);
      live_ += b.dx - b.dy - b.freed;
      if (b.hands_on) continue;
      live_ -= more;
      more = b.more;
    }
    return peak_;
  }

 private:
  constexpr void grow() {
    Back* const more = new Back[2 * room_]{};
    for (std::size_t i = 0; i < backs_; ++i) more[i] = back_[i];
    delete[] back_;
    back_ = more;
    room_ *= 2;
  }

  std::size_t backs_ = 0;
  std::int64_t live_ = 0, peak_ = 0;
  std::size_t room_ = 128;
  Back* back_ = new Back[room_]{};
  Wires wires_{};
};

}  // namespace tuneit::detail
