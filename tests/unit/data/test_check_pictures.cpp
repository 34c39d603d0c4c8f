// Does the check of all pictures find the bad ones and those that lie on their side?
#include <string>
#include <vector>

#include <tuneit/data/image/check_images.hpp>

#include <catch2/catch.hpp>

#include "exif_files.hpp"
#include "more_picture_files.hpp"

using namespace tuneit;

TEST_CASE("all bad pictures are listed in order, for any number of threads", "[data][check][hostile]") {
  const test::TempFolder folder;
  const test::Bytes png = test::encode_png(test::gradient(9, 7)), jpeg = test::encode_jpeg(test::gradient(40, 30));
  const test::Bytes cut(jpeg.begin(), jpeg.begin() + 300);
  std::vector<data::Sample> samples;
  std::vector<std::string> bad;
  for (int i = 0; i < 40; ++i) {
    const std::string name = std::to_string(i);
    std::string path = (folder.path() / name).string();
    if (i % 10 == 3)
      folder.write(name, cut);
    else if (i % 10 == 5)
      folder.write(name, test::jpeg_with_exif(jpeg, test::exif(6)));
    else if (i % 10 == 6)
      folder.write(name, test::png_with_exif(png, test::exif(1)));
    else if (i % 10 == 7)
      folder.write(name, test::png_with_exif(png, test::exif(3)));
    else if (i != 18)
      folder.write(name, png);  // 18 is gone
    if (i % 10 == 3 || i == 18) bad.push_back(path);
    samples.push_back({std::move(path), 0});
  }
  for (const unsigned threads : {0U, 1U, 3U, 64U}) {
    const data::ImageCheck check = data::check_images(samples, threads);
    CHECK(check.pictures == 40);
    CHECK(check.not_upright == 8);
    std::vector<std::string> found;
    for (const auto& one : check.bad) {
      found.push_back(one.path);
      CHECK_THAT(one.reason, Catch::Contains(one.path));
    }
    CHECK(found == bad);
  }
  CHECK_THAT(data::check_images(samples, 2).bad[2].reason, Catch::Contains("does not exist"));
  CHECK(data::check_images({}, 4).bad.empty());
}

TEST_CASE("pictures that carry nothing, grey that is scaled and further frames are counted", "[data][check][hostile]") {
  const test::TempFolder folder;
  std::vector<data::Sample> samples;
  const auto add = [&](const std::string& name, const test::Bytes& bytes, int times) {
    for (int i = 0; i < times; ++i) samples.push_back({folder.write(name + std::to_string(i), bytes).string(), 0});
  };
  const io::Image white{8, 6, io::Pixels(3 * 48, 255)};
  const std::vector<std::uint16_t> twelve{0, 9, 4000, 70}, sixteen{0, 9, 40000, 70};
  add("white.png", test::encode_png(white), 2);
  add("grey12.pgm", test::encode_pgm16(2, 2, twelve), 3);
  add("grey16.pgm", test::encode_pgm16(2, 2, sixteen), 1);
  add("frames.gif", test::encode_gif({test::gradient(9, 5), test::gradient(9, 5), test::gradient(9, 5)}), 2);
  add("pages.tif", test::encode_tiff_pages({test::gradient(9, 5), test::gradient(9, 5)}), 1);
  add("plain.png", test::encode_png(test::gradient(9, 5)), 4);
  for (const unsigned threads : {1U, 4U}) {
    const data::ImageCheck check = data::check_images(samples, threads);
    CHECK(check.bad.empty());
    CHECK(check.constant == std::vector<std::string>{samples[0].path, samples[1].path});
    CHECK(check.scaled == std::map<std::uint32_t, std::size_t>{{4095, 3}, {65535, 1}});
    CHECK(check.of_several == std::vector<std::string>{samples[6].path, samples[7].path, samples[8].path});
    CHECK(check.further == 5);
  }
}
