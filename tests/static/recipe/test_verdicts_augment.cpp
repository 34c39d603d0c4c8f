// Refusals: augmentation and test views.
#include "../verdicts.hpp"
using namespace tuneit;

// BehindErasing
static_assert(tiny_is<BehindErasing<ColorJitter<0.4>, RandomErasing<>>, Augment<RandomErasing<>, ColorJitter<0.4>>>);
static_assert(tiny_is<BehindErasing<RandomResizedCrop<>, RandomErasing<>>,
                      Augment<HorizontalFlip<>, RandomErasing<>, RandomResizedCrop<>>>);
static_assert(tiny_is<Accepted, Augment<RandomResizedCrop<>, ColorJitter<0.4>, RandomErasing<>, RandomErasing<0.1>>>);

// CropsWholeImage
static_assert(tiny_is_both_ways<CropsWholeImage<TestViews<TenCrops>, WholeImage>, Augment<VerticalFlip<>, WholeImage>,
                                TestViews<TenCrops>>);
static_assert(tiny_is<Accepted, Augment<WholeImage>, TestViews<Mirror>>);
static_assert(tiny_is<Accepted, TestViews<FiveCrops>> && tiny_is<Accepted, Augment<CenterCrop<>>, TestViews<TenCrops>>);

// NotAnAugmentation
static_assert(tiny_is<NotAnAugmentation<Augment<Mixup<>>, Mixup<>>, Augment<Mixup<>>>);
static_assert(tiny_is<NotAnAugmentation<Augment<HorizontalFlip<>, Head>, Head>, Augment<HorizontalFlip<>, Head>>);

// TwoCrops
static_assert(tiny_is<TwoCrops<RandomResizedCrop<>, WholeImage>,
                      Augment<HorizontalFlip<>, RandomResizedCrop<>, Grayscale<>, WholeImage>>);
static_assert(tiny_is<Accepted, Augment<Rotation<20>, RandomResizedCrop<>>>, "a crop need not be the first step");

// UnknownViews
static_assert(tiny_is<UnknownViews<TestViews<CenterCrop<>>, CenterCrop<>>, TestViews<CenterCrop<>>>);
static_assert(tiny_is<Accepted, TestViews<Mirror>>);

// OutOfRange: each number by itself, and those that belong together
template <class Step>
inline constexpr bool out_of_range = tiny_is<OutOfRange<Step>, Augment<Step>>;
static_assert(out_of_range<HorizontalFlip<1.5>> && out_of_range<VerticalFlip<-0.1>> && out_of_range<Grayscale<2>>);
static_assert(out_of_range<Rotation<181>> && out_of_range<Rotation<10, Mirror>>, "the last is no sampling");
static_assert(out_of_range<RandomResizedCrop<0.9, 0.1>> && out_of_range<RandomResizedCrop<0>>);
static_assert(out_of_range<RandomResizedCrop<0.08, 1.0, 2, 1>> && out_of_range<CenterCrop<1.1>>);
static_assert(out_of_range<Affine<5, 0.1, 2, 1>> && out_of_range<ColorJitter<0.1, 0.1, 0.1, 0.6>>);
static_assert(out_of_range<Posterize<9>> && out_of_range<Solarize<256>> && out_of_range<Sharpness<-1>>);
static_assert(out_of_range<RandAugment<2, 31>> && out_of_range<TrivialAugmentWide<1>>);
static_assert(out_of_range<RandomErasing<0.5, 0.5, 0.1>> && out_of_range<RandomErasing<0.5, 0.02, 0.33, 0>>);
static_assert(out_of_range<RandomErasing<0.5, 0.02, 0.33, 0.3, 3.3, Bilinear>>, "nothing to paint with");
static_assert(tiny_is<Accepted, Augment<RandomErasing<0.5, 0.02, 0.33, 0.3, 3.3, Noise>>>);

// said twice, or in the wrong place
static_assert(tiny_is<Contradiction<Augment<>, Augment<Grayscale<>>>, Augment<>, Augment<Grayscale<>>>);
static_assert(tiny_is<Contradiction<TestViews<Mirror>, TestViews<TenCrops>>, TestViews<Mirror>, TestViews<TenCrops>>);
static_assert(tiny_is<OutsideOfItsPolicy<HorizontalFlip<>, GoesInto<Augment<HorizontalFlip<>>>>, HorizontalFlip<>>);
static_assert(tiny_is<OutsideOfItsPolicy<TenCrops, GoesInto<TestViews<TenCrops>>>, TenCrops>);
using Late = Phase<Epochs<1>, Augment<>>;
static_assert(tiny_is<Accepted, Phases<Late>>);
