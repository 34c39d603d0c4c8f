// Is it noticed where the script of --emit-python would read other pictures or classes than the program?
#include <filesystem>
#include <string>

#include <tuneit/app/run/script_layout.hpp>
#include <tuneit/data/dataset/dataset.hpp>

#include <catch2/catch.hpp>

#include "../data/picture_files.hpp"

TEST_CASE("a layout that the script of --emit-python does not read is noticed", "[app][script]") {
  using tuneit::app::not_in_script;
  using tuneit::data::open_dataset;
  const auto made = [](const tuneit::test::TempFolder& folder, const std::string& train, const std::string& test,
                       const std::string& extension = ".jpg") {
    for (const std::string& part : {train, test})
      for (const char* const name : {"cat", "dog"})
        for (const char* const file : {"0", "1"})
          folder.write(part + "/" + name + "/" + file + extension, part + name + file);
    return not_in_script(folder.path().string(), open_dataset(folder.path()));
  };
  using Folder = tuneit::test::TempFolder;
  CHECK(made(Folder(), "train", "test").empty());
  CHECK(made(Folder(), "train", "val").empty());
  CHECK(made(Folder(), ".", ".").empty());
  CHECK_FALSE(made(Folder(), "Training", "Testing").empty());  // two classes there
  CHECK_FALSE(made(Folder(), "train", "dev").empty());
  CHECK_FALSE(made(Folder(), "a/train", "a/test").empty());
  CHECK_FALSE(made(Folder(), ".", ".", ".jfif").empty());  // ImageFolder passes it over
  const Folder table;
  table.write("cat/0.jpg", "0");
  table.write("cat/1.jpg", "1");
  const auto rows = open_dataset(table.write("t.csv", "path,label\ncat/0.jpg,cat\ncat/1.jpg,dog\n"));
  CHECK_FALSE(not_in_script((table.path() / "t.csv").string(), rows).empty());
}
