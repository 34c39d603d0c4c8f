// See fake_cuda.hpp. Three parts: memory, the device as LibTorch asks for it, operators.
#include "cuda/fake_cuda.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/conv2d_ops.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/view_native.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fake_cuda {
namespace {

std::recursive_mutex lock;
int strict = 0, busy = 0, old = 0;
Counts& counted() {
  static Counts& c = *new Counts;  // never destroyed: others may count at the end of the program
  return c;
}
void count_operator(const std::string& name) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  ++counted().operators;
  ++counted().operators_by_name[name];
}
/// Of a tensor in memory: what is expanded lies there once.
std::int64_t bytes_of(const at::Tensor& t) {
  std::int64_t n = t.defined() ? static_cast<std::int64_t>(t.element_size()) : 0;
  for (std::int64_t d = 0; n > 0 && d < t.dim(); ++d)
    if (t.stride(d) != 0 || t.size(d) == 0) n *= t.size(d);
  return n;
}
void count_bytes(const std::string& name, std::int64_t n) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  counted().bytes += n;
  counted().bytes_by_name[name] += n;
}
void count_wait(const std::string& name, std::int64_t Counts::*which = &Counts::waits) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  ++(counted().*which);
  ++counted().waits_by_name[name];
  TORCH_CHECK(strict == 0, "fake CUDA: the host waits for the device in ", name);
}

// --- memory: tensors point into `there`, which nobody may touch; the same bytes for operators lie in `shadow`
constexpr std::size_t space = std::size_t{1} << 36;
struct Memory {
  char *there = map(PROT_NONE), *shadow = map(PROT_READ | PROT_WRITE);
  std::size_t end = 0;
  std::unordered_map<std::size_t, std::vector<std::size_t>> idle;  // offsets, by size

  static char* map(int protection) {
    void* p = ::mmap(nullptr, space, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    TORCH_CHECK(p != MAP_FAILED, "fake CUDA: no address space");
    return static_cast<char*>(p);
  }
  std::size_t take(std::size_t n) {
    std::vector<std::size_t>& same = idle[n];
    std::size_t at = end;
    if (same.empty()) {
      end += n;
      TORCH_CHECK(end <= space, "fake CUDA: out of memory");
    } else {
      at = same.back();
      same.pop_back();
    }
    std::memset(shadow + at, 0xFF, n);  // NaN: who reads what was never written finds out
    return at;
  }
};
Memory& memory() {
  static Memory& m = *new Memory;
  return m;
}
void* shadow_of(const void* p) {
  return p == nullptr ? nullptr : memory().shadow + (static_cast<const char*>(p) - memory().there);
}
bool in_shadow(const void* p) { return p >= memory().shadow && p < memory().shadow + space; }

struct Block {
  std::size_t at, size;
};
void give_back(void* context) {
  const std::unique_ptr<Block> block(static_cast<Block*>(context));
  const std::lock_guard<std::recursive_mutex> guard(lock);
  memory().idle[block->size].push_back(block->at);
}
const c10::Device gpu(c10::kCUDA, 0);
struct DeviceAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t n) override {
    if (n == 0) return {nullptr, gpu};
    n = (n + 511) / 512 * 512;
    const std::lock_guard<std::recursive_mutex> guard(lock);
    const std::size_t at = memory().take(n);
    return {memory().there + at, new Block{at, n}, &give_back, gpu};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t n) const override {
    std::memcpy(shadow_of(to), shadow_of(from), n);
  }
};
DeviceAllocator device_allocator;

std::map<const char*, std::size_t>& pinned() {  // page-locked blocks and their sizes
  static auto& blocks = *new std::map<const char*, std::size_t>;
  return blocks;
}
void unpin(void* p) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  pinned().erase(static_cast<const char*>(p));
  std::free(p);
}
struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t n) override {
    void* const p = std::aligned_alloc(64, (n + 64) / 64 * 64);
    const std::lock_guard<std::recursive_mutex> guard(lock);
    pinned()[static_cast<const char*>(p)] = n + 1;
    return {p, p, &unpin, c10::Device(c10::kCPU)};
  }
  void copy_data(void* to, const void* from, std::size_t n) const override { default_copy_data(to, from, n); }
};
PinnedAllocator pinned_allocator;
bool is_pinned(const void* p) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  auto block = pinned().upper_bound(static_cast<const char*>(p));
  return block != pinned().begin() && (--block, static_cast<const char*>(p) < block->first + block->second);
}

// --- the device
struct Generator final : c10::GeneratorImpl {  // draws from one of the CPU
  at::Generator inner;
  explicit Generator(std::uint64_t seed)
      : GeneratorImpl(gpu, c10::DispatchKeySet(c10::DispatchKey::CUDA)), inner(at::detail::createCPUGenerator(seed)) {}
  void set_current_seed(std::uint64_t s) override { inner.set_current_seed(s); }
  void set_offset(std::uint64_t) override {}
  std::uint64_t get_offset() const override { return 0; }
  std::uint64_t current_seed() const override { return inner.current_seed(); }
  std::uint64_t seed() override { return inner.seed(); }
  void set_state(const c10::TensorImpl& s) override {
    at::Tensor state = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(s.storage()),
                                                                c10::DispatchKeySet(c10::DispatchKey::CPU), s.dtype());
    state.unsafeGetTensorImpl()->set_sizes_and_strides(s.sizes(), s.strides());
    inner.set_state(state);
  }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override { return inner.get_state().getIntrusivePtr(); }
  Generator* clone_impl() const override {
    auto* const copy = new Generator(0);
    copy->inner = inner.clone();
    return copy;
  }
};

struct Guard final : c10::impl::DeviceGuardImplInterface {
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, gpu); }
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return gpu; }
  c10::Device getDevice() const override { return gpu; }
  void setDevice(c10::Device d) const override { TORCH_CHECK(d.index() <= 0, "fake CUDA: there is one device"); }
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return stream(); }
  c10::Stream getDefaultStream(c10::Device) const override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const override { return stream(); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return busy == 0; }
  void synchronizeEvent(void*) const override { count_wait("synchronizeEvent"); }
  void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
  void synchronizeStream(const c10::Stream&) const override { count_wait("synchronizeStream"); }
  void synchronizeDevice(const c10::DeviceIndex) const override { count_wait("synchronizeDevice"); }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct Hooks final : at::CUDAHooksInterface {
  explicit Hooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool hasCUDART() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  int getNumGPUs() const override { return 1; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex current_device() const override { return 0; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  c10::Device getDeviceFromPtr(void*) const override { return gpu; }
  bool supportsBFloat16ConvolutionWithCuDNNv8() const override { return old == 0; }
  bool isPinnedPtr(const void* p) const override { return is_pinned(p); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator; }
  c10::Allocator* getCUDADeviceAllocator() const override { return &device_allocator; }
  void deviceSynchronize(c10::DeviceIndex) const override { count_wait("deviceSynchronize"); }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    static const at::Generator g = at::make_generator<Generator>(std::uint64_t{0});
    return g;
  }
  at::Generator getNewGenerator(c10::DeviceIndex) const override {
    return at::make_generator<Generator>(std::uint64_t{0});
  }
};
const bool hooked = [] {  // under the name that LibTorch asks for, before it asks
  at::CUDAHooksRegistry()->Register("CUDAHooks", [](at::CUDAHooksArgs a) -> std::unique_ptr<at::CUDAHooksInterface> {
    return std::make_unique<Hooks>(a);
  });
  c10::SetAllocator(c10::kCUDA, &device_allocator, 255);
  return true;
}();

// --- operators: the CPU's, on the shadow
at::Tensor tensor_on(const c10::Storage& storage, c10::DispatchKey key, const at::Tensor& like) {
  at::Tensor t =
      at::detail::make_tensor<c10::TensorImpl>(c10::Storage(storage), c10::DispatchKeySet(key), like.dtype());
  t.unsafeGetTensorImpl()->set_sizes_and_strides(like.sizes(), like.strides(), like.storage_offset());
  return t;
}
c10::Storage new_storage(const at::Tensor& contents) {
  const std::size_t bytes = contents.storage().nbytes();
  c10::Storage storage(c10::make_intrusive<c10::StorageImpl>(
      c10::StorageImpl::use_byte_size_t{}, bytes, device_allocator.allocate(bytes), &device_allocator, true));
  if (bytes > 0) std::memcpy(shadow_of(storage.mutable_data()), contents.storage().data(), bytes);
  return storage;
}

/// The tensors of one call: what is on the device, and beside it the same on the shadow.
class Shadows {
 public:
  at::Tensor of(const at::Tensor& t) {
    c10::StorageImpl* const storage = t.storage().unsafeGetStorageImpl();
    c10::Storage& known = storages_.try_emplace(storage).first->second;
    if (!known)
      known = c10::Storage(c10::make_intrusive<c10::StorageImpl>(
          c10::StorageImpl::use_byte_size_t{}, storage->nbytes(),
          c10::DataPtr(shadow_of(storage->mutable_data()), c10::Device(c10::kCPU)), c10::GetCPUAllocator(), true));
    at::Tensor view = tensor_on(known, c10::DispatchKey::CPU, t);
    if (t.unsafeGetTensorImpl()->is_wrapped_number()) view.unsafeGetTensorImpl()->set_wrapped_number(true);
    pairs_.push_back({t, view});
    return view;
  }
  /// Of a result: an argument itself, a view of one, or something new.
  at::Tensor device_of(const at::Tensor& r) const {
    if (!r.defined() || !r.is_cpu()) return r;
    for (const auto& [there, here] : pairs_)
      if (here.is_same(r)) return there;
    for (const auto& [there, here] : pairs_)
      if (in_shadow(r.storage().data()) && here.storage().data() == r.storage().data())
        return tensor_on(there.storage(), c10::DispatchKey::CUDA, r);
    return tensor_on(new_storage(r), c10::DispatchKey::CUDA, r);
  }
  /// Arguments that the operator resized.
  void take_resized() {
    for (const auto& [there, here] : pairs_) {
      const bool moved = here.storage().data() != shadow_of(there.storage().data());
      if (!moved && here.sizes() == there.sizes() && here.strides() == there.strides()) continue;
      if (moved) {
        const std::size_t bytes = here.storage().nbytes();
        c10::StorageImpl* const s = there.storage().unsafeGetStorageImpl();
        s->set_data_ptr_noswap(device_allocator.allocate(bytes));
        s->set_nbytes(bytes);
        if (bytes > 0) std::memcpy(shadow_of(s->mutable_data()), here.storage().data(), bytes);
      }
      there.unsafeGetTensorImpl()->set_sizes_and_strides(here.sizes(), here.strides(), here.storage_offset());
    }
  }

 private:
  std::unordered_map<c10::StorageImpl*, c10::Storage> storages_;
  std::vector<std::pair<at::Tensor, at::Tensor>> pairs_;
};

/// One operator that f computes of the arguments' shadows.
template <class F>
at::Tensor on_shadow(const std::string& name, const std::vector<at::Tensor>& arguments, const F& f) {
  count_operator(name);
  Shadows shadows;
  std::vector<at::Tensor> here;
  std::int64_t bytes = 0;
  for (const at::Tensor& t : arguments) {
    TORCH_CHECK(!t.defined() || t.is_cuda(), "fake CUDA: ", name, " was given a tensor of the CPU");
    bytes += bytes_of(t);
    here.push_back(t.defined() ? shadows.of(t) : t);
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  const at::Tensor y = shadows.device_of(f(here));
  count_bytes(name, bytes + bytes_of(y));
  return y;
}

bool waits(const std::string& name) {
  static const std::set<std::string> names{
      "aten::nonzero",           "aten::nonzero.out",   "aten::masked_select",
      "aten::masked_select.out", "aten::equal",         "aten::_unique2",
      "aten::unique_dim",        "aten::bincount",      "aten::unique_consecutive",
      "aten::linalg_qr",         "aten::linalg_qr.out", "aten::repeat_interleave.Tensor"};
  return names.count(name) > 0;
}

/// Bytes of the tensors in a value.
std::int64_t bytes_of(const c10::IValue& v) {
  std::int64_t n = 0;
  if (v.isTensor()) n = bytes_of(v.toTensor());
  if (v.isTensorList())
    for (const at::Tensor& t : v.toTensorVector()) n += bytes_of(t);
  if (v.isOptionalTensorList())
    for (const std::optional<at::Tensor>& t : v.toOptionalTensorVector()) n += t ? bytes_of(*t) : 0;
  return n;
}
/// What an operator reads and writes of its arguments: what it changes counts twice, unless it is only written.
std::int64_t bytes_of_arguments(const c10::FunctionSchema& schema, const torch::jit::Stack& stack) {
  static const std::set<std::string> only_write{"aten::_foreach_copy_", "aten::_foreach_zero_", "aten::zero_",
                                                "aten::fill_",          "aten::bernoulli_",     "aten::normal_",
                                                "aten::uniform_",       "aten::random_"};
  const auto& arguments = schema.arguments();
  const bool fused = schema.name().rfind("aten::_fused_", 0) == 0;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool writes = arguments[i].alias_info() != nullptr && arguments[i].alias_info()->isWrite() &&
                        !(fused && arguments[i].name() == "grads");  // only where they are scaled
    const bool reads = !writes || !(arguments[i].is_out() || (i == 0 && only_write.count(schema.name()) > 0));
    n += bytes_of(stack[stack.size() - arguments.size() + i]) * (static_cast<int>(writes) + static_cast<int>(reads));
  }
  return n;
}

void run_on_shadow(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  const std::string name =
      schema.operator_name().name + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
  count_operator(name);
  std::int64_t bytes = bytes_of_arguments(schema, *stack);
  if (waits(name)) count_wait(name);
  Shadows shadows;
  const auto here = [&](const at::Tensor& t) {
    if (!t.defined()) return t;
    if (!t.is_cuda()) {
      TORCH_CHECK(t.dim() == 0, "fake CUDA: ", name, " was given a tensor of the ", t.device(), " of size ", t.sizes());
      return t;
    }
    const bool mask = t.scalar_type() == at::kBool || t.scalar_type() == at::kByte;
    if (mask && (name == "aten::index.Tensor" || name == "aten::index_put_")) count_wait(name + " by a mask");
    return shadows.of(t);
  };
  const std::size_t arguments = schema.arguments().size(), results = schema.returns().size();
  for (std::size_t i = 0; i < arguments; ++i) {
    c10::IValue& v = (*stack)[stack->size() - arguments + i];
    if (v.isTensor()) {
      v = here(v.toTensor());
    } else if (v.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& t : v.toTensorVector()) list.push_back(here(t));
      v = list;
    } else if (v.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> list;
      for (const std::optional<at::Tensor>& t : v.toOptionalTensorVector())
        list.push_back(t && t->defined() ? std::optional<at::Tensor>(here(*t)) : std::nullopt);
      v = list;
    } else if (v.isGenerator()) {
      auto* const g = dynamic_cast<Generator*>(v.toGenerator().unsafeGetGeneratorImpl());
      TORCH_CHECK(g != nullptr, "fake CUDA: ", name, " was given a generator of the CPU");
      v = g->inner;
    } else if (v.isDevice()) {
      v = c10::Device(c10::kCPU);
    }
  }
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  }
  shadows.take_resized();
  for (std::size_t i = 0; i < results; ++i) {
    c10::IValue& v = (*stack)[stack->size() - results + i];
    if (v.isTensor()) {
      v = shadows.device_of(v.toTensor());
    } else if (v.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& t : v.toTensorVector()) list.push_back(shadows.device_of(t));
      v = list;
    }
    if (schema.returns()[i].alias_info() == nullptr) bytes += bytes_of(v);
  }
  count_bytes(name, bytes);
}

at::Tensor empty(c10::SymIntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(size), &device_allocator,
                                   c10::DispatchKeySet(c10::DispatchKey::CUDA), type.value_or(at::kFloat), format);
}
at::Tensor empty_strided(c10::SymIntArrayRef size, c10::SymIntArrayRef stride, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride),
                                           &device_allocator, c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           type.value_or(at::kFloat));
}
at::Tensor as_strided(const at::Tensor& t, c10::SymIntArrayRef size, c10::SymIntArrayRef stride,
                      std::optional<c10::SymInt> offset) {
  return at::native::as_strided_tensorimpl(t, C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride),
                                           offset ? std::optional<std::int64_t>(offset->expect_int()) : std::nullopt);
}
at::Tensor view(const at::Tensor& t, c10::SymIntArrayRef size) {
  return at::native::view(t, C10_AS_INTARRAYREF_SLOW(size));
}
at::Tensor reshape_alias(const at::Tensor& t, c10::SymIntArrayRef size, c10::SymIntArrayRef stride) {
  return at::native::_reshape_alias(t, C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride));
}
at::Scalar item(const at::Tensor& t) {
  count_operator("aten::_local_scalar_dense");
  count_wait("item");
  Shadows shadows;
  const at::AutoDispatchBelowADInplaceOrView below;
  return shadows.of(t).item();
}
at::Tensor& copy_(at::Tensor& to, const at::Tensor& from, bool non_blocking) {
  count_operator("aten::copy_");
  count_bytes("aten::copy_", bytes_of(from) + bytes_of(to));
  if (!from.is_cuda()) {
    if (!is_pinned(from.storage().data()))
      count_wait("copy from pageable memory", &Counts::pageable);
    else if (!non_blocking)
      count_wait("copy from page-locked memory that blocks");
  } else if (!to.is_cuda() && (!non_blocking || !is_pinned(to.storage().data()))) {
    count_wait("copy to the host");
  }
  Shadows shadows;
  const at::AutoDispatchBelowADInplaceOrView below;
  at::Tensor there = to.is_cuda() ? shadows.of(to) : to;
  there.copy_(from.is_cuda() ? shadows.of(from) : from);
  return to;
}

// --- operators that CUDA alone has: what they give, by others
at::Tensor cudnn_convolution_relu(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                  c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                                  c10::SymInt groups) {
  return on_shadow("aten::cudnn_convolution_relu", {x, weight, bias.value_or(at::Tensor())}, [&](const auto& t) {
    return at::_ops::conv2d::call(t[0], t[1], t[2], stride, padding, dilation, groups).relu_();
  });
}
at::Tensor cudnn_convolution_add_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& z,
                                      const std::optional<at::Scalar>& alpha, const std::optional<at::Tensor>& bias,
                                      c10::SymIntArrayRef stride, c10::SymIntArrayRef padding,
                                      c10::SymIntArrayRef dilation, c10::SymInt groups) {
  return on_shadow("aten::cudnn_convolution_add_relu", {x, weight, bias.value_or(at::Tensor()), z}, [&](const auto& t) {
    const at::Tensor y = at::_ops::conv2d::call(t[0], t[1], t[2], stride, padding, dilation, groups);
    return y.add_(t[3], alpha.value_or(1)).relu_();
  });
}
/// `keep`: the share that is kept. Draws what bernoulli_ draws.
std::tuple<at::Tensor, at::Tensor> fused_dropout(const at::Tensor& x, double keep, std::optional<at::Generator> g) {
  const at::Generator draws = dynamic_cast<Generator&>(*g.value().unsafeGetGeneratorImpl()).inner;
  at::Tensor mask;
  const at::Tensor y = on_shadow("aten::_fused_dropout", {x}, [&](const auto& t) {
    const at::Tensor share = at::empty_like(t[0]).bernoulli_(keep, draws);
    mask = tensor_on(new_storage(share.to(at::kByte)), c10::DispatchKey::CUDA, share.to(at::kByte));
    return t[0].mul(share.div_(keep));
  });
  return {y, mask};
}
at::Tensor masked_scale(const at::Tensor& x, const at::Tensor& mask, double scale) {
  TORCH_CHECK(mask.scalar_type() == at::kByte, "fake CUDA: a mask is of bytes");
  return on_shadow("aten::_masked_scale", {x, mask},
                   [&](const auto& t) { return t[0].mul(t[1].to(t[0].scalar_type()).mul_(scale)); });
}

TORCH_LIBRARY_IMPL(_, CUDA, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_shadow>()); }
TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("as_strided", &as_strided);
  m.impl("view", &view);
  m.impl("_reshape_alias", &reshape_alias);
  m.impl("_local_scalar_dense", &item);
  m.impl("copy_", &copy_);
  m.impl("cudnn_convolution_relu", &cudnn_convolution_relu);
  m.impl("cudnn_convolution_add_relu", &cudnn_convolution_add_relu);
  m.impl("_fused_dropout", &fused_dropout);
  m.impl("_masked_scale", &masked_scale);
  // One kernel or library call on a GPU, and composed of others for devices that LibTorch does not know: run as one.
  static const std::set<std::string> whole{"aten::convolution", "aten::convolution_backward",
                                           "aten::_batch_norm_with_update", "aten::batch_norm_backward"};
  for (const c10::OperatorName& name : c10::Dispatcher::singleton().getAllOpNames()) {
    if (name.name.rfind("aten::_foreach_", 0) != 0 && whole.count(name.name) == 0) continue;
    if (name.overload_name.find("out") != std::string::npos) continue;
    m.impl((name.name.substr(6) + (name.overload_name.empty() ? "" : "." + name.overload_name)).c_str(),
           torch::CppFunction::makeFromBoxedFunction<&run_on_shadow>());
  }
}

}  // namespace

std::string Counts::waited() const {
  std::string text;
  for (const auto& [name, n] : waits_by_name)
    text.append(text.empty() ? "" : ", ").append(std::to_string(n)).append(" ").append(name);
  return text.empty() ? "nothing" : text;
}
std::string Counts::ran() const {
  std::string text;
  for (const auto& [name, n] : operators_by_name) {
    const auto moved = bytes_by_name.find(name);
    text.append(std::to_string(n)).append(" ").append(name).append(" ");
    text.append(std::to_string(moved == bytes_by_name.end() ? 0 : moved->second)).append(" bytes\n");
  }
  return text;
}
const Counts& counts() { return counted(); }
void reset() {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  counted() = {};
}
void* shadow(const void* device) {
  const char* const p = static_cast<const char*>(device);
  return p >= memory().there && p < memory().there + space ? shadow_of(p) : nullptr;
}
void count(const std::string& name, std::int64_t bytes) {
  count_operator(name);
  count_bytes(name, bytes);
}
Strict::Strict() { ++strict; }
Strict::~Strict() { --strict; }
Old::Old() { ++old; }
Old::~Old() { --old; }
Busy::Busy() { ++busy; }
Busy::~Busy() { --busy; }

}  // namespace fake_cuda
