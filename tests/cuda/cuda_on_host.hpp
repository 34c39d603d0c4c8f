#pragma once
// CUDA kernels on the host, for tests of their values. Each thread of a block is a fibre; blocks run one after the
// other, in an order that is shuffled, and between two barriers so do the threads: what needs a barrier that is not
// there reads something else than it should.
//   cuda_on_host::launch({gx, gy}, {bx, by}, [&] { kernel(arguments); }, seed);
// A barrier that not all threads of a block (of a warp) come to throws. With `skip = n` the n-th barrier of each thread
// is left out, so that tests can show that it was needed.
#include <math.h>  // with overloads beside ::exp
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __shared__ static thread_local  // each block is run by a thread of the host, so what is shared is new in each
#define __launch_bounds__(...)
#define __grid_constant__

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cuda_on_host {

struct Options {
  unsigned seed = 0;
  int skip = -1;  ///< which barrier of a block is left out, counted from 0
};

namespace detail {

enum class At { Running, Block, Warp, Done };
struct Thread {
  ucontext_t context{};  // where it starts
  jmp_buf here{};        // where it goes on: cheaper to change to
  bool started = false;
  dim3 index{};
  At at = At::Running;
  int barriers = 0;
  unsigned shuffles = 0;
  std::vector<char> stack = std::vector<char>(64 << 10);
};
struct Machine {
  std::vector<std::unique_ptr<Thread>> threads{};
  std::size_t current = 0;
  jmp_buf scheduler{};
  const std::function<void()>* body = nullptr;
  std::vector<std::uint64_t> exchange{};  // of two shuffles, in turns
  int skip = -1;
};
inline Machine machine;

/// longjmp by the name that a fortified libc does not check: it takes another stack for a mistake.
extern "C" [[noreturn]] void go_to(jmp_buf there, int value) __asm__("_longjmp");

inline void wait(At at) {
  Thread& me = *machine.threads[machine.current];
  me.at = at;
  if (_setjmp(me.here) == 0) go_to(machine.scheduler, 1);
}
/// Runs a thread up to where it waits.
[[gnu::noinline]] inline void resume(Thread& t) {
  if (_setjmp(machine.scheduler) != 0) return;
  if (t.started) go_to(t.here, 1);
  t.started = true;
  setcontext(&t.context);
}
inline void enter() {
  (*machine.body)();
  wait(At::Done);
}

/// Lets those go on who wait for each other and are all there. True: some do.
inline bool release(std::size_t first, std::size_t last, At barrier) {
  std::size_t there = 0, gone = 0;
  for (std::size_t i = first; i < last; ++i) {
    there += machine.threads[i]->at == barrier;
    gone += machine.threads[i]->at == At::Done;
  }
  if (there == 0 || there + gone < last - first) return false;
  if (gone > 0) throw std::logic_error("CUDA on the host: a thread ended before a barrier that others wait at");
  for (std::size_t i = first; i < last; ++i) machine.threads[i]->at = At::Running;
  return true;
}

inline void run_block(std::size_t count, std::mt19937& random) {
  if ((count & (count - 1)) != 0) throw std::logic_error("CUDA on the host: a block of no power of two of threads");
  Machine& m = machine;
  while (m.threads.size() < count) m.threads.push_back(std::make_unique<Thread>());
  m.exchange.assign(2 * count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    Thread& t = *m.threads[i];
    const auto n = static_cast<unsigned>(i);
    t.index = {n % blockDim.x, n / blockDim.x % blockDim.y, n / blockDim.x / blockDim.y};
    t.at = At::Running;
    t.barriers = 0;
    t.shuffles = 0;
    t.started = false;
    getcontext(&t.context);
    t.context.uc_stack.ss_sp = t.stack.data();
    t.context.uc_stack.ss_size = t.stack.size();
    makecontext(&t.context, &enter, 0);
  }
  for (;;) {
    const std::size_t step = random() | 1u, begin = random();  // a permutation of a power of two
    bool ran = false;
    for (std::size_t turn = 0; turn < count; ++turn) {
      const std::size_t i = (turn * step + begin) % count;
      if (m.threads[i]->at != At::Running) continue;
      ran = true;
      m.current = i;
      threadIdx = m.threads[i]->index;
      resume(*m.threads[i]);
    }
    bool released = false;
    for (std::size_t first = 0; first < count; first += 32)
      released = release(first, std::min(count, first + 32), At::Warp) || released;
    if (!released) released = release(0, count, At::Block);
    if (released || ran) continue;
    for (std::size_t i = 0; i < count; ++i)
      if (m.threads[i]->at != At::Done) throw std::logic_error("CUDA on the host: threads wait at different barriers");
    return;
  }
}

}  // namespace detail

inline void launch(dim3 grid, dim3 block, const std::function<void()>& kernel, Options options = {}) {
  std::mt19937 random(options.seed);
  detail::machine.body = &kernel;
  detail::machine.skip = options.skip;
  gridDim = grid;
  blockDim = block;
  std::vector<unsigned> blocks(grid.x * grid.y);
  for (unsigned i = 0; i < blocks.size(); ++i) blocks[i] = i;
  std::shuffle(blocks.begin(), blocks.end(), random);
  for (const unsigned b : blocks) {
    blockIdx = {b % grid.x, b / grid.x, 0};
    std::exception_ptr wrong;
    std::thread([&] {
      try {
        detail::run_block(std::size_t{block.x} * block.y * block.z, random);
      } catch (...) {
        wrong = std::current_exception();
      }
    }).join();
    if (wrong) std::rethrow_exception(wrong);
  }
}

}  // namespace cuda_on_host

inline void __syncthreads() {
  cuda_on_host::detail::Machine& m = cuda_on_host::detail::machine;
  if (m.threads[m.current]->barriers++ == m.skip) return;
  cuda_on_host::detail::wait(cuda_on_host::detail::At::Block);
}
inline void __syncwarp(unsigned = ~0u) { cuda_on_host::detail::wait(cuda_on_host::detail::At::Warp); }
inline void __threadfence() {}
template <class T>
T __shfl_xor_sync(unsigned, T value, int lane) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  cuda_on_host::detail::Machine& m = cuda_on_host::detail::machine;
  const std::size_t me = m.current, half = m.exchange.size() / 2 * (m.threads[me]->shuffles++ % 2);
  std::memcpy(&m.exchange[half + me], &value, sizeof value);
  __syncwarp();  // who writes here next has come to the next shuffle, and so has been through this one
  T out;
  std::memcpy(&out, &m.exchange[half + (me ^ static_cast<std::size_t>(lane))], sizeof out);
  return out;
}
inline int atomicAdd(int* to, int value) {
  const int old = *to;
  *to += value;
  return old;
}
inline float __uint_as_float(unsigned bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
inline unsigned __float_as_uint(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
