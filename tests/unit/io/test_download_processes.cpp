// Downloads that are killed, that run twice at once, or may not write: other processes play them.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>

#include "faults/server.hpp"
#include "tensor_bytes.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/download/download.hpp"

using namespace tensor_bytes;
using namespace std::chrono_literals;
using namespace tuneit::io;
using faults::content;
using faults::Server;
using tuneit::ErrorKind;

namespace {

DownloadOptions quick() {
  return {.attempts = 4, .first_wait = 1ms, .longest_wait = 1500ms, .connect = 20s, .stall = 20s, .total = 120s};
}

/// A child process that runs `body`. Its status is what body returns, 99 for another exception than tuneit's.
template <class Body>
pid_t start(const Body& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int status = 99;
  try {
    status = body();
  } catch (const tuneit::Error& error) {
    status = error.exit_status();
  } catch (...) {
  }
  ::_exit(status);
}

int finish(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// Waits until some of the download is there.
void wait_for_bytes(const std::filesystem::path& partial) {
  std::error_code absent;
  for (int i = 0; i < 1000; ++i, std::this_thread::sleep_for(10ms))
    if (std::filesystem::exists(partial, absent) && std::filesystem::file_size(partial, absent) > 0) return;
  FAIL_CHECK("nothing is downloaded");
}

}  // namespace

TEST_CASE("kill -9 at any time: never a partial file at the path, and the next start goes on", "[io][download]") {
  const std::string right = content(600'000), hash = hash_of(right);
  const Scratch scratch;
  std::mt19937 random(7);
  int killed = 0, resumed = 0;
  for (int round = 0; round < 40; ++round) {
    const auto path = scratch / ("file" + std::to_string(round / 4) + ".bin");  // up to four kills a file
    const std::string key = Server::new_key();
    const Url url = parse_url(Server::get().url("slow", key, right.size()));
    const pid_t child = start([&] {
      download(url, path, {{HashKind::Sha256, hash}, round % 2 == 0 ? right.size() : 0}, quick());
      return 0;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 500U));
    ::kill(child, SIGKILL);
    const int status = finish(child);
    CHECK((status == 0 || status == -SIGKILL));
    killed += status == -SIGKILL ? 1 : 0;
    if (std::filesystem::exists(path)) CHECK(hash_of_file(path, HashKind::Sha256, ErrorKind::Io) == hash);
    const auto requests = Server::get().requests(key);
    if (!requests.empty() && requests.front().rfind("bytes=", 0) == 0) ++resumed;
  }
  CHECK(killed > 10);
  CHECK(resumed > 3);
  for (int file = 0; file < 10; ++file) {
    const auto path = scratch / ("file" + std::to_string(file) + ".bin");
    download(parse_url(Server::get().url("good", Server::new_key(), right.size())), path, {{HashKind::Sha256, hash}},
             quick());
    CHECK(slurp(path) == right);
  }
  CHECK(scratch.entries() == 10);
}

TEST_CASE("of several processes one downloads and the others wait", "[io][download]") {
  const std::string right = content(400'000), key = Server::new_key();
  const Scratch scratch;
  const Expected expected{GENERATE(true, false) ? Checksum{HashKind::Sha256, hash_of(right)} : Checksum{}};
  const Url url = parse_url(Server::get().url("slow", key, right.size()));
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(start([&] {
      download(url, scratch / "file.bin", expected, quick());
      return slurp(scratch / "file.bin") == right ? 0 : 50;
    }));
  for (const pid_t child : children) CHECK(finish(child) == 0);
  CHECK(Server::get().requests(key).size() == 1);
  CHECK(slurp(scratch / "file.bin") == right);
  CHECK(scratch.entries() == 1);
}

TEST_CASE("one that waits takes over from one that dies", "[io][download]") {
  const std::string right = content(1'000'000), key = Server::new_key();
  const Scratch scratch;
  const Expected expected{{HashKind::Sha256, hash_of(right)}};
  const Url url = parse_url(Server::get().url("slow", key, right.size()));
  const auto fetch = [&] {
    download(url, scratch / "file.bin", expected, quick());
    return 0;
  };
  const pid_t first = start(fetch);
  wait_for_bytes(scratch / "file.bin.partial");
  const pid_t second = start(fetch);
  std::this_thread::sleep_for(50ms);
  ::kill(first, SIGKILL);
  CHECK(finish(first) == -SIGKILL);
  CHECK(finish(second) == 0);
  CHECK(slurp(scratch / "file.bin") == right);
  const auto requests = Server::get().requests(key);
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].rfind("bytes=", 0) == 0);
}

TEST_CASE("who waits too long says why", "[io][download]") {
  const Scratch scratch;
  const std::string key = Server::new_key();
  const Url url = parse_url(Server::get().url("slow", key, 2'000'000));
  DownloadOptions options = quick();
  const pid_t first = start([&] {
    download(url, scratch / "file.bin", {}, options);
    return 0;
  });
  wait_for_bytes(scratch / "file.bin.partial");
  options.total = 300ms;
  check_refusal([&] { download(url, scratch / "file.bin", {}, options); }, {"another process"}, ErrorKind::Io);
  CHECK(finish(first) == 0);
  CHECK(scratch.entries() == 1);
}

TEST_CASE("a cache that may only be read serves what it has", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(1000);
  const Expected expected{{HashKind::Sha256, hash_of(right)}};
  atomic_write(scratch / "there.bin", right);
  const auto folder = (scratch / "there.bin").parent_path();
  ::chmod((scratch / "there.bin").c_str(), 0444);
  ::chmod(folder.c_str(), 0555);
  const Url url = parse_url(Server::get().url("good", Server::new_key(), right.size()));
  const auto as_nobody = [&](const char* name) {
    return finish(start([&] {
      if (::geteuid() == 0 && ::seteuid(65534) != 0) return 51;
      try {
        download(url, scratch / name, expected, quick());
      } catch (const tuneit::Error& error) {
        return std::string(error.what()).find("TORCH_HOME") == std::string::npos ? 52 : error.exit_status();
      }
      return 0;
    }));
  };
  CHECK(as_nobody("there.bin") == 0);
  CHECK(as_nobody("absent.bin") == 6);
  CHECK(as_nobody("new/absent.bin") == 6);
  ::chmod(folder.c_str(), 0755);
  CHECK(scratch.entries() == 1);
}
