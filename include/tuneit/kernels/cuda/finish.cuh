// Batches of bytes become numbers: mirrored, turned over, (byte / 255 - mean) / stddev, and rectangles of one colour in
// them, in one pass. Channels-last, three channels. T: of what comes out. blockDim 256, grid pixels / 256 rounded up,
// at most so many. No includes.
TUNEIT_CUDA_PARAMETERS(
  struct FinishTask {
    const unsigned char* bytes;  // [images, height, width, 3]
    void* out;                   // T, of the same shape
    const int* marks;            // [images, 2 + 4 erasings]: mirrored, turned over, top, bottom, left, right; or null
    const float* colours;        // [erasings, 3]
    float mean[3];
    float stddev[3];
    int images;
    int height;
    int width;
    int erasings;
  };
)
TUNEIT_CUDA_KERNELS(
  template <class T>
  __global__ void __launch_bounds__(256) finish_bytes(const FinishTask k) {
    const long long pixels = static_cast<long long>(k.images) * k.height * k.width;
    for (long long p = static_cast<long long>(blockIdx.x) * 256 + threadIdx.x; p < pixels;
         p += static_cast<long long>(gridDim.x) * 256) {
      const int x = static_cast<int>(p % k.width);
      const long long row = p / k.width;
      const int y = static_cast<int>(row % k.height);
      const long long image = row / k.height;
      const int* marks = k.marks == nullptr ? nullptr : k.marks + image * (2 + 4 * k.erasings);
      const int from_x = marks != nullptr && marks[0] != 0 ? k.width - 1 - x : x;
      const int from_y = marks != nullptr && marks[1] != 0 ? k.height - 1 - y : y;
      const unsigned char* from = k.bytes + ((image * k.height + from_y) * k.width + from_x) * 3;
      float v[3];
      for (int c = 0; c < 3; ++c) v[c] = (static_cast<float>(from[c]) / 255.0f - k.mean[c]) / k.stddev[c];
      for (int e = 0; e < k.erasings; ++e) {
        const int* box = marks + 2 + 4 * e;
        if (y >= box[0] && y < box[1] && x >= box[2] && x < box[3])
          for (int c = 0; c < 3; ++c) v[c] = k.colours[e * 3 + c];
      }
      for (int c = 0; c < 3; ++c) put(static_cast<T*>(k.out)[p * 3 + c], static_cast<Compute<T>>(v[c]));
    }
  }
)
