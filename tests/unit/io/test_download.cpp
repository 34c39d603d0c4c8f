// However a server misbehaves: under the final path there is the right file, or none.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

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

constexpr std::size_t size = 200'000;

DownloadOptions quick() {
  return {.attempts = 4, .first_wait = 1ms, .longest_wait = 1500ms, .connect = 20s, .stall = 20s, .total = 120s};
}

/// What is known of the file that is asked for.
enum class Knows { Nothing, Hash, HashAndSize };

Expected expected(Knows knows, const std::string& bytes) {
  Expected e;
  if (knows != Knows::Nothing) e.checksum = {HashKind::Sha256, hash_of(bytes)};
  if (knows == Knows::HashAndSize) e.bytes = bytes.size();
  return e;
}

/// One server's way to misbehave, and how it ends: with the file, or with an error that has these words.
struct Case {
  std::string behaviour;
  std::vector<std::string> words = {};  ///< none: the file arrives
  ErrorKind error_kind = ErrorKind::Io;
  int requests = 0;  ///< 0: any number
};

void check(const Case& c, Knows knows) {
  INFO(c.behaviour << (knows == Knows::Nothing ? ", nothing known"
                       : knows == Knows::Hash  ? ", hash known"
                                               : ", hash and size known"));
  const Scratch scratch;
  const std::string key = Server::new_key(), right = content(size);
  const Url url = parse_url(Server::get().url(c.behaviour, key));
  const auto path = scratch / "file.bin";
  std::string message;
  ErrorKind error_kind = ErrorKind::Usage;
  DownloadOptions options = quick();
  if (c.behaviour.rfind("stall", 0) == 0) options.stall = 1s;
  options.progress = [&](const Transfer&) {
    if (std::filesystem::exists(path)) FAIL_CHECK("the file appeared before the download was over");
  };
  try {
    download(url, path, expected(knows, right), options);
  } catch (const tuneit::Error& error) {
    message = error.what();
    error_kind = error.kind();
  }
  if (c.words.empty()) {
    CHECK(message == "");
    CHECK(slurp(path) == right);
    CHECK(scratch.entries() == 1);
  } else {
    CHECK(error_kind == c.error_kind);
    for (const std::string& word : c.words) CHECK_THAT(message, Catch::Contains(word));
    CHECK_THAT(message, Catch::Contains("127.0.0.1") && Catch::Contains("file.bin") && !Catch::Contains("key="));
    CHECK_FALSE(std::filesystem::exists(path));
    if (knows == Knows::Nothing) CHECK(scratch.entries() == 0);
  }
  if (c.requests > 0) CHECK(Server::get().requests(key).size() == static_cast<std::size_t>(c.requests));
}

}  // namespace

TEST_CASE("servers that do well in the end", "[io][download]") {
  const std::vector<Case> cases{
      {"good", {}, {}, 1},
      {"no-etag", {}, {}, 1},
      {"weak-etag", {}, {}, 3},
      {"no-ranges", {}, {}, 3},
      {"truncated-twice", {}, {}, 3},
      {"truncated", {}, {}, 0},
      {"reset", {}, {}, 3},
      {"status-then-good&status=500", {}, {}, 3},
      {"status-then-good&status=502", {}, {}, 3},
      {"status-then-good&status=503", {}, {}, 3},
      {"status-then-good&status=408", {}, {}, 3},
      {"too-many&after=1", {}, {}, 2},
      {"redirect", {}, {}, 4},
      {"stall"},
      {"no-length", {}, {}, 1},
      {"chunked", {}, {}, 1},
      {"chunked-truncated", {}, {}, 2},
      {"changes", {}, {}, 2},
      {"changes-rudely", {}, {}, 3},
      {"wrong-part", {}, {}, 3},
      {"no-such-range", {}, {}, 3},
      {"gzip", {}, {}, 2},
  };
  for (const Case& c : cases)
    for (const Knows knows : {Knows::Nothing, Knows::Hash, Knows::HashAndSize}) {
      if (c.behaviour == "truncated" && knows == Knows::Nothing) continue;  // below
      check(c, knows);
    }
}

TEST_CASE("servers that are saved by the hash", "[io][download]") {
  for (const Knows knows : {Knows::Hash, Knows::HashAndSize})
    for (const char* behaviour : {"no-length-truncated", "changes-secretly", "small-parts"}) check({behaviour}, knows);
}

TEST_CASE("servers that never give the file", "[io][download]") {
  const std::vector<Case> cases{
      {"status&status=404", {"answered 404", "no such file", "put it at"}, ErrorKind::Io, 1},
      {"status&status=410", {"answered 410"}, ErrorKind::Io, 1},
      {"status&status=403", {"answered 403", "not allowed"}, ErrorKind::Io, 1},
      {"status&status=401", {"answered 401"}, ErrorKind::Io, 1},
      {"status&status=400", {"answered 400"}, ErrorKind::Io, 1},
      {"status&status=500", {"answered 500", "after 4 attempts"}, ErrorKind::Io, 4},
      {"status&status=503", {"answered 503", "after 4 attempts"}, ErrorKind::Io, 4},
      {"status&status=300", {"answered 300"}, ErrorKind::Io, 1},
      {"too-many&after=3600", {"answered 429", "come back in 3600 seconds"}, ErrorKind::Io, 1},
      {"endless-error", {"answered 404"}, ErrorKind::Io, 1},
      {"redirect-loop", {"redirects"}, ErrorKind::Io, 11},
      {"redirect&to=file:///etc/passwd", {"not supported"}, ErrorKind::Io, 1},
      {"redirect&to=ftp://127.0.0.1/a", {"not supported"}, ErrorKind::Io, 1},
      {"silent", {"after 4 attempts"}, ErrorKind::Io, 4},
      {"reset-always", {"after 4 attempts"}, ErrorKind::Io, 4},
      {"nothing", {"Empty reply", "after 4 attempts"}, ErrorKind::Io, 0},
      {"not-http", {"HTTP/0.9"}, ErrorKind::Io, 0},
      {"stall-always", {"Operation too slow", "after 4 attempts"}},
      {"length-too-large", {"after 4 attempts"}, ErrorKind::Io, 0},
      {"unasked-part", {"another part", "after 4 attempts"}, ErrorKind::Io, 4},
      {"no-content", {"answered 204"}, ErrorKind::Io, 1},
      {"strange-encoding", {"ncoding"}, ErrorKind::Io, 1},
      {"gzip-lie", {"unencoding"}, ErrorKind::Io, 1},
  };
  for (const Case& c : cases)
    for (const Knows knows : {Knows::Nothing, Knows::Hash, Knows::HashAndSize}) {
      if (c.behaviour == "stall-always" && knows != Knows::Hash) continue;             // it takes its time
      if (c.behaviour == "length-too-large" && knows == Knows::HashAndSize) continue;  // below
      check(c, knows);
    }
}

TEST_CASE("servers that give another file", "[io][download]") {
  for (const char* behaviour : {"wrong", "bit"})
    for (const Knows knows : {Knows::Hash, Knows::HashAndSize})
      check({behaviour, {"SHA-256", "expected is", ".rejected' to look at"}, ErrorKind::Weights, 1}, knows);
  check({"html", {"a web page", "SHA-256"}, ErrorKind::Weights, 1}, Knows::Hash);
  check({"html", {"the server has 54 bytes", "200000 are expected", "a web page"}, ErrorKind::Weights, 1},
        Knows::HashAndSize);
  check({"html", {"sent a web page"}, ErrorKind::Weights, 1}, Knows::Nothing);
  check({"empty", {"SHA-256"}, ErrorKind::Weights, 1}, Knows::Hash);
  check({"empty", {"the server has 0 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"longer", {"SHA-256"}, ErrorKind::Weights, 1}, Knows::Hash);
  check({"longer", {"the server has 200008 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"longer&length=0", {"sends more than the 200000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"length-too-small", {"SHA-256"}, ErrorKind::Weights, 1}, Knows::Hash);
  check({"length-too-small", {"the server has 100000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"length-too-large", {"the server has 400000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"endless", {"sends more than the 200000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"huge", {"the server has 1000000000000000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
  check({"gzip-bomb", {"sends more than the 200000 bytes"}, ErrorKind::Weights, 1}, Knows::HashAndSize);
}

TEST_CASE("whatever a Content-Length says", "[io][download]") {
  for (const char* length : {"many", "-5", "1e9", "0x100", "99999999999999999999999", "", "5, 6"}) {
    INFO(length);
    const Scratch scratch;
    const Url url = parse_url(Server::get().url(
        "length-nonsense&length=" + std::string(length == std::string("5, 6") ? "5,%206" : length), Server::new_key()));
    try {
      download(url, scratch / "file.bin", expected(Knows::Hash, content(size)), quick());
    } catch (const tuneit::Error&) {
    }
    if (std::filesystem::exists(scratch / "file.bin")) CHECK(slurp(scratch / "file.bin") == content(size));
  }
}

TEST_CASE("limits of size and time", "[io][download]") {
  const Scratch scratch;
  DownloadOptions options = quick();
  options.most_bytes = 1'000'000;
  const auto from = [&](const std::string& behaviour, std::size_t bytes = size) {
    download(parse_url(Server::get().url(behaviour, Server::new_key(), bytes)), scratch / "file.bin", {}, options);
  };
  check_refusal([&] { from("huge"); }, {"1000000.00 GB or more", "the limit is 1.0 MB"}, ErrorKind::Io);
  check_refusal([&] { from("endless"); }, {"the limit is 1.0 MB"}, ErrorKind::Io);
  check_refusal([&] { from("gzip-bomb"); }, {"the limit is 1.0 MB"}, ErrorKind::Io);
  options.most_bytes = std::uint64_t{1} << 62U;
  check_refusal([&] { from("huge"); }, {"no room for", "Free some space"}, ErrorKind::Io);
  options.total = 1500ms;
  check_refusal([&] { from("trickle"); }, {"takes longer than 1 s"}, ErrorKind::Io);
  CHECK(scratch.entries() == 0);
}

TEST_CASE("a resumed download asks for the rest only", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size), key = Server::new_key();
  atomic_write(scratch / "file.bin.partial", right.substr(0, 150'000));
  download(parse_url(Server::get().url("good", key)), scratch / "file.bin", expected(Knows::Hash, right), quick());
  CHECK(slurp(scratch / "file.bin") == right);
  CHECK(Server::get().requests(key) == std::vector<std::string>{"bytes=150000-|"});

  SECTION("within one download the ETag goes along") {
    const std::string other = Server::new_key();
    download(parse_url(Server::get().url("truncated-twice", other)), scratch / "b", expected(Knows::Hash, right),
             quick());
    const auto requests = Server::get().requests(other);
    REQUIRE(requests.size() == 3);
    CHECK(requests[1] == "bytes=66666-|\"one\"");
  }
  SECTION("what was there does not fit: once more as a whole") {
    for (const std::size_t length : {100UL, 150'000UL, size, size + 5}) {
      const std::string again = Server::new_key();
      atomic_write(scratch / "c.partial", std::string(length, '?'));
      download(parse_url(Server::get().url("good", again)), scratch / "c", expected(Knows::Hash, right), quick());
      CHECK(slurp(scratch / "c") == right);
      std::filesystem::remove(scratch / "c");
    }
  }
  SECTION("all was there") {
    const std::string again = Server::new_key();
    atomic_write(scratch / "c.partial", right);
    download(parse_url(Server::get().url("good", again)), scratch / "c", expected(Knows::HashAndSize, right), quick());
    CHECK(Server::get().requests(again).empty());
    CHECK(slurp(scratch / "c") == right);
    atomic_write(scratch / "d.partial", right);
    download(parse_url(Server::get().url("good", again)), scratch / "d", expected(Knows::Hash, right), quick());
    CHECK(Server::get().requests(again).size() == 1);  // 416, of which the size is right
    CHECK(slurp(scratch / "d") == right);
  }
  SECTION("without a hash nothing of an earlier start is taken") {
    const std::string again = Server::new_key();
    atomic_write(scratch / "c.partial", std::string(1000, '?'));
    download(parse_url(Server::get().url("good", again)), scratch / "c", {}, quick());
    CHECK(slurp(scratch / "c") == right);
  }
}

TEST_CASE("what is there is not fetched, what is there and wrong is replaced only by the right one", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size), key = Server::new_key();
  atomic_write(scratch / "file.bin", right);
  const auto fetch = [&](const std::string& behaviour, Knows knows) {
    download(parse_url(Server::get().url(behaviour, key)), scratch / "file.bin", expected(knows, right), quick());
  };
  for (const Knows knows : {Knows::Nothing, Knows::Hash, Knows::HashAndSize}) fetch("good", knows);
  CHECK(Server::get().requests(key).empty());
  atomic_write(scratch / "file.bin", "old and wrong");
  check_refusal([&] { fetch("status&status=404", Knows::Hash); }, {"404"}, ErrorKind::Io);
  CHECK(slurp(scratch / "file.bin") == "old and wrong");
  fetch("good", Knows::Hash);
  CHECK(slurp(scratch / "file.bin") == right);
  std::filesystem::create_directory(scratch / "folder");
  check_refusal([&] { download(parse_url(Server::get().url("good", key)), scratch / "folder", {}, quick()); },
                {"is a directory"}, ErrorKind::Io);
}

TEST_CASE("a checksum of the first digits or of another kind", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size);
  const auto fetch = [&](const std::string& fragment) {
    const Url url = parse_url(Server::get().url("good", Server::new_key()) + fragment);
    download(url, scratch / "file.bin", {url.checksum}, quick());
  };
  fetch("#sha256=" + hash_of(right).substr(0, 8));
  std::filesystem::remove(scratch / "file.bin");
  fetch("#sha1=" + hash_of(right, HashKind::Sha1));
  std::filesystem::remove(scratch / "file.bin");
  check_refusal([&] { fetch("#sha1=" + hash_of(right).substr(0, 40)); }, {"SHA-1", "expected is"}, ErrorKind::Weights);
  CHECK_FALSE(std::filesystem::exists(scratch / "file.bin"));
}

TEST_CASE("a .gz that is called gzip-encoded is stored as it is", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size);
  for (const char* name : {"file.tgz", "file.tar.gz"}) {
    download(parse_url(Server::get().url("gzip-label", Server::new_key())), scratch / name,
             expected(Knows::Hash, right), quick());
    CHECK(slurp(scratch / name) == right);
  }
}

TEST_CASE("no server, no name, wrong protocol", "[io][download]") {
  const Scratch scratch;
  DownloadOptions options = quick();
  options.attempts = 2;
  const auto fetch = [&](const std::string& url) { download(parse_url(url), scratch / "a", {}, options); };
  check_refusal([&] { fetch("http://127.0.0.1:1/a"); }, {"127.0.0.1:1/a", "after 2 attempts"}, ErrorKind::Io);
  check_refusal([&] { fetch("http://nowhere.invalid/a"); }, {"nowhere.invalid", "after 2 attempts"}, ErrorKind::Io);
  check_refusal([&] { fetch("https://127.0.0.1:" + Server::get().port() + "/a"); }, {"SSL"}, ErrorKind::Io);
  CHECK(scratch.entries() == 0);
}

TEST_CASE("certificates, and no way from https to http", "[io][download]") {
  const Server& server = Server::get();
  if (!server.has_tls()) return;  // no openssl to make one
  const Scratch scratch;
  const std::string right = content(size);
  DownloadOptions options = quick();
  const auto fetch = [&](const std::string& behaviour) {
    download(parse_url(server.tls_url(behaviour, Server::new_key())), scratch / "a", expected(Knows::Hash, right),
             options);
  };
  check_refusal([&] { fetch("good"); }, {"certificate", "SSL_CERT_FILE"}, ErrorKind::Io);
  CHECK(scratch.entries() == 0);
  options.ca_file = server.certificate();
  fetch("good");
  CHECK(slurp(scratch / "a") == right);
  std::filesystem::remove(scratch / "a");
  check_refusal([&] { fetch("redirect&to=http://127.0.0.1:" + server.port() + "/a%3Fdo=good"); },
                {"from https to another protocol"}, ErrorKind::Io);
  CHECK(scratch.entries() == 0);
  ::setenv("SSL_CERT_FILE", server.certificate().c_str(), 1);
  options.ca_file.clear();
  fetch("good");
  ::unsetenv("SSL_CERT_FILE");
  CHECK(slurp(scratch / "a") == right);
}

TEST_CASE("through a proxy", "[io][download]") {
  const Scratch scratch;
  const std::string key = Server::new_key();
  ::setenv("http_proxy", ("http://127.0.0.1:" + Server::get().port()).c_str(), 1);
  const std::string url = "http://far.invalid/file.bin?do=good&size=1000&key=" + key;
  download(parse_url(url), scratch / "a", expected(Knows::Hash, content(1000)), quick());
  ::unsetenv("http_proxy");
  CHECK(slurp(scratch / "a") == content(1000));
  CHECK(Server::get().requests(key).size() == 1);
}

TEST_CASE("a full disk: nothing at the path, and the next start goes on", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size), key = Server::new_key();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{100'000, before.rlim_max};  // stands for the full disk: writing beyond it fails with EFBIG
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const auto fetch = [&] {
    download(parse_url(Server::get().url("good", key)), scratch / "file.bin", expected(Knows::Hash, right), quick());
  };
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    fetch();
  } catch (const tuneit::Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, Catch::Contains("cannot be written") && Catch::Contains("Free some space"));
  CHECK_FALSE(std::filesystem::exists(scratch / "file.bin"));
  CHECK(std::filesystem::file_size(scratch / "file.bin.partial") == 100'000);
  fetch();
  CHECK(slurp(scratch / "file.bin") == right);
  CHECK(Server::get().requests(key).back() == "bytes=100000-|");
}

TEST_CASE("hostile things in the cache", "[io][download]") {
  const Scratch scratch;
  const std::string right = content(size);
  const auto fetch = [&] {
    download(parse_url(Server::get().url("good", Server::new_key())), scratch / "file.bin",
             expected(Knows::Hash, right), quick());
  };
  atomic_write(scratch / "victim", "mine");
  std::filesystem::create_symlink(scratch / "victim", scratch / "file.bin.partial");
  check_refusal(fetch, {"file.bin.partial'", "cannot be written"}, ErrorKind::Io);
  CHECK(slurp(scratch / "victim") == "mine");
  std::filesystem::remove(scratch / "file.bin.partial");
  REQUIRE(::mkfifo((scratch / "file.bin.partial").c_str(), 0600) == 0);
  check_refusal(fetch, {"not a regular file"}, ErrorKind::Io);
  std::filesystem::remove(scratch / "file.bin.partial");
  std::filesystem::create_symlink(scratch / "victim", scratch / "file.bin");  // the link is replaced, not followed
  fetch();
  CHECK(slurp(scratch / "file.bin") == right);
  CHECK(slurp(scratch / "victim") == "mine");
}
