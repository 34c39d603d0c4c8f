// The targets without libFuzzer, for any compiler: runs each file of the folders given (TARGET N FOLDER...) and N
// small, repeatable changes of it. The bytes of the input being run are in fuzz-input if the process dies.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "target.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Random {  // xorshift64: the same everywhere
  std::uint64_t state = 88172645463325252ULL;
  std::size_t below(std::size_t n) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return static_cast<std::size_t>(state % n);
  }
};

Bytes changed(Bytes bytes, Random& random) {
  for (std::size_t changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
    const auto at = static_cast<std::ptrdiff_t>(random.below(bytes.size()));
    switch (random.below(5)) {
      case 0:
        bytes.erase(bytes.begin() + at);
        break;
      case 1:
        bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(random.below(256)));
        break;
      case 2:
        bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random.below(256));
        break;
      case 3:
        bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << random.below(8));
        break;
      default:
        bytes.resize(static_cast<std::size_t>(at));
    }
  }
  return bytes;
}

// One file that stays open: making it anew for each input took ten times as long as all the readers.
void run(int file, const Bytes& bytes) {
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, bytes.data(), bytes.size(), 0) < 0) std::perror("fuzz-input");
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const long changes = std::atol(argv[1]);
  std::vector<std::filesystem::path> files;
  for (int i = 2; i < argc; ++i)
    if (std::filesystem::is_directory(argv[i]))
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Random random;
  const int kept = ::open("fuzz-input", O_RDWR | O_CREAT, 0600);
  run(kept, {});
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
    run(kept, bytes);
    for (long i = 0; i < changes; ++i) run(kept, changed(bytes, random));
  }
  ::close(kept);
  std::filesystem::remove("fuzz-input");
  std::printf("%zu files, %ld changes of each: refused or read, nothing else\n", files.size(), changes);
  return files.empty() ? 1 : 0;
}
