// Zip archives: records lie apart from each other and are as long as they say.
#include "tuneit/io/weights/zip.hpp"

#include "target.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::InputFile input(fuzz::bytes_of(data, size), "a.pth");
    const io::ZipArchive zip(input);
    std::uint64_t bytes = 0;
    for (const io::ZipRecord& record : zip.records()) {
      fuzz::promise(zip.find(record.name) == &record, "each record is found by its name");
      fuzz::promise((bytes += record.packed) <= size, "the records are not more than the file");
    }
    for (const io::ZipRecord& record : zip.records())
      fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
        fuzz::promise(zip.read(record).size() == record.size, "a record is as long as it says");
      });
  });
  return 0;
}
