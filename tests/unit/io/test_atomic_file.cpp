// A file written atomically is either all there or not at all, and no temporary stays behind.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tensor_bytes.hpp"
#include "tuneit/io/atomic_file.hpp"

using namespace tensor_bytes;
using tuneit::ErrorKind;
using tuneit::io::atomic_write;
using tuneit::io::AtomicFile;

TEST_CASE("atomic_write creates and replaces", "[io][atomic]") {
  const Scratch scratch;
  atomic_write(scratch / "a", "first");
  CHECK(slurp(scratch / "a") == "first");
  atomic_write(scratch / "a", std::as_bytes(std::span("second", 6)));
  CHECK(slurp(scratch / "a") == "second");
  atomic_write(scratch / "a", "");
  CHECK(slurp(scratch / "a").empty());
  CHECK(scratch.entries() == 1);
}

TEST_CASE("before commit the path keeps what it held", "[io][atomic]") {
  const Scratch scratch;
  atomic_write(scratch / "a", "old");
  {
    AtomicFile file(scratch / "a");
    file.write("new ");
    CHECK(scratch.entries() == 2);
    CHECK(slurp(scratch / "a") == "old");
  }
  CHECK(slurp(scratch / "a") == "old");
  CHECK(scratch.entries() == 1);
  AtomicFile one(scratch / "a"), two(scratch / "a");
  one.write("one");
  two.write("tw");
  two.write("o");
  one.commit();
  CHECK(slurp(scratch / "a") == "one");
  two.commit();
  CHECK(slurp(scratch / "a") == "two");
  CHECK(scratch.entries() == 1);
  check_refusal([&] { two.write("more"); }, {"already closed"}, ErrorKind::Io);
  check_refusal([&] { two.commit(); }, {"already closed"}, ErrorKind::Io);
  CHECK(slurp(scratch / "a") == "two");
}

TEST_CASE("a path that cannot be written is named", "[io][atomic]") {
  const Scratch scratch;
  check_refusal([&] { atomic_write(scratch / "no/such/a", "x"); },
                {"no/such/a'", "No such file", "Create the directory"}, ErrorKind::Io);
  std::filesystem::create_directory(scratch / "folder");
  check_refusal([&] { atomic_write(scratch / "folder", "x"); }, {"folder'", "is a directory"}, ErrorKind::Io);
  check_refusal([&] { atomic_write(scratch / "folder/", "x"); }, {"names no file"}, ErrorKind::Io);
  check_refusal([&] { atomic_write("/dev/null", "x"); }, {"'/dev/null'", "not a regular file"}, ErrorKind::Io);
  check_refusal([&] { atomic_write("/proc/a", "x"); }, {"'/proc/a'", "cannot be written"}, ErrorKind::Io);
  CHECK(scratch.entries() == 1);
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a full disk leaves the old file and no temporary", "[io][atomic]") {
  const Scratch scratch;
  atomic_write(scratch / "a", "old");
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};  // stands for the full disk: writing beyond it fails with EFBIG
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    atomic_write(scratch / "a", std::string(10000, 'x'));
  } catch (const tuneit::Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, Catch::Contains("cannot be written"));
  CHECK(slurp(scratch / "a") == "old");
  CHECK(scratch.entries() == 1);
}
