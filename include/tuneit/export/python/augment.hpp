#pragma once
// Augmentation in torchvision's words.
#include <string>
#include <vector>

#include "tuneit/export/text.hpp"
#include "tuneit/recipe/queries/augment_views.hpp"

namespace tuneit::python {

/// The transforms of the script: lists of torchvision.transforms.v2, those behind the normalisation, and the function
/// that makes several views of a test picture (empty: there is one).
struct AugmentText {
  Names training, behind, evaluation;
  std::string views_function;
};

namespace detail {

inline std::string pair_text(double a, double b) { return "(" + number(a) + ", " + number(b) + ")"; }

/// One step as an expression. Numbers that are torchvision's own defaults are left out. Throws Error(Usage) for a step
/// of one's own.
inline Names step_text(const StepView& v) {
  const auto n = [&](std::size_t i) { return number(v.n[i]); };
  const auto count = [&](std::size_t i) { return whole(v.n[i]); };
  const std::string sampling = v.bilinear ? "interpolation=v2.InterpolationMode.BILINEAR" : "";
  const std::string more = v.bilinear ? ", " + sampling : "";
  const auto chance = [&](std::size_t i, double usual) { return v.n[i] == usual ? "" : n(i); };
  switch (v.kind) {
    case StepKind::WholeImage:
      return {"v2.Resize((SIDE, SIDE), antialias=True)"};
    case StepKind::CenterCrop:
      return {
          std::string("v2.Resize(round(SIDE ") + (v.n[0] == 0.875 ? "* 256 / 224" : "/ " + n(0)) + "), antialias=True)",
          "v2.CenterCrop(SIDE)"};
    case StepKind::RandomResizedCrop: {
      const bool usual_scale = v.n[0] == 0.08 && v.n[1] == 1, usual_ratio = v.n[2] == 3.0 / 4 && v.n[3] == 4.0 / 3;
      return {"v2.RandomResizedCrop(SIDE, " + (usual_scale ? "" : "scale=" + pair_text(v.n[0], v.n[1]) + ", ") +
              (usual_ratio ? "" : "ratio=" + pair_text(v.n[2], v.n[3]) + ", ") + "antialias=True)"};
    }
    case StepKind::HorizontalFlip:
      return {"v2.RandomHorizontalFlip(" + std::string(chance(0, 0.5)) + ")"};
    case StepKind::VerticalFlip:
      return {"v2.RandomVerticalFlip(" + std::string(chance(0, 0.5)) + ")"};
    case StepKind::Rotation:
      return {"v2.RandomRotation(" + n(0) + more + ")"};
    case StepKind::Affine:
      return {"v2.RandomAffine(" + n(0) + ", translate=" + pair_text(v.n[1], v.n[1]) +
              ", scale=" + pair_text(v.n[2], v.n[3]) + ", shear=(-" + n(4) + ", " + n(4) + ", -" + n(4) + ", " + n(4) +
              ")" + more + ")"};
    case StepKind::ColorJitter:
      return {"v2.ColorJitter(" + n(0) + ", " + n(1) + ", " + n(2) + ", " + n(3) + ")"};
    case StepKind::Grayscale:
      return {"v2.RandomGrayscale(" + n(0) + ")"};
    case StepKind::Invert:
      return {"v2.RandomInvert(" + n(0) + ")"};
    case StepKind::AutoContrast:
      return {"v2.RandomAutocontrast(" + n(0) + ")"};
    case StepKind::Equalize:
      return {"v2.RandomEqualize(" + n(0) + ")"};
    case StepKind::Posterize:
      return {"v2.RandomPosterize(" + count(0) + ", " + n(1) + ")"};
    case StepKind::Solarize:
      return {"v2.RandomSolarize(" + n(0) + ", " + n(1) + ")"};
    case StepKind::Sharpness:
      return {"v2.RandomAdjustSharpness(" + n(0) + ", " + n(1) + ")"};
    case StepKind::TrivialAugmentWide:
      return {"v2.TrivialAugmentWide(" + (v.n[0] == 31 ? sampling : count(0) + more) + ")"};
    case StepKind::RandAugment: {
      const bool usual = v.n[0] == 2 && v.n[1] == 9 && v.n[2] == 31;
      return {"v2.RandAugment(" + (usual ? sampling : count(0) + ", " + count(1) + ", " + count(2) + more) + ")"};
    }
    case StepKind::RandomErasing:
      return {"v2.RandomErasing(" + n(0) +
              (v.n[1] == 0.02 && v.n[2] == 0.33 ? "" : ", scale=" + pair_text(v.n[1], v.n[2])) +
              (v.n[3] == 0.3 && v.n[4] == 3.3 ? "" : ", ratio=" + pair_text(v.n[3], v.n[4])) +
              (v.noise ? ", value=\"random\"" : "") + ")"};
    case StepKind::Own:
      break;
  }
  throw Error(ErrorKind::Usage, "nobody knows how to write a step of one's own in Augment",
              "Name another augmentation for the script (--augment imagenet).");
}

inline std::string views_text(TestViewKind views) {
  if (views == TestViewKind::One) return "";
  const std::string five = "v2.functional.five_crop";
  return std::string("def views(picture):\n    \"\"\"What is tested of a picture: ") + name_of(views) +
         ". Outputs are averaged.\"\"\"\n" +
         (views == TestViewKind::TenCrops ? "    pictures = [picture, picture.flip(-1)]\n" : "") +
         "    return torch.stack(" +
         (views == TestViewKind::Mirror      ? "[picture, picture.flip(-1)]"
          : views == TestViewKind::FiveCrops ? five + "(picture, [SIDE, SIDE])"
                                             : "[crop for p in pictures for crop in " + five + "(p, [SIDE, SIDE])]") +
         ")\n\n\n";
}

}  // namespace detail

/// The transforms of these steps and test views.
inline AugmentText augment_of(const StepList& steps, TestViewKind views) {
  AugmentText t;
  const auto add = [](Names& to, const StepView& v) {
    for (const std::string& one : detail::step_text(v)) to.push_back(one);
  };
  if (!crops(steps)) add(t.training, test_crop(steps));
  for (const StepView& v : steps) add(v.kind == StepKind::RandomErasing ? t.behind : t.training, v);
  add(t.evaluation, test_crop(steps));
  if (views >= TestViewKind::FiveCrops) t.evaluation.pop_back();  // views() cuts
  t.views_function = detail::views_text(views);
  return t;
}

}  // namespace tuneit::python
