// The arena's memory: no two blocks overlap, whoever frees them and whenever; and the rest of the program sees none of
// it.
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>

#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "tuneit/data/random.hpp"
#include "tuneit/engine/memory/arena.hpp"
#include "tuneit/engine/memory/memory.hpp"

using namespace tuneit;

namespace {

// Blocks that must not overlap, each filled with a byte of its own.
class Model {
 public:
  void add(void* block, std::size_t bytes) {
    auto* begin = static_cast<unsigned char*>(block);
    const auto after = blocks_.lower_bound(begin);
    REQUIRE((after == blocks_.end() || begin + bytes <= after->first));
    if (after != blocks_.begin()) {
      const auto before = std::prev(after);
      REQUIRE(before->first + before->second.bytes <= begin);
    }
    const auto mark = static_cast<unsigned char>(1 + count_++ % 255);
    std::fill_n(begin, bytes, mark);
    blocks_[begin] = {bytes, mark};
  }
  void* take(std::size_t which) {
    auto it = blocks_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(which % blocks_.size()));
    unsigned char* begin = it->first;
    const Block block = it->second;
    REQUIRE(std::all_of(begin, begin + block.bytes, [&](unsigned char c) { return c == block.mark; }));
    blocks_.erase(it);
    return begin;
  }
  [[nodiscard]] std::size_t size() const { return blocks_.size(); }

 private:
  struct Block {
    std::size_t bytes;
    unsigned char mark;
  };
  std::map<unsigned char*, Block> blocks_;
  std::size_t count_ = 0;
};

bool in_arena(const at::Tensor& t) { return Arena::instance().contains(t.const_data_ptr()); }
at::Tensor tensor(std::int64_t bytes) { return at::empty({bytes}, at::kByte); }

// Without an arena (a limit of addresses, a sanitizer) LibTorch allocates as ever, and there is little to test.
bool no_arena() {
  if (Arena::instance().available()) return false;
  WARN("no addresses for the arena here");
  return true;
}

}  // namespace

TEST_CASE("random blocks of all sizes do not overlap, keep their bytes, and leave nothing behind") {
  if (no_arena()) return;
  Arena& arena = Arena::instance();
  const ArenaStatistics before = arena.statistics();
  data::Draws draws(7, 0, 0);
  Model model;
  for (int i = 0; i < 20000; ++i) {
    if (model.size() == 0 || (draws.coin(0.52) && model.size() < 300)) {
      const std::size_t bytes = 1 + draws.below(std::uint64_t{1} << draws.below(22));
      void* block = arena.allocate(bytes);
      REQUIRE(block != nullptr);
      REQUIRE(reinterpret_cast<std::uintptr_t>(block) % (bytes > 32768 ? 4096 : 64) == 0);
      REQUIRE(arena.contains(block));
      model.add(block, bytes);
    } else {
      arena.deallocate(model.take(draws.below(model.size())));
    }
    if (i % 5000 == 4999) arena.release_unused();
  }
  while (model.size() > 0) arena.deallocate(model.take(draws.below(model.size())));
  const ArenaStatistics after = arena.statistics();
  CHECK(after.live_bytes == before.live_bytes);
  CHECK(after.blocks == before.blocks);
}

TEST_CASE("classes of small blocks hold what they are asked for, and waste at most a quarter") {
  using tuneit::detail::SizeClasses;
  for (std::size_t n = 1; n <= SizeClasses::largest; ++n) {
    const std::size_t c = SizeClasses::of(n);
    REQUIRE(c < SizeClasses::count);
    REQUIRE(SizeClasses::bytes(c) >= n);
    REQUIRE(SizeClasses::bytes(c) % 64 == 0);
    if (c > 0) REQUIRE(SizeClasses::bytes(c - 1) < n);
    if (n > 256) REQUIRE(SizeClasses::bytes(c) * 4 <= n * 5 + 256);
  }
}

TEST_CASE("holes that touch become one, and the smallest that fits is taken") {
  tuneit::detail::Spans spans;
  REQUIRE(spans.reserve(std::size_t{1} << 30));
  constexpr std::size_t mb = 1 << 20;
  void* a = spans.allocate(2 * mb);
  void* b = spans.allocate(1 * mb);
  void* c = spans.allocate(3 * mb);
  void* d = spans.allocate(1 * mb);
  void* e = spans.allocate(2 * mb);
  CHECK(spans.live() == 9 * mb);
  spans.deallocate(a);
  spans.deallocate(c);
  CHECK(spans.allocate(2 * mb) == a);      // not in the hole of 3
  CHECK(spans.allocate(5 * mb / 2) == c);  // its rest of half a megabyte stays a hole
  CHECK(spans.allocate(mb / 2) == static_cast<char*>(c) + 5 * mb / 2);
  spans.deallocate(a);
  spans.deallocate(b);
  CHECK(spans.allocate(3 * mb) == a);
  spans.deallocate(e);
  CHECK(spans.allocate(4 * mb) == e);  // the hole at the top grows
  CHECK(spans.peak() >= 9 * mb);
  CHECK(spans.allocate(std::size_t{2} << 30) == nullptr);
  spans.deallocate(d);
  CHECK(spans.blocks() == 4);
}

TEST_CASE("released memory goes back to the system, idle memory after it lay unused for a while") {
  tuneit::detail::Spans spans;
  REQUIRE(spans.reserve(std::size_t{1} << 30));
  constexpr std::size_t mb = 1 << 20;
  void* a = spans.allocate(64 * mb);
  void* b = spans.allocate(32 * mb);
  std::fill_n(static_cast<char*>(a), 64 * mb, 'a');
  std::fill_n(static_cast<char*>(b), 32 * mb, 'b');
  CHECK(spans.touched() == 96 * mb);
  CHECK(spans.release(false) == 0);
  spans.deallocate(a);
  CHECK(spans.release(false) == 64 * mb);
  CHECK(spans.touched() == 32 * mb);
  CHECK(*static_cast<char*>(b) == 'b');
  a = spans.allocate(64 * mb);
  CHECK(*static_cast<char*>(a) == 0);  // the system's pages are new
  spans.deallocate(a);
  CHECK(spans.release(true) == 0);  // it was just used
  CHECK(spans.release(true) == 64 * mb);
}

TEST_CASE("threads free each other's blocks") {
  if (no_arena()) return;
  Arena& arena = Arena::instance();
  const ArenaStatistics before = arena.statistics();
  for (int round = 0; round < 3; ++round) {
    std::array<std::vector<std::pair<unsigned char*, std::size_t>>, 4> made;
    const auto make = [&](std::size_t t) {
      data::Draws draws(t, static_cast<std::uint64_t>(round), 1);
      for (int i = 0; i < 3000; ++i) {
        const std::size_t bytes = 1 + draws.below(std::uint64_t{1} << draws.below(17));
        auto* block = static_cast<unsigned char*>(arena.allocate(bytes));
        std::fill_n(block, bytes, static_cast<unsigned char>(t));
        made[t].emplace_back(block, bytes);
        if (i % 3 == 0) {
          arena.deallocate(made[t].front().first);
          made[t].front() = made[t].back();
          made[t].pop_back();
        }
      }
    };
    const auto drop = [&](std::size_t t) {
      bool kept = true;
      for (const auto& [block, bytes] : made[t]) {
        kept = kept && std::all_of(block, block + bytes, [&](unsigned char c) { return c == t; });
        arena.deallocate(block);
      }
      if (!kept) std::abort();  // Catch's assertions are for one thread
    };
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t) threads.emplace_back(make, t);
    for (std::thread& t : threads) t.join();
    threads.clear();
    for (std::size_t t = 0; t < 4; ++t) threads.emplace_back(drop, (t + 1) % 4);
    for (std::thread& t : threads) t.join();
  }
  CHECK(arena.statistics().live_bytes == before.live_bytes);
  CHECK(arena.statistics().blocks == before.blocks);
}

TEST_CASE("only tensors made within a scope, by its thread, lie in the arena") {
  if (no_arena()) return;
  CHECK_FALSE(in_arena(tensor(100)));
  at::Tensor outlives;
  {
    const ArenaScope outer;
    CHECK(in_arena(tensor(100)));
    CHECK(in_arena(tensor(10'000'000)));
    {
      const ArenaScope inner;
      CHECK(in_arena(tensor(100)));
    }
    CHECK(in_arena(tensor(100)));
    bool other = true;
    std::thread([&] { other = in_arena(tensor(100)); }).join();
    CHECK_FALSE(other);
    outlives = at::ones({1000});
    CHECK(tensor(0).numel() == 0);
  }
  CHECK_FALSE(in_arena(tensor(100)));
  CHECK(outlives.sum().item<float>() == 1000);
  std::thread([t = std::move(outlives)]() mutable { t.reset(); }).join();
  try {
    const ArenaScope scope;
    throw 1;
  } catch (int) {
  }
  CHECK_FALSE(in_arena(tensor(100)));
}

TEST_CASE("raw blocks of either kind go back through LibTorch's current allocator") {
  c10::Allocator* former = c10::GetCPUAllocator();
  void* before = former->raw_allocate(1 << 20);  // perhaps from before there was an arena
  void *outside = nullptr, *inside = nullptr;
  {
    const ArenaScope scope;
    inside = c10::GetCPUAllocator()->raw_allocate(1 << 20);
    c10::GetCPUAllocator()->raw_deallocate(before);
  }
  outside = c10::GetCPUAllocator()->raw_allocate(1 << 20);
  CHECK(Arena::instance().contains(inside) == Arena::instance().available());
  CHECK_FALSE(Arena::instance().contains(outside));
  c10::GetCPUAllocator()->raw_deallocate(inside);
  {
    const ArenaScope scope;
    c10::GetCPUAllocator()->raw_deallocate(outside);
  }
  const c10::DataPtr block = c10::GetCPUAllocator()->allocate(100);
  CHECK(block.get_deleter() == c10::GetCPUAllocator()->raw_deleter());
}

TEST_CASE("results do not depend on where memory comes from") {
  const auto convolve = [] {
    const at::Tensor x = at::ones({2, 8, 30, 30}).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor w = at::ones({16, 8, 3, 3}).mul_(0.25).requires_grad_();
    at::conv2d(x, w).sum().backward();
    return w.grad().clone();
  };
  const at::Tensor plain = convolve();
  const ArenaScope scope;
  for (int i = 0; i < 3; ++i) CHECK(convolve().equal(plain));
}

TEST_CASE("a second step of the same sizes takes no new memory") {
  if (no_arena()) return;
  const ArenaScope scope;
  const auto step = [] {
    std::vector<at::Tensor> kept;
    for (std::int64_t mb = 1; mb < 12; ++mb) {
      kept.push_back(at::ones({mb << 18}));
      const at::Tensor passing = kept.back().mul(2);
      if (mb % 3 == 0) kept.front() = passing;
    }
  };
  step();
  const std::size_t touched = Arena::instance().statistics().touched_bytes;
  const MemoryMark mark;
  step();
  const MemoryReport report = mark.report();
  CHECK(report.arena.touched_bytes == touched);
  CHECK(report.arena.peak_bytes > 66'000'000);
  CHECK(report.minor_faults < 500);  // 30,000 with malloc
  CHECK(report.peak_resident > 66'000'000);
  CHECK(report.text().find("page faults") != std::string::npos);
}

TEST_CASE("a child of fork allocates and frees on") {
  if (no_arena()) return;
  const ArenaScope scope;
  at::Tensor big = at::ones({1 << 20}), small = at::ones({10});
  std::atomic<bool> stop{false};
  std::thread busy([&] {  // may hold any lock while the process forks
    while (!stop) {
      Arena& arena = Arena::instance();
      arena.deallocate(arena.allocate(1 << 20));
      arena.deallocate(arena.allocate(100));
    }
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      big.reset();
      const at::Tensor mine = tensor(3 << 20), other = tensor(77);
      small.reset();
      ::_exit(in_arena(mine) && in_arena(other) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  stop = true;
  busy.join();
  CHECK(big.sum().item<float>() == 1 << 20);
}

namespace {
at::Tensor left_to_the_end;  // freed after main, when much is gone already
}
TEST_CASE("tensors may be freed when the process ends") {
  const ArenaScope scope;
  left_to_the_end = at::ones({100});
  thread_local at::Tensor of_the_thread;
  of_the_thread = at::ones({1 << 20});
  std::thread([] {
    thread_local at::Tensor of_another;
    const ArenaScope inner;
    of_another = at::ones({100});
  }).join();
}
