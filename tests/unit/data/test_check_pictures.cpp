// Does the check of all pictures find the bad ones and those that lie on their side?
#include <string>
#include <vector>

#include <tuneit/data/check_pictures.hpp>

#include <catch2/catch.hpp>

#include "exif_files.hpp"

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
    const data::PictureCheck check = data::check_pictures(samples, threads);
    CHECK(check.pictures == 40);
    CHECK(check.not_upright == 8);
    std::vector<std::string> found;
    for (const auto& one : check.bad) {
      found.push_back(one.path);
      CHECK_THAT(one.reason, Catch::Contains(one.path));
    }
    CHECK(found == bad);
  }
  CHECK_THAT(data::check_pictures(samples, 2).bad[2].reason, Catch::Contains("does not exist"));
  CHECK(data::check_pictures({}, 4).bad.empty());
}
