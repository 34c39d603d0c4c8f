// Loaded before LibTorch (LD_PRELOAD), it lets MKL take the loops that it keeps for Intel's processors on any other:
// with AVX-512 these round otherwise than those that it gives an AMD. On an Intel processor it changes nothing.
extern "C" int mkl_serv_intel_cpu_true() { return 1; }
extern "C" int mkl_serv_intel_cpu() { return 1; }
