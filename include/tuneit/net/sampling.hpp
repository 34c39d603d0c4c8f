#pragma once
// How is a pixel found between the pixels that are there? Said by layers and by steps of augmentation.

namespace tuneit {

struct Nearest {};   ///< it is that of the nearest place: torch's default
struct Bilinear {};  ///< it is mixed from the four around its place (layers: torch's with align_corners=False)

}  // namespace tuneit
