// Everything, by layers. Guests that should be small include what they use.
#pragma once

#include "core/json.hpp"
#include "core/npy.hpp"
#include "core/print.hpp"
#include "core/random.hpp"
#include "graph/session.hpp"
#include "onnx/load.hpp"
#include "ops/all.hpp"
