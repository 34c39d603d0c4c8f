#pragma once
// Which networks are torchvision's, and under which names?
#include "tuneit/export/modules/network.hpp"
#include "tuneit/export/modules/transformers.hpp"
#include "tuneit/models/mobilenet.hpp"
#include "tuneit/models/resnet.hpp"
#include "tuneit/models/vgg.hpp"
#include "tuneit/models/vit.hpp"

namespace tuneit::python {

/// A network of torchvision.models, whose tensors have the same names here: `name` is its constructor, empty: it is
/// written out; `pool` the module that averages before the head, empty: that is none; `dropouts` its modules that have
/// no name in the description, in order.
template <class Model>
struct Torchvision {
  static constexpr const char *name = "", *pool = "";
  static inline const Names dropouts{};
};

namespace detail {

struct ResNetNames {
  static constexpr const char* pool = "avgpool";
  static inline const Names dropouts{};
};
struct VggNames {
  static constexpr const char* pool = "";
  static inline const Names dropouts{"classifier.2", "classifier.5"};
};

}  // namespace detail

// clang-format off
template <> struct Torchvision<ResNet18> : detail::ResNetNames { static constexpr const char* name = "resnet18"; };
template <> struct Torchvision<ResNet34> : detail::ResNetNames { static constexpr const char* name = "resnet34"; };
template <> struct Torchvision<ResNet50> : detail::ResNetNames { static constexpr const char* name = "resnet50"; };
template <> struct Torchvision<ResNet101> : detail::ResNetNames { static constexpr const char* name = "resnet101"; };
template <> struct Torchvision<ResNet152> : detail::ResNetNames { static constexpr const char* name = "resnet152"; };
template <> struct Torchvision<Vgg11> : detail::VggNames { static constexpr const char* name = "vgg11"; };
template <> struct Torchvision<Vgg13> : detail::VggNames { static constexpr const char* name = "vgg13"; };
template <> struct Torchvision<Vgg16> : detail::VggNames { static constexpr const char* name = "vgg16"; };
template <> struct Torchvision<Vgg19> : detail::VggNames { static constexpr const char* name = "vgg19"; };
template <> struct Torchvision<Vgg11Bn> : detail::VggNames { static constexpr const char* name = "vgg11_bn"; };
template <> struct Torchvision<Vgg13Bn> : detail::VggNames { static constexpr const char* name = "vgg13_bn"; };
template <> struct Torchvision<Vgg16Bn> : detail::VggNames { static constexpr const char* name = "vgg16_bn"; };
template <> struct Torchvision<Vgg19Bn> : detail::VggNames { static constexpr const char* name = "vgg19_bn"; };
template <> struct Torchvision<MobileNetV2> {
  static constexpr const char *name = "mobilenet_v2", *pool = "";
  static inline const Names dropouts{"classifier.0"};
};
template <> struct Torchvision<VitB16> {
  static constexpr const char *name = "vit_b_16", *pool = "";
  static inline const Names dropouts{};
};
// clang-format on

template <class R>
inline constexpr bool concatenates = false;
template <class R>
requires requires { requires R::head::concatenates; }
inline constexpr bool concatenates<R> = true;

/// Have rules changed the recipe's network?
template <class R>
inline constexpr bool rewritten = requires {
  typename R::model::rule;
};

/// Is the recipe's network made by torchvision? Not where rules have changed it, nor where its pooling changes and is
/// no module that could be replaced.
template <class R>
inline constexpr bool in_torchvision = !rewritten<R> && *Torchvision<typename R::root>::name != '\0' &&
                                       (!concatenates<R> || *Torchvision<typename R::root>::pool != '\0');

/// The network of a recipe, with the names that torchvision or transformers have for what has none here.
template <class R>
ModuleText network_of() {
  ModuleText text = write_network<typename R::model>(in_transformers<R> || in_torchvision<R>);
  if constexpr (in_transformers<R>) name_random_modules<R>(text);
  if constexpr (in_torchvision<R>) {
    std::size_t next = 0;
    for (RandomModule& m : text.random)
      if (m.name.starts_with("unnamed")) m.name = Torchvision<typename R::root>::dropouts.at(next++);
  }
  return text;
}

}  // namespace tuneit::python
