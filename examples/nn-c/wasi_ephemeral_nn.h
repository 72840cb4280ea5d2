// WASI-NN in C: imports of the module wasi_ephemeral_nn. Headers for it call the functions by different names; NN_PREFIX
// says which: with wasi_nn_, NN(load) is wasi_nn_load.
#pragma once

#include <stdint.h>

#ifdef NN_PREFIX
#define NN_JOIN_(a, b) a##b
#define NN_JOIN(a, b) NN_JOIN_(a, b)
#define NN(name) NN_JOIN(NN_PREFIX, name)
#else
#define NN(name) name
#endif
#define NN_IMPORT(name) __attribute__((import_module("wasi_ephemeral_nn"), import_name(#name))) uint32_t NN(name)

enum { nn_success, nn_invalid_argument, nn_invalid_encoding, nn_missing_memory, nn_busy, nn_runtime_error,
       nn_unsupported_operation, nn_too_large, nn_not_found };
enum { nn_f16, nn_f32, nn_f64, nn_u8, nn_i32, nn_i64 };
enum { nn_onnx = 1, nn_autodetect = 5 };
enum { nn_cpu, nn_gpu, nn_tpu };

typedef struct {
  const void* data;
  uint32_t size;
} nn_builder;

typedef struct {
  const uint32_t* dimensions;
  uint32_t rank;
  uint8_t type;
  const void* data;
  uint32_t size;
} nn_tensor;

NN_IMPORT(load)(const nn_builder* builders, uint32_t count, uint32_t encoding, uint32_t target, uint32_t* graph);
NN_IMPORT(load_by_name)(const char* name, uint32_t length, uint32_t* graph);
NN_IMPORT(init_execution_context)(uint32_t graph, uint32_t* context);
NN_IMPORT(set_input)(uint32_t context, uint32_t index, const nn_tensor* tensor);
NN_IMPORT(compute)(uint32_t context);
NN_IMPORT(get_output)(uint32_t context, uint32_t index, void* buffer, uint32_t size, uint32_t* written);
// WasmEdge's
NN_IMPORT(load_by_name_with_config)(const char* name, uint32_t length, const char* config, uint32_t config_length, uint32_t* graph);
NN_IMPORT(unload)(uint32_t graph);
NN_IMPORT(finalize_execution_context)(uint32_t context);
NN_IMPORT(compute_single)(uint32_t context);
