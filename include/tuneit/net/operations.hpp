#pragma once
// Which operations are there beside the layers themselves? What runs as one operation makes one pass over memory. Each
// says beside itself what comes out, what it keeps in a training step, and what it is made of for inference.
#include "tuneit/net/operations/affine.hpp"
#include "tuneit/net/operations/conv_act.hpp"
#include "tuneit/net/operations/depthwise.hpp"
#include "tuneit/net/operations/norm.hpp"
#include "tuneit/net/operations/operation.hpp"
#include "tuneit/net/operations/sum.hpp"
