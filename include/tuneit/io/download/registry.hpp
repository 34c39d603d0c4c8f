#pragma once
// Which pretrained weights and data sets are known by a name, where are they, and what is their hash?
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tuneit/io/download/hash.hpp"

namespace tuneit::io {

enum class KnownKind { Weights, Data };

/// A file that is known by a name. Where only the digits in the file's name are known, these are what PyTorch checks,
/// too.
struct Known {
  KnownKind kind;
  std::string_view name;
  std::string_view url;
  HashKind hash;
  std::string_view digits;
  std::uint64_t bytes = 0;  ///< 0: not known
  std::string_view about = {};

  [[nodiscard]] constexpr std::string_view file_name() const { return url.substr(url.rfind('/') + 1); }
};

namespace detail {

constexpr Known torchvision(std::string_view name, std::string_view url, std::string_view digits = {},
                            std::uint64_t bytes = 0) {
  const std::size_t dot = url.rfind('.');
  return {KnownKind::Weights, name, url, HashKind::Sha256, digits.empty() ? url.substr(dot - 8, 8) : digits, bytes};
}

// v1 and v2 are torchvision's IMAGENET1K_V1 and _V2. Whole hashes of weights: as several projects that publish them
// agree.
inline constexpr Known known_table[] = {
    torchvision("resnet18-v1", "https://download.pytorch.org/models/resnet18-f37072fd.pth",
                "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 46'830'571),
    torchvision("resnet34-v1", "https://download.pytorch.org/models/resnet34-b627a593.pth"),
    torchvision("resnet50-v1", "https://download.pytorch.org/models/resnet50-0676ba61.pth",
                "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 102'530'333),
    torchvision("resnet50-v2", "https://download.pytorch.org/models/resnet50-11ad3fa6.pth",
                "11ad3fa62ca79e40addfd354a8ec4b7c75143b3038b8d2a807fbc68deab379ca", 102'540'417),
    torchvision("resnet101-v1", "https://download.pytorch.org/models/resnet101-63fe2227.pth"),
    torchvision("resnet101-v2", "https://download.pytorch.org/models/resnet101-cd907fc2.pth"),
    torchvision("resnet152-v1", "https://download.pytorch.org/models/resnet152-394f9c45.pth"),
    torchvision("resnet152-v2", "https://download.pytorch.org/models/resnet152-f82ba261.pth"),
    torchvision("vgg11-v1", "https://download.pytorch.org/models/vgg11-8a719046.pth"),
    torchvision("vgg13-v1", "https://download.pytorch.org/models/vgg13-19584684.pth"),
    torchvision("vgg16-v1", "https://download.pytorch.org/models/vgg16-397923af.pth"),
    torchvision("vgg19-v1", "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"),
    torchvision("vgg11-bn-v1", "https://download.pytorch.org/models/vgg11_bn-6002323d.pth"),
    torchvision("vgg13-bn-v1", "https://download.pytorch.org/models/vgg13_bn-abd245e5.pth"),
    torchvision("vgg16-bn-v1", "https://download.pytorch.org/models/vgg16_bn-6c64b313.pth"),
    torchvision("vgg19-bn-v1", "https://download.pytorch.org/models/vgg19_bn-c79401a0.pth"),
    torchvision("mobilenet-v2-v1", "https://download.pytorch.org/models/mobilenet_v2-b0353104.pth"),
    torchvision("mobilenet-v2-v2", "https://download.pytorch.org/models/mobilenet_v2-7ebf99e0.pth"),
    // Hash as published by d2l.ai, which serves the file without TLS.
    {KnownKind::Data, "hotdog", "http://d2l-data.s3-accelerate.amazonaws.com/hotdog.zip", HashKind::Sha1,
     "fba480ffa8aa7e0febbb511d181409f899b9baa5", 0, "hot dogs and other food, 2,000 + 800 pictures (d2l.ai)"},
    // Hashes and sizes as published by TensorFlow Datasets.
    {KnownKind::Data, "flowers",
     "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz", HashKind::Sha256,
     "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c", 228'813'984,
     "5 kinds of flowers, 3,670 pictures (TensorFlow)"},
    {KnownKind::Data, "imagenette-160", "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
     HashKind::Sha256, "88daccb09b6fce93f45e6c09ddeb269cce705549e6bff322092a2a5a11489863", 98'948'031,
     "10 easy classes of ImageNet, shorter side 160 (fast.ai)"},
    {KnownKind::Data, "imagenette-320", "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-320.tgz",
     HashKind::Sha256, "5020a9130cea0348272823cb12d2db7e981c6f2afa3dce71ccd5b8013005c55e", 341'553'947,
     "the same, shorter side 320"},
    {KnownKind::Data, "imagenette", "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2.tgz", HashKind::Sha256,
     "de32de18a7d8df0114d5e2c3c14cafb9558e8f00441a73aa7953681ad02be49c", 1'556'914'727, "the same, full size"},
};

}  // namespace detail

[[nodiscard]] constexpr std::span<const Known> known_files() { return detail::known_table; }

/// The known file of a name: `resnet50-v1`, `resnet50` (torchvision's default, the newest), `vgg16_bn`,
/// `torchvision/resnet18`, `resnet18-f37072fd.pth`; capitals and underscores do not matter. Null if there is none.
[[nodiscard]] inline const Known* find_known(std::string_view text, KnownKind kind) {
  for (const Known& known : known_files())
    if (known.kind == kind && known.file_name() == text) return &known;
  constexpr std::string_view family = "torchvision/";
  if (text.substr(0, family.size()) == family) text.remove_prefix(family.size());
  std::string name(text);
  for (char& c : name) c = c == '_' ? '-' : 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const char* version : {"", "-v2", "-v1"})
    for (const Known& known : known_files())
      if (known.kind == kind && known.name == name + version) return &known;
  return nullptr;
}

}  // namespace tuneit::io
