// Does prefetching keep the order, bound its memory, pass on errors and end cleanly? Torch-free: also run under TSan.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <tuneit/data/batches/prefetch.hpp>
#include <tuneit/data/image/cache.hpp>

#include <catch2/catch.hpp>

#include "picture_files.hpp"

namespace {

using namespace tuneit::data;
using Rows = std::vector<std::size_t>;

PrefetchPlan<Rows> squares(std::size_t rows, std::size_t batch, unsigned workers, std::size_t ahead = 3) {
  PrefetchPlan<Rows> plan;
  plan.rows = rows;
  plan.batch_rows = batch;
  plan.workers = workers;
  plan.ahead = ahead;
  plan.make = [=](std::size_t b) { return Rows(std::min(batch, rows - b * batch)); };
  plan.fill = [](Rows& into, std::size_t row, std::size_t place) { into[place] = row * row; };
  return plan;
}

Rows drain(Prefetch<Rows>& prefetch) {
  Rows all;
  while (const std::optional<Rows> batch = prefetch.next()) all.insert(all.end(), batch->begin(), batch->end());
  return all;
}

}  // namespace

TEST_CASE("every row comes once and in order, for any number of workers", "[data][prefetch]") {
  for (const std::size_t rows : {1U, 7U, 8U, 100U})
    for (const std::size_t batch : {1U, 4U, 200U})
      for (const unsigned workers : {0U, 1U, 4U})
        for (const std::size_t ahead : {1U, 3U, 50U}) {
          Prefetch<Rows> prefetch(squares(rows, batch, workers, ahead));
          const Rows all = drain(prefetch);
          REQUIRE(all.size() == rows);
          for (std::size_t i = 0; i < rows; ++i) REQUIRE(all[i] == i * i);
          CHECK_FALSE(prefetch.next());
        }
}

TEST_CASE("no more batches exist than were asked for", "[data][prefetch]") {
  std::atomic<int> alive{0}, most{0};
  struct Counted {
    std::atomic<int>* alive;
    ~Counted() { --*alive; }
  };
  PrefetchPlan<std::unique_ptr<Counted>> plan;
  plan.rows = 40;
  plan.batch_rows = 2;
  plan.ahead = 3;
  plan.workers = 2;
  plan.make = [&](std::size_t) {
    most = std::max(most.load(), ++alive);
    return std::unique_ptr<Counted>(new Counted{&alive});
  };
  plan.fill = [](auto&, std::size_t, std::size_t) {};
  {
    Prefetch<std::unique_ptr<Counted>> prefetch(std::move(plan));
    while (auto batch = prefetch.next()) std::this_thread::yield();
  }
  CHECK(alive == 0);
  CHECK(most <= 4);  // three ahead and the one in use
}

TEST_CASE("the first bad row surfaces, after the batches before it", "[data][prefetch]") {
  for (const unsigned workers : {0U, 1U, 4U}) {
    PrefetchPlan<Rows> plan = squares(40, 4, workers);
    plan.fill = [](Rows& into, std::size_t row, std::size_t place) {
      if (row == 9 || row == 10 || row == 30) throw std::runtime_error("row " + std::to_string(row));
      into[place] = row;
    };
    Prefetch<Rows> prefetch(std::move(plan));
    CHECK(prefetch.next());
    CHECK(prefetch.next());
    CHECK_THROWS_WITH(prefetch.next(), "row 9");
    CHECK_THROWS_WITH(prefetch.next(), "row 9");
  }
}

TEST_CASE("abandoned at any point, the threads end", "[data][prefetch]") {
  for (int run = 0; run < 200; ++run) {
    Prefetch<Rows> prefetch(squares(100, 3, 1 + static_cast<unsigned>(run % 4), 2));
    for (int i = 0; i < run % 7; ++i) CHECK(prefetch.next());
  }
  SUCCEED("joined");
}

TEST_CASE("each worker enters once", "[data][prefetch]") {
  std::atomic<int> entered{0};
  {
    PrefetchPlan<Rows> plan = squares(100, 10, 3);
    plan.enter = [&] { ++entered; };
    Prefetch<Rows> prefetch(std::move(plan));
    drain(prefetch);
  }
  CHECK(entered == 3);
}

TEST_CASE("the cache gives back the same bytes and keeps its limit", "[data][cache]") {
  tuneit::io::Image colour = tuneit::test::gradient(10, 10, 7);
  tuneit::io::Image grey{10, 10, tuneit::io::Pixels(300, 0)};
  for (std::size_t i = 0; i < 300; ++i) grey.rgb[i] = static_cast<std::uint8_t>(i / 3);
  ImageCache cache(5, 450);
  CHECK_FALSE(cache.find(0));
  cache.keep(0, colour);
  cache.keep(1, grey);
  cache.keep(1, grey);
  CHECK(cache.used_bytes() == 400);  // 300 and, grey, 100
  cache.keep(2, grey);
  CHECK(cache.used_bytes() == 400);
  CHECK_FALSE(cache.find(2));
  CHECK(cache.find(0)->rgb == colour.rgb);
  CHECK(cache.find(1)->rgb == grey.rgb);
  CHECK(cache.find(1)->width == 10);

  ImageCache none(5, 0);
  none.keep(0, colour);
  CHECK_FALSE(none.find(0));
}

TEST_CASE("the cache is used by several threads at once", "[data][cache]") {
  ImageCache cache(50, 9000);
  const tuneit::io::Image picture = tuneit::test::gradient(10, 10, 7);
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 50; ++i) {
        cache.keep(i, picture);
        if (const auto kept = cache.find(i); kept && kept->rgb != picture.rgb) ++wrong;
      }
    });
  threads.clear();
  CHECK(wrong == 0);
  CHECK(cache.used_bytes() <= 9000);
}
