// Whole files of safetensors: every byte of the data belongs to one tensor.
#include "tuneit/io/weights/safetensors.hpp"

#include "check_tensors.hpp"

using namespace tuneit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::accept_or_refuse(ErrorKind::Weights, [&] {
    const io::InputFile input(fuzz::bytes_of(data, size), "a.safetensors");
    const io::TensorFile file = io::read_safetensors(input);
    fuzz::check_tensors(file);
    std::size_t bytes = 0;
    for (const io::NamedTensor& tensor : file.tensors) bytes += tensor.bytes.size();
    std::uint64_t header = 0;
    input.read(0, std::as_writable_bytes(std::span(&header, 1)));
    fuzz::promise(8 + header + bytes == size, "no byte is left over");
  });
  return 0;
}
