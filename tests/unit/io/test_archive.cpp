// Archives of strangers: unpacked as a whole into their folder, or refused as a whole.
#include <archive.h>
#include <archive_entry.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <map>
#include <thread>

#include "tensor_bytes.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/download/archive.hpp"

using namespace tensor_bytes;
using namespace tuneit::io;
using tuneit::ErrorKind;

namespace {

struct Entry {
  std::string name, data = "x";
  unsigned type = AE_IFREG;
  std::string link = {};
  bool hard = false;
};

using Kind = std::pair<int (*)(archive*), int (*)(archive*)>;  // format, filter
const std::map<std::string, Kind> kinds{
    {"zip", {archive_write_set_format_zip, archive_write_add_filter_none}},
    {"tar", {archive_write_set_format_pax_restricted, archive_write_add_filter_none}},
    {"gnu.tar", {archive_write_set_format_gnutar, archive_write_add_filter_none}},
    {"tar.gz", {archive_write_set_format_pax_restricted, archive_write_add_filter_gzip}},
    {"tar.bz2", {archive_write_set_format_pax_restricted, archive_write_add_filter_bzip2}},
    {"tar.xz", {archive_write_set_format_pax_restricted, archive_write_add_filter_xz}},
    {"tar.zst", {archive_write_set_format_pax_restricted, archive_write_add_filter_zstd}},
};

void pack(const std::filesystem::path& path, const std::string& kind, const std::vector<Entry>& entries,
          int repeat = 1) {
  archive* out = archive_write_new();
  kinds.at(kind).first(out);
  kinds.at(kind).second(out);
  REQUIRE(archive_write_open_filename(out, path.c_str()) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  for (int i = 0; i < repeat; ++i)
    for (const Entry& e : entries) {
      archive_entry_clear(entry);
      archive_entry_copy_pathname(entry, e.name.c_str());
      archive_entry_set_filetype(entry, e.type);
      archive_entry_set_perm(entry, 06777);
      const bool holds = e.type == AE_IFREG && !e.hard;
      archive_entry_set_size(entry, holds ? static_cast<la_int64_t>(e.data.size()) : 0);
      if (e.hard)
        archive_entry_copy_hardlink(entry, e.link.c_str());
      else if (e.type == AE_IFLNK)
        archive_entry_copy_symlink(entry, e.link.c_str());
      if (archive_write_header(out, entry) < ARCHIVE_WARN) FAIL(archive_error_string(out));
      if (holds) archive_write_data(out, e.data.data(), e.data.size());
    }
  archive_entry_free(entry);
  REQUIRE(archive_write_close(out) == ARCHIVE_OK);
  archive_write_free(out);
}

/// Unpacks, which must be refused with these words and leave nothing.
void check_refused(const Scratch& scratch, const std::string& name, const std::vector<std::string>& words,
                   const ArchiveLimits& limits = {}) {
  const std::size_t before = scratch.entries();
  check_refusal([&] { unpack(scratch / name, scratch / "out", limits); }, words, ErrorKind::Data);
  CHECK(scratch.entries() == before);
}

}  // namespace

TEST_CASE("what is packed is unpacked", "[io][archive]") {
  const Scratch scratch;
  const std::vector<Entry> entries{{"set/", "", AE_IFDIR},
                                   {"set/train/cat/1.jpg", std::string(300'000, 'a')},
                                   {"./set/train/dog/with space, 'quotes' and\nnewline.jpg", "b"},
                                   {"set/empty", ""},
                                   {"set/train/Käse/\xe7\x8a\xac.jpg", "c"}};
  for (const auto& kind : kinds) {
    INFO(kind.first);
    const Scratch inner;
    pack(inner / "a", kind.first, entries);
    unpack(inner / "a", inner / "out/");
    CHECK(slurp(inner / "out/set/train/cat/1.jpg") == std::string(300'000, 'a'));
    CHECK(slurp(inner / "out/set/train/dog/with space, 'quotes' and\nnewline.jpg") == "b");
    CHECK(slurp(inner / "out/set/train/Käse/\xe7\x8a\xac.jpg") == "c");
    CHECK(std::filesystem::file_size(inner / "out/set/empty") == 0);
    CHECK(inner.entries() == 2);
    struct stat status {};
    REQUIRE(::stat((inner / "out/set/train/cat/1.jpg").c_str(), &status) == 0);
    CHECK((status.st_mode & 07111U) == 0);  // neither set-uid nor executable
  }
}

TEST_CASE("a target that exists is left alone", "[io][archive]") {
  const Scratch scratch;
  pack(scratch / "a", "zip", {{"new"}});
  std::filesystem::create_directory(scratch / "out");
  unpack(scratch / "a", scratch / "out");
  CHECK(std::filesystem::is_empty(scratch / "out"));
  CHECK(scratch.entries() == 2);
}

TEST_CASE("entries that are refused", "[io][archive]") {
  struct Refused {
    std::vector<Entry> entries;
    std::vector<std::string> words;
  };
  const std::string deep = [] {
    std::string name;
    for (int i = 0; i < 40; ++i) name += "d/";
    return name + "x";
  }();
  const std::vector<Refused> all{
      {{{"good"}, {"../evil"}}, {"entry 2 '../evil'", "leads out"}},
      {{{"a/b/../../../evil"}}, {"leads out"}},
      {{{"a/.."}}, {"leads out"}},
      {{{"/etc/evil"}}, {"'/etc/evil'", "absolute path"}},
      {{{"//evil"}}, {"absolute path"}},
      {{{"link", "", AE_IFLNK, "/etc"}, {"link/evil"}}, {"entry 1 'link'", "symbolic link"}},
      {{{"good"}, {"link", "", AE_IFLNK, "good"}}, {"entry 2 'link'", "symbolic link"}},
      {{{"a"}, {"a"}}, {"entry 2 'a'", "name of another entry"}},
      {{{"a"}, {"./a"}}, {"entry 2", "name of another entry"}},
      {{{"a"}, {"a/b"}}, {"entry 2 'a/b'", "where another entry is a file"}},
      {{{"a/b"}, {"a"}}, {"entry 2 'a'", "name of another entry"}},
      {{{"a/", "", AE_IFDIR}}, {"holds no files"}},
      {{}, {}},
      {{{deep}}, {"more than 32 folders"}},
      {{{std::string(1100, 'n')}}, {"name of 1100 bytes"}},
  };
  for (const char* kind : {"tar", "zip", "tar.gz"})
    for (const Refused& r : all) {
      INFO(kind << " " << (r.entries.empty() ? "empty" : r.entries.back().name.substr(0, 30)));
      const Scratch scratch;
      pack(scratch / "a", kind, r.entries);
      check_refused(scratch, "a", r.words);
    }
  const std::vector<Refused> of_tar{
      {{{"good"}, {"hard", "", AE_IFREG, "good", true}}, {"entry 2 'hard'", "link to another file"}},
      {{{"hard", "", AE_IFREG, "/etc/passwd", true}}, {"link to another file"}},
      {{{"null", "", AE_IFCHR}}, {"'null'", "device"}},
      {{{"disk", "", AE_IFBLK}}, {"device"}},
      {{{"pipe", "", AE_IFIFO}}, {"a pipe"}},
  };
  for (const Refused& r : of_tar) {
    INFO(r.entries.back().name);
    const Scratch scratch;
    pack(scratch / "a", "tar", r.entries);
    check_refused(scratch, "a", r.words);
  }
  CHECK_FALSE(std::filesystem::exists("/etc/evil"));
}

TEST_CASE("names of bytes that are no UTF-8", "[io][archive]") {
  const Scratch scratch;
  pack(scratch / "a", "gnu.tar", {{"caf\xe9.jpg"}});
  unpack(scratch / "a", scratch / "out");
  CHECK(slurp(scratch / "out/caf\xe9.jpg") == "x");
}

TEST_CASE("bombs", "[io][archive]") {
  const Scratch scratch;
  pack(scratch / "zeros.zip", "zip", {{"zeros", std::string(200'000'000, '\0')}});
  CHECK(std::filesystem::file_size(scratch / "zeros.zip") < 1'000'000);
  check_refused(scratch, "zeros.zip", {"more than 200 times its size of"});
  std::filesystem::remove(scratch / "zeros.zip");
  pack(scratch / "many.tar.gz", "tar.gz", {{"d/", "", AE_IFDIR}}, 600'000);
  check_refused(scratch, "many.tar.gz", {"more than 500000 entries"});
  pack(scratch / "a", "tar", {{"1", std::string(1000, 'x')}, {"2", std::string(1000, 'x')}, {"3"}});
  check_refused(scratch, "a", {"more than 2 entries"}, {.entries = 2});
  check_refused(scratch, "a", {"unpacks to more than 2 kB"}, {.bytes = 1999});
  unpack(scratch / "a", scratch / "out", {.entries = 3, .bytes = 2001});
}

TEST_CASE("damaged and cut archives", "[io][archive]") {
  std::string noise(20'000, '\0');
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<char>((i * i * 7919U) >> 5U);
  for (const char* kind : {"zip", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"}) {
    const Scratch scratch;
    pack(scratch / "a", kind, {{"one/a.jpg", noise}, {"two/b.jpg", noise.substr(0, 5000)}});
    const std::string whole = slurp(scratch / "a");
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 41) {
      INFO(kind << " cut at " << length << " of " << whole.size());
      atomic_write(scratch / "a", whole.substr(0, length));
      check_refused(scratch, "a", {"/a'"});
    }
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 41) {
      INFO(kind << " changed at " << at << " of " << whole.size());
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x41);
      atomic_write(scratch / "a", changed);
      try {
        unpack(scratch / "a", scratch / "out");
      } catch (const tuneit::Error& error) {
        CHECK(error.kind() == ErrorKind::Data);
        CHECK_FALSE(std::filesystem::exists(scratch / "out"));
      }
      CHECK_FALSE(std::filesystem::exists(scratch / "out.partial"));
      std::filesystem::remove_all(scratch / "out");
    }
  }
}

TEST_CASE("what is no archive", "[io][archive]") {
  const Scratch scratch;
  for (const std::string& bytes : {""s, "PK"s, "<!DOCTYPE html><html>log in</html>"s, std::string(10'000, '\0'),
                                   "7z\xbc\xaf\x27\x1c\0\4"s, "\x1f\x8b"s, "\x1f\x8b\x08\0\0\0\0\0"s,
                                   "version https://git-lfs.github.com/spec/v1"s, std::string(3000, 'a')}) {
    INFO(quote(bytes, 20));
    atomic_write(scratch / "a", bytes);
    check_refused(scratch, "a", {"/a'"});
  }
  check_refusal([&] { unpack(scratch / "absent", scratch / "out"); }, {"absent'", "does not exist"}, ErrorKind::Io);
  std::filesystem::create_directory(scratch / "folder");
  check_refusal([&] { unpack(scratch / "folder", scratch / "out"); }, {"is a directory"}, ErrorKind::Data);
  check_refusal([&] { unpack(scratch / "a", scratch / "no/such/out"); }, {"No such file"}, ErrorKind::Io);
  CHECK(scratch.entries() == 2);
}

TEST_CASE("a full disk leaves no folder", "[io][archive]") {
  const Scratch scratch;
  pack(scratch / "a", "zip", {{"small"}, {"large", std::string(100'000, 'x')}});
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message;
  try {
    unpack(scratch / "a", scratch / "out");
  } catch (const tuneit::Error& error) {
    message = error.kind() == ErrorKind::Io ? error.what() : "";
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, Catch::Contains("large' cannot be written"));
  CHECK(scratch.entries() == 1);
}

TEST_CASE("kill -9 while unpacking, and two at once", "[io][archive]") {
  const Scratch scratch;
  std::vector<Entry> entries;
  for (int i = 0; i < 2000; ++i) entries.push_back({"c" + std::to_string(i % 10) + "/" + std::to_string(i), "data"});
  pack(scratch / "a", "tar", entries);
  const auto count = [&] {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch / "out"))
      files += entry.is_regular_file() ? 1 : 0;
    return files;
  };
  const auto start = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        unpack(scratch / "a", scratch / "out");
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    return child;
  };
  const auto finish = [](pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  };
  for (int round = 0; round < 20; ++round) {
    const pid_t child = start();
    std::this_thread::sleep_for(std::chrono::microseconds(round * 2000));
    ::kill(child, SIGKILL);
    finish(child);
    if (!std::filesystem::exists(scratch / "out")) continue;
    CHECK(count() == 2000);
    std::filesystem::remove_all(scratch / "out");
  }
  const pid_t one = start(), two = start(), three = start();
  CHECK(finish(one) == 0);
  CHECK(finish(two) == 0);
  CHECK(finish(three) == 0);
  CHECK(count() == 2000);
  CHECK(scratch.entries() == 2);
}
