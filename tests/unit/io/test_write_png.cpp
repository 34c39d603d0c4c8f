// Is a written PNG the same picture when it is read again?
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <tuneit/io/image/image.hpp>
#include <tuneit/io/image/write_png.hpp>

#include <catch2/catch.hpp>

#include <unistd.h>

using namespace tuneit;

TEST_CASE("a PNG that is written is the picture that is read", "[io][png]") {
  io::Image picture{7, 5, {}};
  for (int i = 0; i < 7 * 5 * 3; ++i) picture.rgb.push_back(static_cast<std::uint8_t>(i * 37));
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("tuneit-write-png-" + std::to_string(::getpid()) + ".png");
  io::write_png(file, picture);
  const io::Image again = io::read_image(file);
  std::filesystem::remove(file);
  CHECK(again.width == 7);
  CHECK(again.height == 5);
  CHECK(again.rgb == picture.rgb);
  CHECK(io::encode_png({1, 1, {1, 2, 3}}).size() < 200);
}

TEST_CASE("what is no picture is not written", "[io][png]") {
  CHECK_THROWS_AS(io::encode_png({0, 5, {}}), Error);
  CHECK_THROWS_AS(io::encode_png({2, 2, {1, 2, 3}}), Error);
  CHECK_THROWS_AS(io::write_png("/nowhere/at/all.png", {1, 1, {1, 2, 3}}), Error);
}
