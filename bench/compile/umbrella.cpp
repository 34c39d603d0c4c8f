// What most programs on LibTorch begin with.
#include <torch/torch.h>
