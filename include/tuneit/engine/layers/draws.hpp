#pragma once
// Operations that run twice draw the same random numbers both times: which of them draw, and from where?
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Device.h>

#include <array>
#include <initializer_list>
#include <mutex>
#include <utility>

#include "tuneit/net/program.hpp"

namespace tuneit::detail {

/// Trainer: from the generator of the context, where dropout is on. Anywhere: from that or LibTorch's global ones, as
/// modules of torch::nn do; so may layers that are not named here.
enum class Draws : unsigned char { Nothing, Trainer, Anywhere };
constexpr Draws most(std::initializer_list<Draws> all) {
  Draws d = Draws::Nothing;
  for (const Draws one : all) d = one < d ? d : one;
  return d;
}

template <class Op>
inline constexpr Draws draws_of = Draws::Anywhere;
template <>
inline constexpr Draws draws_of<void> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<ReLU> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<ReLU6> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Sigmoid> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Tanh> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<SiLU> = Draws::Nothing;
template <class Form>
inline constexpr Draws draws_of<GELU<Form>> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<Flatten> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<GlobalAvgPool> = Draws::Nothing;
template <>
inline constexpr Draws draws_of<GlobalConcatPool> = Draws::Nothing;
template <Window W>
inline constexpr Draws draws_of<MaxPool2d<W>> = Draws::Nothing;
template <int H, int W>
inline constexpr Draws draws_of<AdaptiveAvgPool2d<H, W>> = Draws::Nothing;
template <int In, int Out, Window W, bool B>
inline constexpr Draws draws_of<Conv2d<In, Out, W, B>> = Draws::Nothing;
template <int C, auto Eps>
inline constexpr Draws draws_of<LayerNorm<C, Eps>> = Draws::Nothing;
template <class Conv, class A>
inline constexpr Draws draws_of<op::ConvAct<Conv, A>> = Draws::Nothing;
template <class L, class A>
inline constexpr Draws draws_of<op::Affine<L, A>> = Draws::Nothing;
template <class N, class A>
inline constexpr Draws draws_of<op::Norm<N, A>> = Draws::Nothing;
template <class N, class A, class P>
inline constexpr Draws draws_of<op::NormPool<N, A, P>> = Draws::Nothing;
template <class N, class A, class Conv, class M, class B>
inline constexpr Draws draws_of<op::Depthwise<N, A, Conv, M, B>> = Draws::Nothing;
template <auto P>
inline constexpr Draws draws_of<Dropout<P>> = Draws::Trainer;
template <auto P, int Blocks>
inline constexpr Draws draws_of<StochasticDepth<P, Blocks>> = Draws::Trainer;
template <class... Ops>
inline constexpr Draws draws_of<List<Ops...>> = most({draws_of<Ops>...});
template <int First, int Count, class Layer>
inline constexpr Draws draws_of<Repeat<First, Count, Layer>> = draws_of<program<Layer>>;
template <class F, class N, class Drop, class S, class A>
inline constexpr Draws draws_of<op::Sum<F, N, Drop, S, A>> = most({draws_of<F>, draws_of<Drop>, draws_of<S>});

/// LibTorch's own generators: of the CPU and, where it computes elsewhere, of the device.
class GlobalDraws {
 public:
  /// As they are now, for a computation on `device`.
  static GlobalDraws now(c10::Device device) {
    GlobalDraws d;
    d.device_ = device;
    d.each([](const at::Generator& g, at::Tensor& state) { state = g.get_state(); });
    return d;
  }
  /// The same ones as they are now.
  [[nodiscard]] GlobalDraws now_there() const { return now(device_); }
  /// They are so again.
  void restore() {
    each([](at::Generator& g, const at::Tensor& state) { g.set_state(state); });
  }

 private:
  template <class F>
  void each(const F& f) {
    const auto locked = [&](at::Generator g, at::Tensor& state) {
      const std::lock_guard<std::mutex> lock(g.mutex());
      f(g, state);
    };
    locked(at::detail::getDefaultCPUGenerator(), states_[0]);
    if (device_.is_cuda()) locked(at::detail::getCUDAHooks().getDefaultGenerator(device_.index()), states_[1]);
  }

  c10::Device device_{c10::DeviceType::CPU};
  std::array<at::Tensor, 2> states_;
};

/// The generators, of the context and global, as they were before operations ran for the first time.
template <Draws D>
struct KeptDraws {
  void keep(const at::Generator*, c10::Device) {}
  template <class F>
  void run_again(const at::Generator* now, const F& f) {
    f(now);
  }
};
template <>
struct KeptDraws<Draws::Trainer> {
  at::Generator before;

  void keep(const at::Generator* now, c10::Device) { before = now->defined() ? now->clone() : at::Generator(); }
  /// f is handed a generator that draws the same; that of the context goes on from where it is.
  template <class F>
  void run_again(const at::Generator*, const F& f) {
    f(&before);
    before = {};
  }
};
template <>
struct KeptDraws<Draws::Anywhere> {
  KeptDraws<Draws::Trainer> trainer;
  GlobalDraws global;

  void keep(const at::Generator* now, c10::Device device) {
    trainer.keep(now, device);
    global = GlobalDraws::now(device);
  }
  template <class F>
  void run_again(const at::Generator* now, const F& f) {
    struct Back {
      GlobalDraws state;
      ~Back() { state.restore(); }
    } back{global.now_there()};
    global.restore();
    trainer.run_again(now, f);
  }
};

}  // namespace tuneit::detail
