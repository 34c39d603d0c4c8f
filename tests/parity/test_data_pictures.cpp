// Are decoded pictures Pillow's, and transforms torchvision's? References: tests/parity/data_pictures.py.
// needs: data
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <tuneit/data/augment/augment.hpp>
#include <tuneit/io/image/image.hpp>
#include <tuneit/io/image/upright.hpp>

#include <catch2/catch.hpp>

#include "replay.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tuneit;

fs::path folder() {
  const char* root = std::getenv("TUNEIT_PARITY_DIR");
  if (root == nullptr) FAIL("TUNEIT_PARITY_DIR is not set; run tests/parity/data_pictures.py $TUNEIT_PARITY_DIR/data");
  return fs::path(root) / "data";
}

/// The records of the manifest that begin with `kind`, as words.
std::vector<std::vector<std::string>> records(const std::string& kind) {
  std::ifstream file(folder() / "manifest.txt");
  if (!file) FAIL("there is no " << folder() / "manifest.txt");
  std::vector<std::vector<std::string>> out;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::vector<std::string> record{std::istream_iterator<std::string>(words), {}};
    if (!record.empty() && record[0] == kind) out.push_back(std::move(record));
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

template <class T>
std::vector<T> array(const std::string& name) {
  std::ifstream file(folder() / name, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<T> out(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), out.size() * sizeof(T), reinterpret_cast<char*>(out.data()));
  return out;
}

struct Difference {
  int largest = 0;
  double share = 0.0;
};
Difference difference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  Difference out;
  std::size_t unequal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    out.largest = std::max(out.largest, std::abs(int{a[i]} - int{b[i]}));
    unequal += a[i] != b[i] ? 1U : 0U;
  }
  out.share = a.empty() ? 0.0 : static_cast<double>(unequal) / static_cast<double>(a.size());
  return out;
}

}  // namespace

TEST_CASE("decoded pictures are Pillow's", "[data][parity]") {
  std::map<std::string, Difference> worst;
  for (const auto& record : records("picture")) {
    INFO(record[1]);
    const io::Image picture = io::read_image(folder() / record[1]);
    const auto expected = array<std::uint8_t>(record[4]);
    CHECK(picture.width == std::stoi(record[2]));
    CHECK(picture.height == std::stoi(record[3]));
    REQUIRE(picture.rgb.size() == expected.size());
    const Difference found = difference(picture.rgb, expected);
    // Pillow's wheel bundles another libjpeg-turbo than the system's: a level or two of rounding is allowed there.
    CHECK(found.largest <= (record[5] == "jpg" ? 2 : 0));
    if (found.largest > 0) WARN(record[1] << ": largest difference " << found.largest << ", share " << found.share);
  }
}

TEST_CASE("pictures turned by EXIF are Pillow's", "[data][parity]") {
  CHECK(records("upright").size() == 30);
  for (const auto& record : records("upright")) {
    INFO(record[1]);
    const io::Image picture = io::read_upright(folder() / record[1]);
    const auto expected = array<std::uint8_t>(record[4]);
    CHECK(picture.width == std::stoi(record[2]));
    CHECK(picture.height == std::stoi(record[3]));
    REQUIRE(picture.rgb.size() == expected.size());
    CHECK(difference(picture.rgb, expected).largest <= (record[5] == "jpg" ? 2 : 0));
  }
}

TEST_CASE("evaluation transforms are torchvision's", "[data][parity]") {
  int largest_pil = 0;
  double worst_share = 0.0;
  float worst_float = 0.0F;
  const data::Normalize normalize;
  const data::Augment eval = data::imagenet_eval(224);
  for (const auto& record : records("eval")) {
    INFO(record[1]);
    const io::Image picture = io::read_image(folder() / record[1]);
    data::Draws draws(0, 0, 0);
    const io::Image small = eval.transform(picture, draws);
    CHECK(std::ranges::equal(small.rgb, array<std::uint8_t>(record[2])));

    std::vector<float> floats(eval.floats());
    eval(picture, draws, floats.data());
    const auto expected = array<float>(record[3]), pil = array<float>(record[4]);
    REQUIRE(expected.size() == floats.size());
    REQUIRE(pil.size() == floats.size());
    std::size_t unequal = 0;
    for (std::size_t i = 0; i < floats.size(); ++i) {
      worst_float = std::max(worst_float, std::abs(floats[i] - expected[i]));
      const float level = 1.0F / 255.0F / normalize.stddev[i % 3];
      const int levels = static_cast<int>(std::lround(std::abs(floats[i] - pil[i]) / level));
      largest_pil = std::max(largest_pil, levels);
      unequal += levels > 0 ? 1U : 0U;
    }
    worst_share = std::max(worst_share, static_cast<double>(unequal) / static_cast<double>(floats.size()));
  }
  CHECK(worst_float < 1e-6F);
  CHECK(largest_pil <= 1);  // Pillow's resize rounds a little otherwise
  CHECK(worst_share < 0.01);
  WARN("floats differ by at most " << worst_float << "; from the PIL path by " << largest_pil << " level in at most "
                                   << 100.0 * worst_share << " % of the values of a picture");
}

TEST_CASE("RandomResizedCrop is torchvision's on the same draws", "[data][parity]") {
  std::size_t thrown_away = 0;
  for (const auto& record : records("crop")) {
    INFO(record[3]);
    const int size = std::stoi(record[2]);
    data::RandomResizedCrop transform{size};
    if (record[4] == "hard") transform.limits = {0.9, 1.0, 1.3, 1.4};
    const auto count = static_cast<std::size_t>(std::stoul(record[5]));
    Replay draws;
    for (std::size_t i = 0; i < count; ++i) draws.draws.push_back(std::stod(record[6 + i]));
    if (count > 4) ++thrown_away;
    const std::size_t after = 6 + count;
    const data::Box expected{std::stoi(record[after]), std::stoi(record[after + 1]), std::stoi(record[after + 2]),
                             std::stoi(record[after + 3])};
    const io::Image picture = io::read_image(folder() / record[1]);
    Replay again = draws;
    const data::Box box = data::random_resized_crop({picture.height, picture.width}, again, transform.limits);
    CHECK(again.at == count);
    CHECK((box == expected));
    const io::Image out = transform(picture, draws);
    CHECK(std::ranges::equal(out.rgb, array<std::uint8_t>(record[3])));
  }
  CHECK(thrown_away > 10);
}
