// Is a place tried as it will be used, and left as it was?
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>

#include "tensor_bytes.hpp"
#include "tuneit/io/download/places.hpp"

using namespace tensor_bytes;
using namespace tuneit;

TEST_CASE("a folder is tried by a file that is gone afterwards", "[io][places]") {
  const Scratch scratch;
  io::try_folder(scratch / "");
  CHECK(scratch.entries() == 0);
  check_refusal([&] { io::try_folder(scratch / "none"); }, {"/none'", "cannot be written: No such file"},
                ErrorKind::Io);
  check_refusal([] { io::try_folder("/proc"); }, {"'/proc' cannot be written"}, ErrorKind::Io);
  check_refusal([&] { io::try_folder(scratch.write("file", "")); }, {"/file'", "Not a directory"}, ErrorKind::Io);
}

TEST_CASE("a file is tried without touching the one that is there", "[io][places]") {
  const Scratch scratch;
  io::try_file(scratch / "new");
  CHECK(scratch.entries() == 0);
  io::try_file(scratch.write("old", "text"));
  CHECK(slurp(scratch / "old") == "text");
  CHECK(scratch.entries() == 1);
  check_refusal([&] { io::try_file(scratch / "no/such"); }, {"no/such'", "No such file", "Create the directory"},
                ErrorKind::Io);
  check_refusal([&] { io::try_file(scratch / ""); }, {"names no file"}, ErrorKind::Io);
  check_refusal([] { io::try_file("/tmp"); }, {"'/tmp'", "is a directory"}, ErrorKind::Io);
  check_refusal([] { io::try_file("/dev/full"); }, {"'/dev/full'", "not a regular file"}, ErrorKind::Io);
}

TEST_CASE("room is asked for before it is needed", "[io][places]") {
  const Scratch scratch;
  const auto room = io::free_bytes(scratch / "");
  REQUIRE(room);
  io::check_room(scratch / "", 1000, 1000, "files");
  check_refusal([&] { io::check_room(scratch / "", std::uint64_t{1} << 62U, 1, "two files"); },
                {"no room in", "two files need ", "GB, and its disk has ", "Free some space"}, ErrorKind::Io);
  CHECK_FALSE(io::free_bytes(scratch / "none"));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    io::check_room(scratch / "", 8000, 4097, "files");
  } catch (const Error& error) {
    message = error.what();
  }
  CHECK_NOTHROW(io::check_room(scratch / "", 8000, 4096, "files"));
  ::setrlimit(RLIMIT_FSIZE, &before);
  CHECK_THAT(message, Catch::Contains("files may have 4 kB (ulimit -f)"));
}

TEST_CASE("one file by two names is one file", "[io][places]") {
  const Scratch scratch;
  const auto a = scratch.write("a", "x"), b = scratch.write("b", "x");
  std::filesystem::create_symlink(a, scratch / "link");
  CHECK(io::same_file(a, scratch / "./a"));
  CHECK(io::same_file(a, scratch / "link"));
  CHECK_FALSE(io::same_file(a, b));
  CHECK_FALSE(io::same_file(a, scratch / "none"));
  CHECK_FALSE(io::same_file(scratch / "none", scratch / "none"));
  CHECK_FALSE(io::same_file("", ""));
}
