#pragma once
// Reasons for a refusal: augmentation.
#include "tuneit/verdict/verdict.hpp"

namespace tuneit {

/// A step of Augment behind RandomErasing.
template <class Step, class Erasing>
struct BehindErasing : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(
        mended<BehindErasing, Ok>,
        "tuneit: RandomErasing paints on finished, normalised pixels, which this step cannot change any more; "
        "put RandomErasing last");
    return Ok;
  }
};

/// Test views that are cut out of a picture that training sees whole.
template <class Views, class Step>
struct CropsWholeImage : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<CropsWholeImage, Ok>,
                  "tuneit: these test views are crops of a larger picture, and this recipe sees pictures whole; use "
                  "TestViews<Mirror>, or another step than WholeImage");
    return Ok;
  }
};

/// Something in Augment that is no step of it.
template <class Augment, class T>
struct NotAnAugmentation : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<NotAnAugmentation, Ok>,
                  "tuneit: Augment is made of steps: RandomResizedCrop<>, HorizontalFlip<>, Rotation<30>, "
                  "ColorJitter<0.4, 0.4, 0.4, 0.1>, TrivialAugmentWide<>, RandAugment<>, RandomErasing<>, ...; "
                  "a policy (Mixup<>, CutMix<>) stands beside Augment");
    return Ok;
  }
};

/// Two steps that both say which part of a picture is seen.
template <class First, class Second>
struct TwoCrops : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<TwoCrops, Ok>,
                  "tuneit: both steps cut the picture to its final size; keep one of RandomResizedCrop<>, CenterCrop<> "
                  "and WholeImage");
    return Ok;
  }
};

/// Test views that nobody knows.
template <class Views, class T>
struct UnknownViews : Reason {
  template <bool Ok = false>
  static consteval bool report() {
    static_assert(mended<UnknownViews, Ok>, "tuneit: TestViews takes Mirror, FiveCrops or TenCrops");
    return Ok;
  }
};

}  // namespace tuneit
