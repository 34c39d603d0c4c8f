// Lines are there whole, in their order, also where the disk was full for a while.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "tensor_bytes.hpp"
#include "tuneit/io/line_file.hpp"

using namespace tensor_bytes;
using tuneit::ErrorKind;
using tuneit::io::LineFile;

TEST_CASE("lines are in the file as soon as they are added", "[io][lines]") {
  const Scratch scratch;
  LineFile file(scratch / "log");
  CHECK(slurp(scratch / "log").empty());
  file.add("one");
  CHECK(slurp(scratch / "log") == "one\n");
  file.add("");
  file.add("three");
  file.flush();
  CHECK(slurp(scratch / "log") == "one\n\nthree\n");
}

TEST_CASE("a file of lines is a new one", "[io][lines]") {
  const Scratch scratch;
  scratch.write("log", "another's");
  check_refusal([&] { const LineFile file(scratch / "log"); }, {"/log' cannot be made: File exists"}, ErrorKind::Io);
  check_refusal([&] { const LineFile file(scratch / "no/log"); }, {"No such file"}, ErrorKind::Io);
  CHECK(slurp(scratch / "log") == "another's");
}

TEST_CASE("of a line that has no room nothing is left, and it comes before the next one", "[io][lines]") {
  const Scratch scratch;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const std::size_t room : {1U, 5U, 99U, 100U, 101U}) {
    const std::string name = "log" + std::to_string(room);
    LineFile file(scratch / name);
    file.add("first");
    const rlimit small{6 + room, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string message;
    for (const char* const line : {"second", "third"}) try {
        file.add(line + std::string(100, '.'));
        message = "";
      } catch (const tuneit::Error& error) {
        message = error.what();
      }
    const std::string then = slurp(scratch / name);
    ::setrlimit(RLIMIT_FSIZE, &before);
    INFO(room);
    CHECK_THAT(message, Catch::Contains("cannot be written: ") && Catch::Contains("Free some space"));
    CHECK(then == "first\n");
    file.flush();
    CHECK(slurp(scratch / name) == "first\nsecond" + std::string(100, '.') + "\nthird" + std::string(100, '.') + "\n");
  }
  std::signal(SIGXFSZ, handler);
}
