// What a person calls weights or data becomes a file or folder: a path, a known name, or an address.
#include <cstdlib>

#include "faults/server.hpp"
#include "tensor_bytes.hpp"
#include "tuneit/io/atomic_file.hpp"
#include "tuneit/io/hub.hpp"

using namespace tensor_bytes;
using namespace std::chrono_literals;
using namespace tuneit::io;
using faults::content;
using faults::Server;
using tuneit::ErrorKind;

namespace {

constexpr const Known* known(std::string_view name) {
  for (const Known& k : known_files())
    if (k.name == name) return &k;
  return nullptr;
}

static_assert(known("resnet34-v1")->digits == "b627a593");
static_assert(known("vgg13-v1")->digits == "19584684");  // decimal digits, but a hash
static_assert(known("hotdog")->digits == "fba480ffa8aa7e0febbb511d181409f899b9baa5");
static_assert(known("hotdog")->file_name() == "hotdog.zip");

HubOptions hub(const Scratch& scratch) {
  const DownloadOptions quick{.attempts = 2, .first_wait = 1ms, .stall = 20s, .total = 120s};
  return {.weights = scratch / "checkpoints", .data = scratch / "datasets", .offline = false, .download = quick};
}

/// Sets a variable of the environment for a while; null takes it away.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_.empty() ? nullptr : old_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) const { value != nullptr ? ::setenv(name_, value, 1) : ::unsetenv(name_); }
  const char* name_;
  std::string old_;
};

}  // namespace

TEST_CASE("hashes", "[io][hub]") {
  // FIPS 180-4, the examples of one block
  CHECK(hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash_of("abc", HashKind::Sha1) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  const Scratch scratch;
  for (const std::size_t size : {0UL, 1UL, 1048575UL, 1048576UL, 3000001UL}) {
    atomic_write(scratch / "a", content(size));
    CHECK(hash_of_file(scratch / "a", HashKind::Sha256, ErrorKind::Io) == hash_of(content(size)));
  }
  CHECK(checksum_in_name("resnet18-f37072fd.pth").digits == "f37072fd");
  CHECK(checksum_in_name("vgg16_features-amdegroot-88682ab5.pth").digits == "88682ab5");
  CHECK(checksum_in_name("vgg13-19584684.pth").digits == "19584684");
  CHECK(checksum_in_name("set-88682ab588682ab5.tar.gz").digits == "88682ab588682ab5");
  for (const char* name : {"model.pth", "model-20240131.pth", "model-1234567.pth", "model-F37072FD.pth", "a-b.pth", "-",
                           "model-f37072fg.pth", "f37072fd.pth", ""}) {
    INFO(name);
    CHECK_FALSE(checksum_in_name(name).known());
  }
}

TEST_CASE("the table agrees with itself", "[io][hub]") {
  for (const Known& k : known_files()) {
    INFO(k.name);
    CHECK(find_known(k.name, k.kind) == &k);
    CHECK(find_known(k.file_name(), k.kind) == &k);
    CHECK(is_hexadecimal(k.digits));
    CHECK(k.digits.size() <= (k.hash == HashKind::Sha256 ? 64 : 40));
    CHECK(parse_url(std::string(k.url)).file_name == k.file_name());
    if (k.kind != KnownKind::Weights) continue;
    CHECK(checksum_in_name(k.file_name()).digits == k.digits.substr(0, 8));
    CHECK(k.url.rfind("https://download.pytorch.org/models/", 0) == 0);
    CHECK((k.name.substr(k.name.size() - 3) == "-v1" || k.name.substr(k.name.size() - 3) == "-v2"));
  }
}

TEST_CASE("names of weights", "[io][hub]") {
  const auto file = [](std::string_view name) {
    const Known* k = find_known(name, KnownKind::Weights);
    return k == nullptr ? "none" : std::string(k->file_name());
  };
  CHECK(file("resnet18") == "resnet18-f37072fd.pth");
  CHECK(file("ResNet18") == "resnet18-f37072fd.pth");
  CHECK(file("torchvision/resnet18") == "resnet18-f37072fd.pth");
  CHECK(file("resnet50") == "resnet50-11ad3fa6.pth");  // torchvision's DEFAULT is V2
  CHECK(file("resnet50-v1") == "resnet50-0676ba61.pth");
  CHECK(file("resnet50_v2") == "resnet50-11ad3fa6.pth");
  CHECK(file("vgg16_bn") == "vgg16_bn-6c64b313.pth");
  CHECK(file("vgg16") == "vgg16-397923af.pth");
  CHECK(file("mobilenet-v2") == "mobilenet_v2-7ebf99e0.pth");
  CHECK(file("mobilenet_v2") == "mobilenet_v2-7ebf99e0.pth");
  CHECK(file("mobilenet-v2-v1") == "mobilenet_v2-b0353104.pth");
  for (const char* none : {"resnet", "resnet18-v2", "hotdog", "", "torchvision/", "mobilenet"})
    CHECK(file(none) == "none");
}

TEST_CASE("addresses", "[io][hub]") {
  const Url url = parse_url("HTTPS://user:secret@host.example:8443/a/b/net%20one-f37072fd.pth?token=secret#frag");
  CHECK(url.address.find("token=secret") != std::string::npos);
  CHECK(url.address.find("frag") == std::string::npos);
  CHECK(url.shown == "https://host.example:8443/a/b/net%20one-f37072fd.pth");
  CHECK(url.file_name == "net one-f37072fd.pth");
  CHECK(url.secure);
  CHECK(url.checksum.digits == "f37072fd");
  const Url pinned = parse_url("http://h/net-f37072fd.pth#sha256=ABCDEF0123456789");
  CHECK(pinned.checksum.digits == "abcdef0123456789");
  CHECK_FALSE(pinned.secure);
  for (const char* bad : {"http://",
                          "https:///",
                          "ftp://h/a",
                          "file:///etc/passwd",
                          "http://h/",
                          "http://h/a/",
                          "http://h",
                          "http://h/..",
                          "http://h/%2e%2e",
                          "http://h/a%2Fb",
                          "http://h/.hidden",
                          "http://h/-f",
                          "http://h/a%0Ab",
                          "http://h/a%00b",
                          "http://h/\xff",
                          "http://h/a#sha256=xyz",
                          "http://h/a#sha256=abc",
                          "http://h/a#sha1=",
                          "http://h:port/a",
                          "http://h h/a",
                          "resnet18"}) {
    INFO(bad);
    check_refusal([&] { static_cast<void>(parse_url(bad)); }, {}, ErrorKind::Usage);
  }
}

TEST_CASE("PyTorch's folders", "[io][hub]") {
  const Variable home("HOME", "/home/me"), torch("TORCH_HOME", nullptr), cache("XDG_CACHE_HOME", nullptr);
  CHECK(HubOptions{}.weights == "/home/me/.cache/torch/hub/checkpoints");
  CHECK(HubOptions{}.data == "/home/me/.cache/torch/datasets");
  const Variable other_cache("XDG_CACHE_HOME", "/cache");
  CHECK(torch_home() == "/cache/torch");
  const Variable other_home("TORCH_HOME", "~/torch");
  CHECK(torch_home() == "/home/me/torch");
  CHECK_FALSE(HubOptions{}.offline);
  const Variable offline("TUNEIT_OFFLINE", "1");
  CHECK(HubOptions{}.offline);
}

TEST_CASE("a path that exists wins, one that looks like a path stays one", "[io][hub]") {
  const Scratch scratch;
  atomic_write(scratch / "a.pth", "x");
  CHECK(find_weights((scratch / "a.pth").string(), hub(scratch)) == scratch / "a.pth");
  CHECK(find_data((scratch / "").string(), hub(scratch)) == scratch / "");
  CHECK(find_weights("absent.safetensors", hub(scratch)) == "absent.safetensors");
  CHECK(find_data("no/such/folder", hub(scratch)) == "no/such/folder");
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(scratch / "");
  atomic_write("resnet18", "x");
  std::filesystem::create_directory("hotdog");
  CHECK(find_weights("resnet18", hub(scratch)) == "resnet18");
  CHECK(find_data("hotdog", hub(scratch)) == "hotdog");
  std::filesystem::current_path(here);
}

TEST_CASE("unknown names", "[io][hub]") {
  const Scratch scratch;
  const auto weights = [&](const char* name) { static_cast<void>(find_weights(name, hub(scratch))); };
  const auto data = [&](const char* name) { static_cast<void>(find_data(name, hub(scratch))); };
  check_refusal([&] { weights("resnt18"); },
                {"no file 'resnt18'", "no weights are known", "Did you mean resnet18?", "vgg19-bn-v1", "https://"},
                ErrorKind::Usage);
  check_refusal([&] { weights("hotdog"); }, {"no weights are known"}, ErrorKind::Usage);
  check_refusal([&] { data("hotdogs"); }, {"no folder 'hotdogs'", "no data set", "Did you mean hotdog?", "flowers"},
                ErrorKind::Usage);
  check_refusal([&] { data("xyzxyzxyzxyz"); }, {"no data set is known by that name\n  Known are hotdog"},
                ErrorKind::Usage);
}

TEST_CASE("what PyTorch has in its cache is used, offline, if it is right", "[io][hub]") {
  const Scratch scratch;
  HubOptions options = hub(scratch);
  options.offline = true;
  check_refusal([&] { static_cast<void>(find_weights("resnet34", options)); },
                {"resnet34-b627a593.pth' is not there", "TUNEIT_OFFLINE", "Fetch https://download.pytorch.org"},
                ErrorKind::Io);
  std::filesystem::create_directories(options.weights);
  atomic_write(options.weights / "resnet34-b627a593.pth", "something else");
  check_refusal([&] { static_cast<void>(find_weights("resnet34", options)); }, {"is not the file that was asked for"},
                ErrorKind::Io);
  const std::string right = content(5000), name = "net-" + hash_of(right).substr(0, 8) + ".pth";
  atomic_write(options.weights / name, right);
  CHECK(find_weights("https://nowhere.invalid/" + name, options) == options.weights / name);
}

TEST_CASE("addresses of weights", "[io][hub]") {
  const Scratch scratch;
  const HubOptions options = hub(scratch);
  const std::string right = content(5000), name = "net-" + hash_of(right).substr(0, 8) + ".pth",
                    key = Server::new_key();
  std::vector<std::string> notes;
  HubOptions told = options;
  told.download.progress = [&](const Transfer& t) {
    if (!t.note.empty()) notes.push_back(t.note);
  };
  const std::string url = Server::get().url("good", key, right.size(), name);
  CHECK(find_weights(url, told) == options.weights / name);
  CHECK(slurp(options.weights / name) == right);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("downloading http://127.0.0.1") && !Catch::Contains("key="));
  CHECK(find_weights(url, options) == options.weights / name);
  CHECK(Server::get().requests(key).size() == 1);

  // two files of one name from two addresses do not meet
  const auto first = find_weights(Server::get().url("good", key, 100, "model.pth"), options);
  const auto second = find_weights(Server::get().url("good", key, 200, "model.pth"), options);
  CHECK(std::filesystem::file_size(first) == 100);
  CHECK(std::filesystem::file_size(second) == 200);
  CHECK(first.filename().string().rfind("url", 0) == 0);

  check_refusal(
      [&] {
        static_cast<void>(
            find_weights(Server::get().url("wrong", key, 5000, "a-" + hash_of(right).substr(0, 9) + ".pth"), options));
      },
      {"SHA-256"}, ErrorKind::Weights);
  check_refusal(
      [&] {
        static_cast<void>(
            find_weights(Server::get().url("good", key, 100, "m.pth") + "#sha256=" + hash_of(right), options));
      },
      {"SHA-256"}, ErrorKind::Weights);
}

TEST_CASE("a data set is fetched, unpacked, and found again", "[io][hub]") {
  const Scratch scratch;
  HubOptions options = hub(scratch);
  // a stored zip: hotdog/train/a/1.jpg and so on
  const Zip zip{
      {{"hotdog/train/a/1.jpg", "1"}, {"hotdog/train/b/2.jpg", "2"}, {"__MACOSX/x", "3"}, {".DS_Store", "4"}}};
  atomic_write(scratch / "set.zip", zip.bytes());
  const std::string key = Server::new_key(), digits = hash_of(zip.bytes(), HashKind::Sha1);
  const std::string url = "http://127.0.0.1:" + Server::get().port() + "/set.zip?do=file&key=" + key +
                          "&path=" + (scratch / "set.zip").string();
  const std::string pinned = url + "#sha1=" + digits;
  const std::filesystem::path folder = find_data(pinned, options);
  CHECK(folder.filename() == "hotdog");
  CHECK(folder.parent_path().filename().string().find("-" + digits.substr(0, 8)) != std::string::npos);
  CHECK(slurp(folder / "train/b/2.jpg") == "2");
  CHECK(std::distance(std::filesystem::directory_iterator(options.data), {}) == 1);  // the archive itself is gone
  options.offline = true;
  CHECK(find_data(pinned, options) == folder);
  CHECK(Server::get().requests(key).size() == 1);

  SECTION("an archive that was put there by hand is used, and stays") {
    std::filesystem::remove_all(options.data);
    std::filesystem::create_directories(options.data);
    check_refusal([&] { static_cast<void>(find_data("hotdog", options)); }, {"hotdog.zip' is not there"},
                  ErrorKind::Io);
    const auto archive = detail::hub_file(pinned, options.data, ErrorKind::Data).path;
    atomic_write(archive, zip.bytes());
    CHECK(find_data(pinned, options) == folder);
    CHECK(std::filesystem::exists(archive));
  }
  SECTION("another file than expected is no data set") {
    options.offline = false;
    check_refusal([&] { static_cast<void>(find_data(url + "#sha1=" + std::string(40, 'a'), options)); }, {"SHA-1"},
                  ErrorKind::Data);
    atomic_write(scratch / "set.zip", "<html>log in</html>");
    check_refusal([&] { static_cast<void>(find_data(url, options)); }, {"is no zip or tar archive"}, ErrorKind::Data);
  }
}

TEST_CASE("progress in words", "[io][hub]") {
  CHECK(byte_text(999) == "999 B");
  CHECK(byte_text(46'830'571) == "46.8 MB");
  CHECK(byte_text(1'556'914'727) == "1.56 GB");
  CHECK(transfer_line({"a.pth", 50, 200, 0, 0.1}) == "a.pth  25 %  50 B of 200 B");
  CHECK(transfer_line({"a.pth", 50'000'000, 200'000'000, 0, 10}) ==
        "a.pth  25 %  50.0 MB of 200.0 MB  5.0 MB/s  0:30 left");
  CHECK(transfer_line({"a.pth", 50'000'000, 200'000'000, 40'000'000, 10}) ==
        "a.pth  25 %  50.0 MB of 200.0 MB  1.0 MB/s  2:30 left");
  CHECK(transfer_line({"a.pth", 50'000'000, 0, 0, 10}) == "a.pth  50.0 MB  5.0 MB/s");
  CHECK(transfer_line({"a.pth", 1, 2, 0, 0, "wait"}) == "wait");
  std::FILE* out = std::tmpfile();
  {
    TransferPrinter printer(out);
    for (std::uint64_t i = 0; i <= 100; ++i) printer({"a.pth", i, 100});
    printer({"a.pth", 0, 0, 0, 0, "a note"});
  }
  std::rewind(out);
  char text[200] = "";
  CHECK(std::fread(text, 1, sizeof text, out) == 7);  // no terminal: only what is worth a line in a log
  CHECK(std::string(text) == "a note\n");
  std::fclose(out);
}
