// Does tuneit read what torch.save and safetensors write today, bit by bit? io_files.py writes the files and the
// expected tensors; check_io.py then loads in Python what is written here.
// needs: io
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tuneit/io/weights/read_tensors.hpp"

namespace {

std::filesystem::path parity_directory() {
  const char* root = std::getenv("TUNEIT_PARITY_DIR");
  if (root == nullptr) FAIL("TUNEIT_PARITY_DIR is not set; run tests/parity/io_files.py $TUNEIT_PARITY_DIR/io first");
  return std::filesystem::path(root) / "io";
}

}  // namespace

TEST_CASE("files of Python read bit by bit, and are written for Python", "[parity][io]") {
  const std::filesystem::path directory = parity_directory();
  const std::string tail = ".expected.safetensors";
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string expected_name = entry.path().filename().string();
    if (!expected_name.ends_with(tail)) continue;
    const std::string name = expected_name.substr(0, expected_name.size() - tail.size());
    INFO(name);
    const tuneit::io::TensorFile expected = tuneit::io::read_tensors(entry.path());
    const tuneit::io::TensorFile got = tuneit::io::read_tensors(directory / name);
    CHECK(got.format == (name.ends_with("_zip.pth") || name.ends_with(".ckpt") || name.ends_with(".tar") ? "pth (zip)"
                         : name.ends_with("_legacy.pth")          ? "pth (legacy)"
                         : name == "pytorch_model.bin.index.json" ? "pth (zip), 3 parts"
                         : name == "model.safetensors.index.json" ? "safetensors, 3 parts"
                                                                  : "safetensors"));
    REQUIRE(got.tensors.size() == expected.tensors.size());
    for (const tuneit::io::NamedTensor& tensor : expected.tensors) {
      INFO(tensor.name);
      const tuneit::io::NamedTensor* same = got.find(tensor.name);
      REQUIRE(same != nullptr);
      CHECK(same->dtype == tensor.dtype);
      CHECK(same->shape == tensor.shape);
      CHECK(same->bytes == tensor.bytes);
    }
    tuneit::io::write_safetensors(directory / ("written_" + name + ".safetensors"), got.tensors);
    ++files;
  }
  CHECK(files >= 59);
}
