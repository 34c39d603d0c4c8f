// The main program of every Catch2 test executable, compiled once. TUNEIT_TEST_ISA=plain or avx2 in the environment:
// the kernels use nothing wider.
#define CATCH_CONFIG_RUNNER
#include <cstdlib>
#include <string_view>

#include <catch2/catch.hpp>

#include "tuneit/kernels/isa/isa.hpp"

int main(int argc, char** argv) {
  using tuneit::kernels::Isa;
  if (const char* const widest = std::getenv("TUNEIT_TEST_ISA"))
    tuneit::kernels::widest_isa() = std::string_view(widest) == "plain"  ? Isa::Plain
                                    : std::string_view(widest) == "avx2" ? Isa::Avx2
                                                                         : Isa::Avx512;
  return Catch::Session().run(argc, argv);
}
