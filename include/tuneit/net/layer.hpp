#pragma once
// The leaves of a network's description, each a struct that says by members which tensors it has, what comes out of it,
// what it costs and keeps (leaf.hpp). Argument order and defaults are those of torch.nn.
#include "tuneit/net/layers/activation.hpp"
#include "tuneit/net/layers/attention.hpp"
#include "tuneit/net/layers/conv.hpp"
#include "tuneit/net/layers/dropout.hpp"
#include "tuneit/net/layers/embedding.hpp"
#include "tuneit/net/layers/linear.hpp"
#include "tuneit/net/layers/norm.hpp"
#include "tuneit/net/layers/pool.hpp"
#include "tuneit/net/layers/reshape.hpp"
#include "tuneit/net/layers/tied_linear.hpp"
#include "tuneit/net/layers/tokens.hpp"
#include "tuneit/net/layers/upsample.hpp"
#include "tuneit/net/leaf.hpp"
