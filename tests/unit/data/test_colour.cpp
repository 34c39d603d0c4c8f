// Do colour transforms obey their laws? (Pixel by pixel against torchvision: tests/parity/test_augment.cpp.) All of it
// is free of LibTorch.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <tuneit/data/augment/auto_augment.hpp>
#include <tuneit/data/augment/erase.hpp>
#include <tuneit/data/augment/jitter.hpp>
#include <tuneit/data/random.hpp>

#include <catch2/catch.hpp>

#include "fixed_draws.hpp"

namespace {

using namespace tuneit;
using test::Fixed;

/// All kinds of bytes: a permutation of 0..255 in each channel, again and again.
tuneit::io::Image colourful(int width = 32, int height = 24) {
  tuneit::io::Image out{width, height, {}};
  for (int i = 0; i < width * height; ++i)
    for (const int factor : {37, 91, 149}) out.rgb.push_back(static_cast<std::uint8_t>(factor * i + factor));
  return out;
}
int largest_difference(const tuneit::io::Image& a, const tuneit::io::Image& b) {
  REQUIRE(a.rgb.size() == b.rgb.size());
  int largest = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) largest = std::max(largest, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
  return largest;
}
bool is_grey(const tuneit::io::Image& p) {
  for (std::size_t i = 0; i < p.rgb.size(); i += 3)
    if (p.rgb[i] != p.rgb[i + 1] || p.rgb[i] != p.rgb[i + 2]) return false;
  return true;
}

}  // namespace

TEST_CASE("a factor of 1 changes nothing, a factor of 0 everything", "[data][colour]") {
  const tuneit::io::Image p = colourful();
  CHECK(data::adjust_brightness(p, 1).rgb == p.rgb);
  CHECK(data::adjust_contrast(p, 1).rgb == p.rgb);
  CHECK(data::adjust_saturation(p, 1).rgb == p.rgb);
  CHECK(data::adjust_sharpness(p, 1).rgb == p.rgb);
  CHECK(largest_difference(data::adjust_hue(p, 0), p) <= 1);
  const tuneit::io::Image black = data::adjust_brightness(p, 0), flat = data::adjust_contrast(p, 0);
  CHECK(std::count(black.rgb.begin(), black.rgb.end(), 0) == static_cast<std::ptrdiff_t>(black.rgb.size()));
  CHECK(std::count(flat.rgb.begin(), flat.rgb.end(), flat.rgb[0]) == static_cast<std::ptrdiff_t>(flat.rgb.size()));
  CHECK(data::adjust_saturation(p, 0).rgb == data::to_grey(p).rgb);
  CHECK(is_grey(data::to_grey(p)));
  CHECK_FALSE(is_grey(p));
  CHECK(data::adjust_sharpness(p, 0).rgb != p.rgb);
}

TEST_CASE("a third of a circle turns red into green, and grey has no hue", "[data][colour]") {
  const tuneit::io::Image red{2, 1, {255, 0, 0, 90, 90, 90}};
  CHECK(data::adjust_hue(red, 1.0 / 3).rgb == io::Pixels{0, 255, 0, 90, 90, 90});
  CHECK(data::adjust_hue(red, -1.0 / 3).rgb == io::Pixels{0, 0, 255, 90, 90, 90});
  CHECK(data::adjust_hue(red, 0.5).rgb == io::Pixels{0, 255, 255, 90, 90, 90});
  CHECK(data::adjust_hue(red, -0.5).rgb == data::adjust_hue(red, 0.5).rgb);
}

TEST_CASE("tables of values", "[data][colour]") {
  const tuneit::io::Image p = colourful();
  CHECK(data::invert(data::invert(p)).rgb == p.rgb);
  CHECK(data::solarize(p, 0).rgb == data::invert(p).rgb);
  CHECK(data::solarize(p, 255.5).rgb == p.rgb);
  CHECK(data::posterize(p, 8).rgb == p.rgb);
  const tuneit::io::Image two = data::posterize(p, 1);
  CHECK(std::all_of(two.rgb.begin(), two.rgb.end(), [](std::uint8_t v) { return v == 0 || v == 128; }));
  const tuneit::io::Image dull =
      data::look_up(p, data::detail::table_of([](std::uint8_t v) -> std::uint8_t { return 100 + v / 8; }));
  const auto [low, high] = std::minmax_element(dull.rgb.begin(), dull.rgb.end());
  CHECK(*high - *low == 31);
  for (const tuneit::io::Image& wide : {data::autocontrast(dull), data::equalize(dull)})
    for (std::size_t c = 0; c < 3; ++c) {
      std::vector<std::uint8_t> channel;
      for (std::size_t i = c; i < wide.rgb.size(); i += 3) channel.push_back(wide.rgb[i]);
      CHECK(*std::min_element(channel.begin(), channel.end()) == 0);
      CHECK(*std::max_element(channel.begin(), channel.end()) >= 240);
    }
  const tuneit::io::Image flat{3, 2, io::Pixels(18, 77)};
  CHECK(data::autocontrast(flat).rgb == flat.rgb);
  CHECK(data::equalize(flat).rgb == flat.rgb);
}

TEST_CASE("jitter draws its order and what is not 0, and nothing else", "[data][colour]") {
  const tuneit::io::Image p = colourful();
  Fixed draws{0.5};
  CHECK(data::ColorJitter{}(p, draws).rgb == p.rgb);
  CHECK(draws.count == 3);
  draws.count = 0;
  CHECK(largest_difference(data::ColorJitter{0.4, 0.4, 0.4, 0.1}(p, draws), p) <= 1);  // the middle is factor 1
  CHECK(draws.count == 7);
  data::Draws random(1, 2, 3);
  CHECK(data::ColorJitter{.brightness = 0.5}(p, random).rgb != p.rgb);
  // All 24 orders occur.
  std::vector<int> seen(256, 0);
  for (int i = 0; i < 2000; ++i) {
    const auto order = data::detail::shuffled<4>(random);
    ++seen[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]];
  }
  CHECK(std::count_if(seen.begin(), seen.end(), [](int n) { return n > 30; }) == 24);
}

TEST_CASE("a transform with probability p draws once", "[data][colour]") {
  const tuneit::io::Image p = colourful();
  Fixed low{0.3};
  CHECK(data::RandomInvert{0.2}(p, low).rgb == p.rgb);
  CHECK(data::RandomInvert{0.4}(p, low).rgb == data::invert(p).rgb);
  CHECK(data::RandomPosterize{1.0, {2}}(p, low).rgb == data::posterize(p, 2).rgb);
  CHECK(low.count == 3);
}

TEST_CASE("TrivialAugmentWide reaches all of its transforms, RandAugment takes as many as asked", "[data][colour]") {
  const tuneit::io::Image p = colourful();
  int same = 0;
  for (std::uint64_t sample = 0; sample < 200; ++sample) {
    data::Draws draws(0, 0, sample), again(0, 0, sample);
    const tuneit::io::Image out = data::TrivialAugmentWide{}(p, draws);
    CHECK(out.rgb.size() == p.rgb.size());
    CHECK(out.rgb == data::TrivialAugmentWide{}(p, again).rgb);
    same += out.rgb == p.rgb ? 1 : 0;
  }
  CHECK(same > 10);  // identity alone is one in fourteen
  CHECK(same < 60);
  Fixed identity{0};
  CHECK(data::RandAugment{5, 9, 31}(p, identity).rgb == p.rgb);
  CHECK(identity.count == 5);
  CHECK(data::RandAugment{0, 9, 31}(p, identity).rgb == p.rgb);
  CHECK(identity.count == 5);
  // The magnitudes at both ends, and the least bits of torch.linspace(0, 32, 31).
  CHECK(data::detail::linspace(0, 32, 31, 30) == 32.0F);
  CHECK(data::detail::linspace(0, 32, 31, 15) < 16.0F);
  CHECK(data::detail::magnitude(data::detail::Operation::Posterize, {.bits = 6}, 31, 30) == 2);
}

TEST_CASE("erasing keeps to its share of the area", "[data][colour]") {
  const int side = 40;
  data::RandomErasing erase{.p = 1.0, .scale_low = 0.1, .scale_high = 0.3, .value = {5, 6, 7}};
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    std::vector<float> pixels(3 * side * side, 0.0F);
    data::Draws draws(0, 0, sample);
    erase(pixels.data(), side, draws);
    const auto erased = static_cast<double>(std::count(pixels.begin(), pixels.end(), 6.0F));
    CHECK(erased >= 0.08 * side * side);  // sides are rounded
    CHECK(erased <= 0.33 * side * side);
    CHECK(std::count(pixels.begin(), pixels.end(), 7.0F) == static_cast<std::ptrdiff_t>(erased));
  }
  Fixed never{0.9};
  erase.p = 0.5;
  CHECK_FALSE(erase.choose({side, side}, never).has_value());
  CHECK(never.count == 1);
}

TEST_CASE("erasing with noise fills the rectangle with normal numbers of its own", "[data][colour]") {
  const int side = 64;
  const data::RandomErasing noise{.p = 1.0, .scale_low = 0.3, .scale_high = 0.5, .noise = true};
  std::array<std::vector<double>, 3> channels;
  for (std::uint64_t sample = 0; sample < 12; ++sample) {
    data::Draws draws(3, 1, sample), again = draws;
    const auto chosen = noise.choose({side, side}, again);
    REQUIRE(chosen.has_value());
    const data::Box box = chosen->box;
    REQUIRE(chosen->noise.size() == 3 * static_cast<std::size_t>(box.height * box.width));
    std::vector<float> pixels(3 * side * side, 100.0F);
    noise(pixels.data(), side, draws);
    CHECK(draws.word() == again.word());
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (std::size_t c = 0; c < 3; ++c) {
          const float at = pixels[3 * static_cast<std::size_t>(y * side + x) + c];
          const bool inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.width;
          REQUIRE((at == 100.0F) != inside);
          if (inside) channels[c].push_back(static_cast<double>(at));
        }
  }
  // Moments of the normal distribution; the bounds are five standard errors of some 20,000 numbers.
  for (const std::vector<double>& all : channels) {
    REQUIRE(all.size() > 15'000);
    const auto n = static_cast<double>(all.size());
    double one = 0, two = 0, three = 0, four = 0, beyond = 0;
    for (const double x : all) {
      one += x / n;
      two += x * x / n;
      three += x * x * x / n;
      four += x * x * x * x / n;
      beyond += (std::abs(x) > 1.959964 ? 1 : 0) / n;
    }
    CHECK(std::abs(one) < 5 / std::sqrt(n));
    CHECK(std::abs(two - 1) < 5 * std::sqrt(2 / n));
    CHECK(std::abs(three) < 5 * std::sqrt(15 / n));
    CHECK(std::abs(four - 3) < 5 * std::sqrt(96 / n));
    CHECK(std::abs(beyond - 0.05) < 5 * std::sqrt(0.05 * 0.95 / n));
  }
  double product = 0;  // channels are drawn apart
  for (std::size_t i = 0; i < channels[0].size(); ++i) product += channels[0][i] * channels[1][i];
  const auto n = static_cast<double>(channels[0].size());
  CHECK(std::abs(product / n) < 5 / std::sqrt(n));
}
