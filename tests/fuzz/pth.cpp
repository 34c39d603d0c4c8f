// Whatever read_tensors is given: what it is, and, for both layouts of torch.save, all of its tensors.
#include "check_tensors.hpp"
#include "tuneit/io/weights/read_tensors.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    fuzz::check_tensors(io::read_tensors(io::InputFile(fuzz::bytes_of(data, size), "a.pth")));
  });
  return 0;
}
