// Do random transforms change the same pixels as torchvision's, on the numbers that torchvision drew? All that is
// tested here is free of LibTorch.
// needs: augment
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <tuneit/data/augment/auto_augment.hpp>
#include <tuneit/data/augment/erase.hpp>
#include <tuneit/data/augment/flip.hpp>
#include <tuneit/data/augment/jitter.hpp>
#include <tuneit/data/augment/warp.hpp>

#include <catch2/catch.hpp>

#include "replay.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tuneit;

fs::path folder() {
  const char* root = std::getenv("TUNEIT_PARITY_DIR");
  if (root == nullptr)
    FAIL("TUNEIT_PARITY_DIR is not set; run tests/parity/make_augment.py $TUNEIT_PARITY_DIR/augment");
  return fs::path(root) / "augment";
}

template <class T>
std::vector<T> array(const char* name) {
  std::ifstream file(folder() / name, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<T> out(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), out.size() * sizeof(T), reinterpret_cast<char*>(out.data()));
  return out;
}

struct Record {
  std::string kind, transform;
  int width = 0, height = 0;
  std::size_t in = 0, out = 0;
  Replay draws{.slack = 1e-5};
  [[nodiscard]] std::size_t numbers() const { return 3 * static_cast<std::size_t>(width * height); }
};

std::vector<Record> records(const std::string& kind) {
  std::ifstream file(folder() / "manifest.txt");
  if (!file) FAIL("there is no " << folder() / "manifest.txt");
  std::vector<Record> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Record r;
    std::size_t count = 0;
    words >> r.kind >> r.transform >> r.width >> r.height >> r.in >> r.out >> count;
    if (r.kind != kind) continue;
    for (double x = 0; count > 0 && words >> x; --count) r.draws.draws.push_back(x);
    REQUIRE(count == 0);
    all.push_back(std::move(r));
  }
  REQUIRE_FALSE(all.empty());
  return all;
}

using Transform = std::function<io::Image(const io::Image&, Replay&)>;

const std::map<std::string, Transform>& transforms() {
  using data::Interpolation;
  using Colour = std::array<float, 3>;
  const auto bits = [](int n) { return data::RandomPosterize{0.8, {n}}; };
  const auto sharp = [](double p, double factor) { return data::RandomAdjustSharpness{p, {factor}}; };
  static const std::map<std::string, Transform> all{
      {"horizontal-flip", data::RandomHorizontalFlip{}},
      {"vertical-flip", data::RandomVerticalFlip{0.3}},
      {"rotation", data::RandomRotation{-180, 180}},
      {"rotation-bilinear", data::RandomRotation{-30, 30, Interpolation::Bilinear}},
      {"rotation-bilinear-colour", data::RandomRotation{20, 70, Interpolation::Bilinear, Colour{255, 100, 3}}},
      {"rotation-no-fill", data::RandomRotation{-45, 45, Interpolation::Bilinear, {}}},
      {"rotation-90", data::RandomRotation{90, 90}},
      {"rotation-180", data::RandomRotation{180, 180}},
      {"rotation-270", data::RandomRotation{270, 270}},
      {"affine", data::RandomAffine{25, {{0.1, 0.2}}, {{0.7, 1.4}}, {{-15, 15, -10, 20}}}},
      {"affine-bilinear",
       data::RandomAffine{
           25, {{0.1, 0.2}}, {{0.7, 1.4}}, {{-15, 15, -10, 20}}, true, Interpolation::Bilinear, Colour{9, 8, 7}}},
      {"affine-moves", data::RandomAffine{0, {{0.3, 0.3}}}},
      {"affine-shears", data::RandomAffine{0, {}, {}, {{-20, 20, 0, 0}}, false}},
      {"affine-grows", data::RandomAffine{0, {}, {{0.01, 3.0}}}},
      {"jitter", data::ColorJitter{0.4, 0.4, 0.4, 0.1}},
      {"jitter-strong", data::ColorJitter{1.5, 1.5, 1.5, 0.5}},
      {"brightness", data::ColorJitter{.brightness = 0.9}},
      {"contrast", data::ColorJitter{.contrast = 0.9}},
      {"saturation", data::ColorJitter{.saturation = 0.9}},
      {"hue", data::ColorJitter{.hue = 0.5}},
      {"grayscale", data::RandomGrayscale{0.5}},
      {"invert", data::RandomInvert{0.5}},
      {"autocontrast", data::RandomAutocontrast{0.7}},
      {"equalize", data::RandomEqualize{0.7}},
      {"posterize-0", bits(0)},
      {"posterize-1", bits(1)},
      {"posterize-3", bits(3)},
      {"posterize-7", bits(7)},
      {"posterize-8", bits(8)},
      {"solarize", data::RandomSolarize{0.8, {130.5}}},
      {"sharpness-0", sharp(1.0, 0)},
      {"sharpness-2", sharp(0.8, 2)},
      {"sharpness-half", sharp(1.0, 0.57)},
      {"trivial", data::TrivialAugmentWide{}},
      {"trivial-bilinear", data::TrivialAugmentWide{17, Interpolation::Bilinear, Colour{120, 130, 140}}},
      {"rand", data::RandAugment{}},
      {"rand-strong", data::RandAugment{3, 17}},
      {"rand-bilinear", data::RandAugment{2, 5, 11, Interpolation::Bilinear}}};
  return all;
}

/// What was compared of one transform, over all pictures and draws.
struct Tally {
  std::size_t bytes = 0, unequal = 0, changed = 0;
  int largest = 0;
};

}  // namespace

TEST_CASE("random transforms are torchvision's on the same draws, within one level", "[data][parity]") {
  const std::vector<std::uint8_t> pixels = array<std::uint8_t>("pixels.bin");
  std::map<std::string, Tally> tallies;
  for (Record& r : records("bytes")) {
    INFO(r.transform << " of " << r.width << " x " << r.height << ", draws "
                     << Catch::StringMaker<std::vector<double>>::convert(r.draws.draws));
    const auto from = pixels.begin() + static_cast<std::ptrdiff_t>(r.in);
    const io::Image in{r.width, r.height, {from, from + static_cast<std::ptrdiff_t>(r.numbers())}};
    const io::Image out = transforms().at(r.transform)(in, r.draws);
    CHECK(r.draws.at == r.draws.draws.size());
    REQUIRE(out.rgb.size() == in.rgb.size());
    REQUIRE(out.width == in.width);
    Tally& t = tallies[r.transform];
    int largest = 0;
    for (std::size_t i = 0; i < out.rgb.size(); ++i) {
      const int difference = std::abs(int{out.rgb[i]} - int{pixels[r.out + i]});
      largest = std::max(largest, difference);
      t.unequal += difference > 0 ? 1U : 0U;
      t.changed += out.rgb[i] != in.rgb[i] ? 1U : 0U;
    }
    CHECK(largest <= 1);
    t.largest = std::max(t.largest, largest);
    t.bytes += out.rgb.size();
  }
  CHECK(tallies.size() == transforms().size());
  std::string unequal;
  for (const auto& [name, t] : tallies) {
    const double share = static_cast<double>(t.unequal) / static_cast<double>(t.bytes);
    CHECK(share < 1e-4);
    CHECK((t.changed > 0 || name == "posterize-8"));
    if (t.unequal > 0)
      unequal += "\n" + name + ": " + std::to_string(100 * share) + " % of the bytes differ, by at most " +
                 std::to_string(t.largest);
  }
  if (!unequal.empty()) WARN(tallies.size() << " transforms were compared; all bytes are equal but for" << unequal);
}

TEST_CASE("random erasing is torchvision's on the same draws", "[data][parity]") {
  const std::vector<float> numbers = array<float>("floats.bin");
  const std::map<std::string, data::RandomErasing> all{
      {"erasing", {.p = 1.0}},
      {"erasing-half", {.p = 0.5, .value = {0.5F, -1.25F, 2.0F}}},
      {"erasing-large", {.p = 1.0, .scale_low = 0.6, .scale_high = 1.0, .ratio_low = 0.2, .ratio_high = 5.0}},
      {"erasing-noise", {.p = 1.0, .noise = true}},
      {"erasing-noise-half", {.p = 0.5, .scale_low = 0.3, .scale_high = 1.0, .noise = true}}};
  std::size_t gave_up = 0, noisy = 0;
  for (Record& r : records("floats")) {
    INFO(r.transform << " of " << r.width << " x " << r.height << ", " << r.draws.draws.size() << " draws");
    const auto from = numbers.begin() + static_cast<std::ptrdiff_t>(r.in);
    std::vector<float> picture(from, from + static_cast<std::ptrdiff_t>(r.numbers()));
    all.at(r.transform)(picture.data(), r.width, r.draws);
    CHECK(r.draws.at == r.draws.draws.size());
    CHECK(std::equal(picture.begin(), picture.end(), numbers.begin() + static_cast<std::ptrdiff_t>(r.out)));
    gave_up += r.draws.draws.size() == 21 ? 1U : 0U;
    noisy += r.draws.draws.size() > 30 ? 1U : 0U;  // tries draw two numbers each, ten at most
  }
  CHECK(gave_up > 0);
  CHECK(noisy > 15);
}
