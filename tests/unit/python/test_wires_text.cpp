// A network with wires as a PyTorch module: what is saved, merged and given out.
#include <catch2/catch.hpp>
#include <string>

#include "tuneit/export/modules/network.hpp"
#include "tuneit/recipe.hpp"

using namespace tuneit;

namespace {

struct Unet final
    : Network<Input<3, 16>, Block<"enc", Named<"c1", Conv2d<3, 8, Window{{1, 3}, 1, {0, 1}}>>, ReLU, Save<"w">>,
              Block<"dec", MaxPool2d<Window{2, 2}>, Upsample<2>, Merge<Concat, "w">, Named<"g", GroupNorm<2, 16>>,
                    Named<"t", ConvTranspose2d<16, 4, Window{2, 2}>>>,
              Block<"head", GlobalAvgPool, Named<"fc", Linear<4, 4>>, Output<"class">>> {};
struct Two final
    : Network<Input<3, 16>, Block<"a", Output<"near">, Named<"c", Conv2d<3, 3, Window{1}>>, Output<"far">>> {};

}  // namespace

TEST_CASE("wires are entries of a dictionary") {
  const python::ModuleText text = python::write_network<Unet>();
  for (const char* line : {"wires = {}\n", "wires[\"w\"] = x\n", "x = torch.cat([x, wires[\"w\"]], 1)\n",
                           "x = F.interpolate(x, scale_factor=2, mode=\"nearest\")\n", "return x\n"})
    CHECK(text.forward.find(line) != std::string::npos);
  for (const char* made : {"nn.Conv2d(3, 8, (1, 3), padding=(0, 1), bias=False)", "nn.GroupNorm(2, 16)",
                           "nn.ConvTranspose2d(16, 4, 2, stride=2"})
    CHECK(text.init.find(made) != std::string::npos);
}

TEST_CASE("a network with several outputs gives them out by name") {
  const python::ModuleText text = python::write_network<Two>();
  for (const char* line : {"outputs = {}\n", "outputs[\"near\"] = x\n", "outputs[\"far\"] = x\n", "return outputs\n"})
    CHECK(text.forward.find(line) != std::string::npos);
  CHECK(text.forward.find("wires") == std::string::npos);
}

namespace {

struct Texts final
    : Network<Inputs<Tokens<"ids", 5>, VectorInput<"beside", 2>>, Block<"stem", Named<"e", Embedding<7, 4>>, Save<"e">>,
              Block<"mid", Merge<Concat, "e">, Named<"l", Linear<8, 3>>>> {};

}  // namespace

TEST_CASE("features of tokens are their last dimension") {
  const python::ModuleText text = python::write_network<Texts>();
  for (const char* line : {"wires = dict(zip([\"beside\"], others))\n", "x = torch.cat([x, wires[\"e\"]], -1)\n"})
    CHECK(text.forward.find(line) != std::string::npos);
}
