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
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cuda/fake_order.hpp"

namespace fake_cuda {

const bool made_up = true;

namespace {

std::recursive_mutex lock;
int strict = 0, busy = 0, old = 0;
Counts& counted() {
  static Counts& c = *new Counts;  // never destroyed: others may count at the end of the program
  return c;
}
/// Operators that tests/gpu/has_kernels asks LibTorch's CUDA libraries for.
std::set<std::string>& known_operators() {
  static auto& names = *[] {
    auto* const all = new std::set<std::string>;
    std::ifstream in(TUNEIT_INCLUDE "/../tests/cuda/operators.txt");
    for (std::string line; std::getline(in, line);) all->insert(line);
    return all;
  }();
  return names;
}
/// The CPU's kernel stands in for one of CUDA, so somebody must have asked whether there is one.
void check_known(const std::string& name) {
  if (name.rfind("aten::", 0) != 0 || known_operators().count(name) > 0) return;
  const char* const list = std::getenv("TUNEIT_NEW_OPERATORS");  // where they are written, and nothing throws
  TORCH_CHECK(list != nullptr, "fake CUDA: ", name, " is not in tests/cuda/operators.txt: does CUDA have a kernel?");
  std::ofstream(list, std::ios::app) << name << '\n';
  known_operators().insert(name);
}
void count_operator(const std::string& name) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  if (std::int64_t& n = counted().operators_by_name[name]; ++n == 1) check_known(name);
  ++counted().operators;
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
bool capturing();
void count_wait(const std::string& name, std::int64_t Counts::*which = &Counts::waits) {
  TORCH_CHECK(!capturing(), "fake CUDA: not possible while a graph is captured: ", name);
  const std::lock_guard<std::recursive_mutex> guard(lock);
  ++(counted().*which);
  ++counted().waits_by_name[name];
  TORCH_CHECK(strict == 0, "fake CUDA: the host waits for the device in ", name);
}

// --- devices and streams, as the current thread has them
int devices = 1;
thread_local int current = 0;
thread_local std::map<int, c10::StreamId> streams;  // the current one by device, where it is not the default one
std::set<int>& touched() {
  static auto& all = *new std::set<int>;
  return all;
}
c10::Device gpu(int index) { return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)}; }
c10::Device gpu() { return gpu(current); }
c10::Device touch(c10::Device d) {
  if (!d.has_index()) d = gpu();
  TORCH_CHECK(d.index() < devices, "fake CUDA: there is no device ", int{d.index()});
  const std::lock_guard<std::recursive_mutex> guard(lock);
  touched().insert(d.index());
  return d;
}
c10::Stream stream_of(c10::Device d) {
  d = touch(d);
  const auto found = streams.find(d.index());
  return c10::Stream(c10::Stream::UNSAFE, d, found == streams.end() ? 0 : found->second);
}
/// A number for each stream of each device.
std::size_t number_of(const c10::Stream& s) {
  static auto& numbers = *new std::map<std::pair<int, c10::StreamId>, std::size_t>;
  return numbers.try_emplace({s.device_index(), s.id()}, numbers.size()).first->second;
}
Order& order() {
  static Order& o = *new Order;
  return o;
}
struct OnDevice {  // as LibTorch's operators do it: on the device of their tensors
  int before = current;
  explicit OnDevice(int index) { current = index; }
  ~OnDevice() { current = before; }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
};

// --- memory: tensors point into `there`, which nobody may touch; the same bytes for operators lie in `shadow`
constexpr std::size_t space = std::size_t{1} << 36;
struct Block {
  std::size_t at, size;
  int device;
  std::size_t stream;                // on which it was taken, and to which it returns
  std::set<std::size_t> recorded{};  // streams that the allocator waits for before it is another's
};
struct Memory {
  char *there = map(PROT_NONE), *shadow = map(PROT_READ | PROT_WRITE);
  std::size_t end = 0, used = 0, most = space;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> idle;  // offsets, by stream and size
  std::map<std::size_t, Block*> blocks;                                          // in use, by offset

  static char* map(int protection) {
    void* p = ::mmap(nullptr, space, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    TORCH_CHECK(p != MAP_FAILED, "fake CUDA: no address space");
    return static_cast<char*>(p);
  }
  std::size_t take(std::size_t n, std::size_t stream) {
    TORCH_CHECK(used + n <= most, "fake CUDA: out of memory");
    std::vector<std::size_t>& same = idle[{stream, n}];
    std::size_t at = end;
    if (same.empty()) {
      end += n;
      TORCH_CHECK(end <= space, "fake CUDA: out of memory");
      counted().fresh += static_cast<std::int64_t>(n);
    } else {
      at = same.back();
      same.pop_back();
    }
    used += n;
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
/// The block in use that holds an address; null: none.
Block* block_of(const void* p) {
  const auto* const at = static_cast<const char*>(p);
  if (at < memory().there || at >= memory().there + space) return nullptr;
  auto found = memory().blocks.upper_bound(static_cast<std::size_t>(at - memory().there));
  if (found == memory().blocks.begin()) return nullptr;
  Block* const block = (--found)->second;
  return at < memory().there + block->at + block->size ? block : nullptr;
}

std::vector<void*>* held = nullptr;  // by a graph that is being made: kernels of our own know addresses alone
void give_back(void* context) {
  if (held != nullptr) return held->push_back(context);
  const std::unique_ptr<Block> block(static_cast<Block*>(context));
  const std::lock_guard<std::recursive_mutex> guard(lock);
  for (const std::size_t stream : block->recorded) order().forget(block->at, stream);
  memory().used -= block->size;
  memory().blocks.erase(block->at);
  memory().idle[{block->stream, block->size}].push_back(block->at);
}
struct DeviceAllocator final : c10::DeviceAllocator {
  c10::DataPtr allocate(std::size_t n) override {
    const c10::Device device = touch(gpu());
    if (n == 0) return {nullptr, device};
    n = (n + 511) / 512 * 512;
    const std::lock_guard<std::recursive_mutex> guard(lock);
    const std::size_t stream = number_of(stream_of(device)), at = memory().take(n, stream);
    auto* const block = new Block{at, n, device.index(), stream};
    memory().blocks[at] = block;
    return {memory().there + at, block, &give_back, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t n) const override {
    std::memcpy(shadow_of(to), shadow_of(from), n);
  }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr& p, c10::Stream s) override {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    if (Block* const block = block_of(p.get())) block->recorded.insert(number_of(s));
  }
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override { return {}; }
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override {}
  std::pair<std::size_t, std::size_t> getMemoryInfo(c10::DeviceIndex) override {
    return {memory().most - memory().used, memory().most};
  }
};
DeviceAllocator device_allocator;

std::map<const char*, std::size_t>& pinned() {  // page-locked blocks and their sizes
  static auto& blocks = *new std::map<const char*, std::size_t>;
  return blocks;
}
std::map<std::size_t, std::vector<char*>>& idle_pinned() {
  static auto& blocks = *new std::map<std::size_t, std::vector<char*>>;
  return blocks;
}
void unpin(void* p) {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  const auto block = pinned().find(static_cast<const char*>(p));
  idle_pinned()[block->second].push_back(static_cast<char*>(p));
  pinned().erase(block);
}
struct PinnedAllocator final : c10::Allocator {
  c10::DataPtr allocate(std::size_t n) override {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    n = (n + 64) / 64 * 64;
    std::vector<char*>& same = idle_pinned()[n];
    char* p = nullptr;
    if (same.empty()) {
      p = static_cast<char*>(std::aligned_alloc(64, n));
      counted().fresh_pinned += static_cast<std::int64_t>(n);
    } else {
      p = same.back();
      same.pop_back();
    }
    pinned()[p] = n;
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

/// An operator begins on the current stream; what it touches there.
class Launch {
 public:
  Launch(std::string name, c10::Device device) : name_(std::move(name)), stream_(number_of(stream_of(device))) {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    order().launch(stream_);
  }
  void touches(const at::Tensor& t, bool writes) {
    if (!t.defined() || !t.is_cuda() || t.storage().nbytes() == 0) return;
    const std::lock_guard<std::recursive_mutex> guard(lock);
    const Block* const block = block_of(t.storage().data());
    if (block == nullptr) return;
    const std::optional<std::string> race = order().access(stream_, block->at, writes, name_);
    TORCH_CHECK(!race, "fake CUDA: a race: ", *race);
  }

 private:
  std::string name_;
  std::size_t stream_;
};

// --- the device
struct Generator final : c10::GeneratorImpl {  // draws from one of the CPU
  at::Generator inner;
  explicit Generator(std::uint64_t seed)
      : GeneratorImpl(gpu(), c10::DispatchKeySet(c10::DispatchKey::CUDA)),
        inner(at::detail::createCPUGenerator(seed)) {}
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
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device d) const override {
    const c10::Device before = gpu();
    setDevice(d);
    return before;
  }
  c10::Device getDevice() const override { return gpu(); }
  void setDevice(c10::Device d) const override { current = touch(d).index(); }
  void uncheckedSetDevice(c10::Device d) const noexcept override { current = d.index(); }
  c10::Stream getStream(c10::Device d) const override { return stream_of(d); }
  c10::Stream getDefaultStream(c10::Device d) const override { return c10::Stream(c10::Stream::DEFAULT, touch(d)); }
  c10::Stream getStreamFromGlobalPool(c10::Device d, bool) const override {
    static c10::StreamId last = 0;
    const std::lock_guard<std::recursive_mutex> guard(lock);
    return c10::Stream(c10::Stream::UNSAFE, touch(d), ++last);
  }
  c10::Stream getNewStream(c10::Device d, int) const override { return getStreamFromGlobalPool(d, false); }
  c10::Stream exchangeStream(c10::Stream s) const override {
    const c10::Stream before = stream_of(s.device());
    streams[s.device_index()] = s.id();
    return before;
  }
  c10::DeviceIndex deviceCount() const noexcept override { return static_cast<c10::DeviceIndex>(devices); }
  void record(void** event, const c10::Stream& s, const c10::DeviceIndex, const c10::EventFlag) const override {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    if (*event == nullptr) *event = new Order::Clock;
    *static_cast<Order::Clock*>(*event) = order().now(number_of(s));
  }
  void block(void* event, const c10::Stream& s) const override {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    if (event != nullptr) order().stream_waits(number_of(s), *static_cast<Order::Clock*>(event));
  }
  bool queryEvent(void* event) const override {
    if (busy > 0) return false;
    const std::lock_guard<std::recursive_mutex> guard(lock);
    if (event != nullptr) order().host_waits(*static_cast<Order::Clock*>(event));
    return true;
  }
  void synchronizeEvent(void* event) const override {
    count_wait("synchronizeEvent");
    const std::lock_guard<std::recursive_mutex> guard(lock);
    if (event != nullptr) order().host_waits(*static_cast<Order::Clock*>(event));
  }
  void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override {
    delete static_cast<Order::Clock*>(event);
  }
  bool queryStream(const c10::Stream&) const override { return busy == 0; }
  void synchronizeStream(const c10::Stream& s) const override {
    count_wait("synchronizeStream");
    const std::lock_guard<std::recursive_mutex> guard(lock);
    order().host_waits(order().now(number_of(s)));
  }
  void synchronizeDevice(const c10::DeviceIndex) const override {
    count_wait("synchronizeDevice");
    const std::lock_guard<std::recursive_mutex> guard(lock);
    order().host_waits_for_all();
  }
  void recordDataPtrOnStream(const c10::DataPtr& p, const c10::Stream& s) const override {
    device_allocator.recordStream(p, s);
  }
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct Hooks final : at::CUDAHooksInterface {
  explicit Hooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return devices > 0; }
  bool hasCUDART() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return devices > 0; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  int getNumGPUs() const override { return devices; }
  c10::DeviceIndex deviceCount() const override { return static_cast<c10::DeviceIndex>(devices); }
  c10::DeviceIndex current_device() const override { return gpu().index(); }
  c10::DeviceIndex getCurrentDevice() const override { return gpu().index(); }
  c10::Device getDeviceFromPtr(void* p) const override {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    const Block* const block = block_of(p);
    return gpu(block == nullptr ? current : block->device);
  }
  bool supportsBFloat16ConvolutionWithCuDNNv8() const override { return old == 0; }
  bool isPinnedPtr(const void* p) const override { return is_pinned(p); }
  c10::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator; }
  c10::Allocator* getCUDADeviceAllocator() const override { return &device_allocator; }
  void deviceSynchronize(c10::DeviceIndex) const override {
    count_wait("deviceSynchronize");
    const std::lock_guard<std::recursive_mutex> guard(lock);
    order().host_waits_for_all();
  }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    static const at::Generator g = at::make_generator<Generator>(std::uint64_t{0});
    return g;
  }
  at::Generator getNewGenerator(c10::DeviceIndex d) const override {
    const OnDevice there(d < 0 ? current : d);
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

// --- graphs: calls that are kept
struct Call {
  std::optional<c10::OperatorHandle> op{};  // none: `again`, else a copy, from the second input to the first
  std::vector<c10::IValue> inputs{}, results{};
  std::function<void()> again{};
};
struct Capture {
  std::vector<Call> calls;
  std::vector<at::Generator> draws;
};
Capture* capture = nullptr;
bool capturing() { return capture != nullptr; }
c10::IValue alias(const c10::IValue& v);
void put(const c10::IValue& result, const c10::IValue& kept);

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

/// A graph knows the generators of its draws.
void check_draws(const at::Generator& g, const std::string& name) {
  bool known = !capturing();
  if (capturing())
    for (const at::Generator& own : capture->draws)
      known = known || own.unsafeGetGeneratorImpl() == g.unsafeGetGeneratorImpl();
  TORCH_CHECK(known, "fake CUDA: ", name, " draws from a generator that the graph does not know");
}

/// One operator that f computes of the arguments' shadows: its results. f holds what it needs, for replays.
template <class F>
std::vector<at::Tensor> on_shadow(const std::string& name, const std::vector<at::Tensor>& arguments, const F& f) {
  count_operator(name);
  Shadows shadows;
  std::vector<at::Tensor> here, results;
  std::int64_t bytes = 0;
  for (const at::Tensor& t : arguments) {
    TORCH_CHECK(!t.defined() || t.is_cuda(), "fake CUDA: ", name, " was given a tensor of the CPU");
    bytes += bytes_of(t);
    here.push_back(t.defined() ? shadows.of(t) : t);
  }
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    for (const at::Tensor& y : f(here)) results.push_back(shadows.device_of(y));
  }
  for (const at::Tensor& y : results) bytes += bytes_of(y);
  count_bytes(name, bytes);
  if (capturing()) {
    std::vector<at::Tensor> kept, given;
    for (const at::Tensor& t : arguments) kept.push_back(alias(t).toTensor());
    for (const at::Tensor& y : results) given.push_back(alias(y).toTensor());
    capture->calls.push_back({{}, {}, {}, [name, kept, given, f] {
                                const std::vector<at::Tensor> again = on_shadow(name, kept, f);
                                for (std::size_t i = 0; i < given.size(); ++i) put(again[i], given[i]);
                              }});
  }
  return results;
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

/// The device of an operator's tensors, which must be one; else the one that is said; nothing: neither.
std::optional<c10::Device> device_of_call(const torch::jit::Stack& stack, std::size_t arguments,
                                          const std::string& name) {
  std::optional<c10::Device> found, said;
  const auto see = [&](const at::Tensor& t) {
    if (!t.defined() || !t.is_cuda()) return;
    TORCH_CHECK(!found || *found == t.device() || t.dim() == 0, "fake CUDA: ", name, " was given tensors of ", *found,
                " and ", t.device());
    if (!found) found = t.device();
  };
  for (std::size_t i = stack.size() - arguments; i < stack.size(); ++i) {
    const c10::IValue& v = stack[i];
    if (v.isTensor()) see(v.toTensor());
    if (v.isTensorList())
      for (const at::Tensor& t : v.toTensorVector()) see(t);
    if (v.isDevice() && v.toDevice().is_cuda() && v.toDevice().has_index()) said = v.toDevice();
  }
  return found ? found : said;
}

/// Other handles of the same tensors: nobody resizes them.
c10::IValue alias(const c10::IValue& v) {
  const auto one = [](const at::Tensor& t) {
    if (!t.defined() || !t.is_cuda()) return t;
    at::Tensor same = tensor_on(t.storage(), c10::DispatchKey::CUDA, t);
    if (t.unsafeGetTensorImpl()->is_wrapped_number()) same.unsafeGetTensorImpl()->set_wrapped_number(true);
    return same;
  };
  if (v.isTensor()) return one(v.toTensor());
  if (v.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& t : v.toTensorVector()) list.push_back(one(t));
    return list;
  }
  if (v.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> list;
    for (const std::optional<at::Tensor>& t : v.toOptionalTensorVector())
      list.push_back(t ? std::optional<at::Tensor>(one(*t)) : std::nullopt);
    return list;
  }
  return v;
}
std::vector<c10::IValue> aliases(const torch::jit::Stack& stack, std::size_t last) {
  std::vector<c10::IValue> all;
  for (std::size_t i = stack.size() - last; i < stack.size(); ++i) all.push_back(alias(stack[i]));
  return all;
}

void run_on_shadow(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  std::optional<Call> call;
  if (capturing()) call = Call{op, aliases(*stack, schema.arguments().size()), {}};
  const std::string name =
      schema.operator_name().name + (schema.overload_name().empty() ? "" : "." + schema.overload_name());
  count_operator(name);
  std::int64_t bytes = bytes_of_arguments(schema, *stack);
  if (waits(name)) count_wait(name);
  const std::size_t arguments = schema.arguments().size(), results = schema.returns().size();
  const std::optional<c10::Device> said = device_of_call(*stack, arguments, name);
  const OnDevice there(said ? said->index() : current);
  Launch launch(name, gpu());
  bool writes = false;  // the argument at hand
  Shadows shadows;
  const auto here = [&](const at::Tensor& t) {
    if (!t.defined()) return t;
    if (!t.is_cuda()) {
      TORCH_CHECK(t.dim() == 0, "fake CUDA: ", name, " was given a tensor of the ", t.device(), " of size ", t.sizes());
      return t;
    }
    const bool mask = t.scalar_type() == at::kBool || t.scalar_type() == at::kByte;
    if (mask && (name == "aten::index.Tensor" || name == "aten::index_put_")) count_wait(name + " by a mask");
    launch.touches(t, writes);
    return shadows.of(t);
  };
  for (std::size_t i = 0; i < arguments; ++i) {
    c10::IValue& v = (*stack)[stack->size() - arguments + i];
    writes = schema.arguments()[i].alias_info() != nullptr && schema.arguments()[i].alias_info()->isWrite();
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
      check_draws(v.toGenerator(), name);
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
    const bool fresh = schema.returns()[i].alias_info() == nullptr;
    if (v.isTensor()) {
      v = shadows.device_of(v.toTensor());
      if (fresh) launch.touches(v.toTensor(), true);
    } else if (v.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& t : v.toTensorVector()) list.push_back(shadows.device_of(t));
      for (const at::Tensor& t : list.vec())
        if (fresh) launch.touches(t, true);
      v = list;
    }
    if (schema.returns()[i].alias_info() == nullptr) bytes += bytes_of(v);
  }
  count_bytes(name, bytes);
  if (call) {
    call->results = aliases(*stack, results);
    capture->calls.push_back(std::move(*call));
  }
}

at::Tensor empty(c10::SymIntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device> device, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  const OnDevice there(device ? touch(*device).index() : current);
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(size), &device_allocator,
                                   c10::DispatchKeySet(c10::DispatchKey::CUDA), type.value_or(at::kFloat), format);
}
at::Tensor empty_strided(c10::SymIntArrayRef size, c10::SymIntArrayRef stride, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device> device, std::optional<bool>) {
  const OnDevice there(device ? touch(*device).index() : current);
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
/// The host reads a tensor, and waits for all that its stream does before.
void wait_for(Launch launch, const at::Tensor& t) {
  launch.touches(t, false);
  const std::lock_guard<std::recursive_mutex> guard(lock);
  order().host_waits(order().now(number_of(stream_of(t.device()))));
}
at::Scalar item(const at::Tensor& t) {
  count_operator("aten::_local_scalar_dense");
  count_wait("item");
  wait_for(Launch("item", t.device()), t);
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
  const OnDevice device(to.is_cuda() ? to.device().index() : from.device().index());
  Launch launch("aten::copy_", gpu());
  launch.touches(from, false);
  launch.touches(to, true);
  const bool waited = from.is_cuda() != to.is_cuda() &&
                      (!non_blocking || !is_pinned(from.is_cuda() ? to.storage().data() : from.storage().data()));
  if (waited) {
    const std::lock_guard<std::recursive_mutex> guard(lock);
    order().host_waits(order().now(number_of(stream_of(gpu()))));
  }
  if (capturing()) {
    TORCH_CHECK(to.is_cuda() && from.is_cuda(),
                "fake CUDA: not possible while a graph is captured: a copy of the host's");
    capture->calls.push_back({std::nullopt, {alias(to), alias(from)}, {}});
  }
  Shadows shadows;
  const at::AutoDispatchBelowADInplaceOrView below;
  at::Tensor there = to.is_cuda() ? shadows.of(to) : to;
  there.copy_(from.is_cuda() ? shadows.of(from) : from);
  return to;
}

// --- operators that CUDA alone has: what they give, by others
using Tensors = std::vector<at::Tensor>;
at::Tensor cudnn_convolution_relu(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                                  c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                                  c10::SymInt groups) {
  return on_shadow("aten::cudnn_convolution_relu", {x, weight, bias.value_or(at::Tensor())},
                   [s = stride.vec(), p = padding.vec(), d = dilation.vec(), groups](const Tensors& t) -> Tensors {
                     return {at::_ops::conv2d::call(t[0], t[1], t[2], s, p, d, groups).relu_()};
                   })[0];
}
at::Tensor cudnn_convolution_add_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& z,
                                      const std::optional<at::Scalar>& alpha, const std::optional<at::Tensor>& bias,
                                      c10::SymIntArrayRef stride, c10::SymIntArrayRef padding,
                                      c10::SymIntArrayRef dilation, c10::SymInt groups) {
  return on_shadow(
      "aten::cudnn_convolution_add_relu", {x, weight, bias.value_or(at::Tensor()), z},
      [s = stride.vec(), p = padding.vec(), d = dilation.vec(), groups, alpha](const Tensors& t) -> Tensors {
        const at::Tensor y = at::_ops::conv2d::call(t[0], t[1], t[2], s, p, d, groups);
        return {y.add_(t[3], alpha.value_or(1)).relu_()};
      })[0];
}
/// `keep`: the share that is kept. Draws what bernoulli_ draws.
std::tuple<at::Tensor, at::Tensor> fused_dropout(const at::Tensor& x, double keep, std::optional<at::Generator> g) {
  check_draws(g.value(), "aten::_fused_dropout");
  const Tensors out = on_shadow(
      "aten::_fused_dropout", {x},
      [keep, draws = dynamic_cast<Generator&>(*g.value().unsafeGetGeneratorImpl()).inner](const Tensors& t) -> Tensors {
        const at::Tensor share = at::empty_like(t[0]).bernoulli_(keep, draws);
        return {t[0].mul(share.div(keep)), share.to(at::kByte)};
      });
  return {out[0], out[1]};
}
at::Tensor masked_scale(const at::Tensor& x, const at::Tensor& mask, double scale) {
  TORCH_CHECK(mask.scalar_type() == at::kByte, "fake CUDA: a mask is of bytes");
  return on_shadow("aten::_masked_scale", {x, mask}, [scale](const Tensors& t) -> Tensors {
    return {t[0].mul(t[1].to(t[0].scalar_type()).mul_(scale))};
  })[0];
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

/// What a call gave goes to where it lay when it was kept.
void put(const c10::IValue& result, const c10::IValue& kept) {
  if (kept.isTensorList()) {
    const auto from = result.toTensorVector(), to = kept.toTensorVector();
    for (std::size_t i = 0; i < to.size(); ++i) put(from[i], to[i]);
  } else if (kept.isTensor() && kept.toTensor().defined() && kept.toTensor().is_cuda()) {
    const at::Tensor &from = result.toTensor(), &to = kept.toTensor();
    void* const place = shadow_of(to.storage().mutable_data());
    if (place != nullptr && from.is_cuda() && shadow_of(from.storage().mutable_data()) != place)
      std::memcpy(place, shadow_of(from.storage().mutable_data()),
                  std::min(from.storage().nbytes(), to.storage().nbytes()));
  }
}

}  // namespace

struct Graph::Calls {
  std::vector<Call> all;
  std::vector<void*> blocks;
  ~Calls() {
    for (void* block : blocks) give_back(block);
  }
};
Graph::Graph(const std::function<void()>& body, const std::vector<at::Generator>& draws)
    : calls_(std::make_unique<Calls>()) {
  Capture now{{}, draws};
  const std::vector<char> before(memory().shadow, memory().shadow + memory().end);
  std::vector<at::Tensor> states;
  for (const at::Generator& g : draws) states.push_back(g.get_state().clone());
  const auto undo = [&] {  // nothing has run
    capture = nullptr;
    held = nullptr;
    std::memcpy(memory().shadow, before.data(), before.size());
    for (std::size_t i = 0; i < draws.size(); ++i) at::Generator(draws[i]).set_state(states[i]);
  };
  capture = &now;
  held = &calls_->blocks;
  try {
    body();
  } catch (...) {
    undo();
    throw;
  }
  undo();
  calls_->all = std::move(now.calls);
}
Graph::~Graph() = default;
void Graph::replay() const {
  for (const Call& call : calls_->all) {
    if (call.again) {
      const Counts counted_so_far = counted();
      call.again();
      counted() = counted_so_far;
      continue;
    }
    if (!call.op) {
      at::Tensor to = call.inputs[0].toTensor();
      const Counts counted_so_far = counted();
      copy_(to, call.inputs[1].toTensor(), true);
      counted() = counted_so_far;
      continue;
    }
    torch::jit::Stack stack(call.inputs.begin(), call.inputs.end());
    const Counts counted_so_far = counted();
    run_on_shadow(*call.op, &stack);
    counted() = counted_so_far;
    for (std::size_t i = 0; i < call.results.size(); ++i) put(stack[i], call.results[i]);
  }
  count_operator("graph");
}

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
void launch(const std::string& name, const std::function<void()>& kernel, std::int64_t bytes) {
  count_operator(name);
  count_bytes(name, bytes);
  kernel();
  if (capturing()) capture->calls.push_back({{}, {}, {}, kernel});
}
Strict::Strict() { ++strict; }
Strict::~Strict() { --strict; }
Old::Old() { ++old; }
Old::~Old() { --old; }
Busy::Busy() { ++busy; }
Busy::~Busy() { --busy; }
Devices::Devices(int count) { devices = count; }
Devices::~Devices() {
  devices = 1;
  current = 0;
}
std::set<int> contexts() {
  const std::lock_guard<std::recursive_mutex> guard(lock);
  return std::exchange(touched(), {});
}
Spare::Spare(std::int64_t bytes) { memory().most = memory().used + static_cast<std::size_t>(bytes); }
Spare::~Spare() { memory().most = space; }

}  // namespace fake_cuda
