// Does a script have the transforms of its recipe, in torchvision's words?
#include <string>

#include <tuneit/export/python/emit.hpp>
#include <tuneit/recipe.hpp>

#include <catch2/catch.hpp>

using namespace tuneit;

namespace {

/// The expressions of a step with the numbers that the recipe gives it.
template <class Step>
std::string text_of() {
  std::string text;
  for (const StepView& v : detail::default_steps(List<Step>{}))
    for (const std::string& one : python::detail::step_text(v)) text += (text.empty() ? "" : " ") + one;
  return text;
}

bool has(const std::string& script, const std::string& part) { return script.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("steps in torchvision's words", "[python][augment]") {
  CHECK(text_of<WholeImage>() == "v2.Resize((SIDE, SIDE), antialias=True)");
  CHECK(text_of<CenterCrop<>>() == "v2.Resize(round(SIDE * 256 / 224), antialias=True) v2.CenterCrop(SIDE)");
  CHECK(text_of<CenterCrop<0.9>>() == "v2.Resize(round(SIDE / 0.9), antialias=True) v2.CenterCrop(SIDE)");
  CHECK(text_of<RandomResizedCrop<>>() == "v2.RandomResizedCrop(SIDE, antialias=True)");
  CHECK(text_of<RandomResizedCrop<0.2, 0.8, 1, 2>>() ==
        "v2.RandomResizedCrop(SIDE, scale=(0.2, 0.8), ratio=(1.0, 2.0), antialias=True)");
  CHECK(text_of<HorizontalFlip<>>() == "v2.RandomHorizontalFlip()");
  CHECK(text_of<VerticalFlip<0.3>>() == "v2.RandomVerticalFlip(0.3)");
  CHECK(text_of<Rotation<30>>() == "v2.RandomRotation(30.0)");
  CHECK(text_of<Rotation<30, Bilinear>>() == "v2.RandomRotation(30.0, interpolation=v2.InterpolationMode.BILINEAR)");
  CHECK(text_of<Affine<10, 0.1, 0.5, 2, 5>>() ==
        "v2.RandomAffine(10.0, translate=(0.1, 0.1), scale=(0.5, 2.0), shear=(-5.0, 5.0, -5.0, 5.0))");
  CHECK(text_of<ColorJitter<0.4, 0.3, 0.2, 0.1>>() == "v2.ColorJitter(0.4, 0.3, 0.2, 0.1)");
  CHECK(text_of<Grayscale<>>() == "v2.RandomGrayscale(0.1)");
  CHECK(text_of<Invert<>>() == "v2.RandomInvert(0.5)");
  CHECK(text_of<AutoContrast<>>() == "v2.RandomAutocontrast(0.5)");
  CHECK(text_of<Equalize<>>() == "v2.RandomEqualize(0.5)");
  CHECK(text_of<Posterize<3>>() == "v2.RandomPosterize(3, 0.5)");
  CHECK(text_of<Solarize<128>>() == "v2.RandomSolarize(128.0, 0.5)");
  CHECK(text_of<Sharpness<2, 0.1>>() == "v2.RandomAdjustSharpness(2.0, 0.1)");
  CHECK(text_of<TrivialAugmentWide<>>() == "v2.TrivialAugmentWide()");
  CHECK(text_of<TrivialAugmentWide<17, Bilinear>>() ==
        "v2.TrivialAugmentWide(17, interpolation=v2.InterpolationMode.BILINEAR)");
  CHECK(text_of<RandAugment<>>() == "v2.RandAugment()");
  CHECK(text_of<RandAugment<3, 5>>() == "v2.RandAugment(3, 5, 31)");
  CHECK(text_of<RandomErasing<>>() == "v2.RandomErasing(0.5)");
  CHECK(text_of<RandomErasing<0.1, 0.1, 0.2, 1, 2>>() == "v2.RandomErasing(0.1, scale=(0.1, 0.2), ratio=(1.0, 2.0))");
  CHECK(text_of<RandomErasing<0.1, 0.02, 0.33, 0.3, 3.3, Noise>>() == "v2.RandomErasing(0.1, value=\"random\")");
  CHECK_THROWS_AS(python::detail::step_text(StepView{}), Error);
}

TEST_CASE("a script trains with the recipe's augmentation, erases behind the normalisation, and averages test views",
          "[python][augment]") {
  using R = Finetune<TinyNet, Augment<HorizontalFlip<>, RandomErasing<0.25>>, TestViews<TenCrops>>;
  Settings s = defaults<R>();
  set_number<R>(s, "flip", 0.1);
  const std::string script = emit_python<R>(s);
  CHECK(has(script, "v2.CenterCrop(SIDE), v2.RandomHorizontalFlip(0.1)"));
  CHECK(has(script, "erasing = [v2.RandomErasing(0.25)]\n"));
  CHECK(has(script, "[*training, *to_floats, *erasing], True)"));
  CHECK(has(script, "[*evaluation, *to_floats, views], False)"));
  CHECK(has(script, "evaluation = [v2.Resize(round(SIDE * 256 / 224), antialias=True)]\n"));
  CHECK(has(script, "unflatten(0, images.shape[:2]).mean(1)"));
  const std::string other = emit_python<R>(s, {.augment = "flips", .test_views = TestViewKind::One});
  CHECK(has(other, "v2.RandomHorizontalFlip(), v2.RandomVerticalFlip()"));
  CHECK_FALSE(has(other, "erasing"));
  CHECK_FALSE(has(other, "views"));
  CHECK_THROWS_AS(emit_python<R>(s, {.augment = "nobody"}), Error);
}
