// Are sizes and rectangles torchvision's, at the edges too? (On real draws: tests/parity/test_data_pictures.cpp.)
#include <cstdint>
#include <vector>

#include <tuneit/data/augment/geometry.hpp>
#include <tuneit/data/random.hpp>

#include <catch2/catch.hpp>

using namespace tuneit::data;

TEST_CASE("Resize truncates the long side", "[data][geometry]") {
  CHECK((resized({375, 500}, 256) == Size{256, 341}));  // 341.33
  CHECK((resized({500, 375}, 256) == Size{341, 256}));
  CHECK((resized({300, 300}, 256) == Size{256, 256}));
  CHECK((resized({1, 3}, 256) == Size{256, 768}));
  CHECK((resized({301, 1000}, 256) == Size{256, 850}));  // 850.498
  CHECK_THROWS_AS(resized({1, 60'000}, 256), tuneit::Error);
}

TEST_CASE("CenterCrop rounds halves to even and pads behind", "[data][geometry]") {
  CHECK(centre(256, 224).offset == 16);
  CHECK(centre(225, 224).offset == 0);  // 0.5
  CHECK(centre(227, 224).offset == 2);  // 1.5
  CHECK(centre(229, 224).offset == 2);  // 2.5
  CHECK(centre(224, 224).offset == 0);
  CHECK(centre(223, 224).pad == 0);  // the odd zero goes behind
  CHECK(centre(221, 224).pad == 1);
  CHECK(python_round(0.5) == 0);
  CHECK(python_round(1.5) == 2);
  CHECK(python_round(-0.5) == 0);
}

TEST_CASE("random boxes lie inside the picture, whatever its shape", "[data][geometry]") {
  for (const Size size : {Size{1, 1}, {1, 300}, {300, 1}, {2, 3}, {224, 224}, {500, 375}, {60'000, 2}})
    for (std::uint64_t sample = 0; sample < 300; ++sample) {
      Draws draws(1, 0, sample);
      const Box box = random_resized_crop(size, draws);
      REQUIRE(box.height >= 1);
      REQUIRE(box.width >= 1);
      REQUIRE(box.top >= 0);
      REQUIRE(box.left >= 0);
      REQUIRE(box.top + box.height <= size.height);
      REQUIRE(box.left + box.width <= size.width);
    }
}

TEST_CASE("after ten tries the centre is taken", "[data][geometry]") {
  struct Never {  // always asks for the whole area at the widest ratio
    int asked = 0;
    double uniform(double, double high) { return ++asked, high; }
    std::uint64_t below(std::uint64_t) { return 0; }
  };
  Never draws;
  CHECK((random_resized_crop({300, 100}, draws) == Box{83, 0, 133, 100}));
  CHECK(draws.asked == 20);
  CHECK((random_resized_crop({100, 300}, draws) == Box{0, 83, 100, 133}));
  CHECK((random_resized_crop({100, 100}, draws) == Box{0, 0, 100, 100}));
}
