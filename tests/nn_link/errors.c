// A guest that makes every mistake: errors MODEL.onnx, a model of y = x x^T. Prints what it did and what it was
// answered, one line each. The same lines come out linked, merged and with the plugin.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi_ephemeral_nn.h"

static void* const outside = (void*)0xfffffff0u;
static void say(const char* what, uint32_t code) { printf("%s: %u\n", what, code); }

int main(int argc, char** argv) {
  static char model[4096], name[] = "square";
  FILE* f = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (f == NULL) return 2;
  const nn_builder builder = {model, (uint32_t)fread(model, 1, sizeof model, f)};
  fclose(f);
  uint32_t graph = 0, other = 0, context = 0, written = 0;
  float x[4] = {1, 2, 3, 4}, y[4] = {0};
  const uint32_t dims[] = {2, 2};
  nn_tensor tensor;
  memset(&tensor, 0xff, sizeof tensor);  // the padding, too
  tensor.dimensions = dims, tensor.rank = 2, tensor.type = nn_f32, tensor.data = x, tensor.size = sizeof x;

  say("load garbage", NN(load)(&(nn_builder){"garbage", 7}, 1, nn_onnx, nn_cpu, &graph));
  say("load half", NN(load)(&(nn_builder){model, builder.size / 2}, 1, nn_onnx, nn_cpu, &graph));
  say("load with another encoding", NN(load)(&builder, 1, 0, nn_cpu, &graph));
  say("load for another target", NN(load)(&builder, 1, nn_onnx, 9, &graph));
  say("load from nowhere", NN(load)(outside, 1, nn_onnx, nn_cpu, &graph));
  say("load bytes from nowhere", NN(load)(&(nn_builder){outside, 100}, 1, nn_onnx, nn_cpu, &graph));
  say("load to nowhere", NN(load)(&builder, 1, nn_onnx, nn_cpu, outside));
  say("load", NN(load)(&builder, 1, nn_onnx, nn_cpu, &graph));
  say("load by no name", NN(load_by_name)("circle", 6, &other));
  say("load by a name from nowhere", NN(load_by_name)(outside, 6, &other));
  say("load by name", NN(load_by_name)(name, 6, &other));
  const uint32_t first = other;
  say("load by name again", NN(load_by_name_with_config)(name, 6, "{}", 2, &other));
  say("  another handle", first != other);

  say("init of no graph", NN(init_execution_context)(graph + 77, &context));
  say("init to nowhere", NN(init_execution_context)(graph, outside));
  say("init", NN(init_execution_context)(graph, &context));
  say("set of no context", NN(set_input)(context + 77, 0, &tensor));
  say("set of no input", NN(set_input)(context, 1, &tensor));
  say("set from nowhere", NN(set_input)(context, 0, outside));
  tensor.size = 15;
  say("set of 15 bytes", NN(set_input)(context, 0, &tensor));
  tensor.size = 16, tensor.type = nn_i32;
  say("set of another type", NN(set_input)(context, 0, &tensor));
  tensor.type = 6;
  say("set of no type", NN(set_input)(context, 0, &tensor));
  tensor.type = nn_f32, tensor.data = outside;
  say("set of data from nowhere", NN(set_input)(context, 0, &tensor));
  tensor.data = x, tensor.dimensions = outside;
  say("set of dimensions from nowhere", NN(set_input)(context, 0, &tensor));
  tensor.dimensions = dims;
  say("compute without input", NN(compute)(context));
  say("get before compute", NN(get_output)(context, 0, y, sizeof y, &written));
  say("set", NN(set_input)(context, 0, &tensor));
  say("compute of no context", NN(compute)(context + 77));
  say("compute", NN(compute)(context));
  say("compute a token", NN(compute_single)(context));
  say("get no output", NN(get_output)(context, 1, y, sizeof y, &written));
  say("get to nowhere", NN(get_output)(context, 0, outside, sizeof y, &written));
  say("get the size to nowhere", NN(get_output)(context, 0, y, sizeof y, outside));
  say("get with 15 bytes of room", NN(get_output)(context, 0, y, 15, &written));
  printf("  which takes %u, and leaves %g\n", written, (double)y[0]);
  say("get", NN(get_output)(context, 0, y, sizeof y, &written));
  printf("  %u bytes, %g %g %g %g\n", written, (double)y[0], (double)y[1], (double)y[2], (double)y[3]);

  say("unload", NN(unload)(graph));
  say("unload again", NN(unload)(graph));
  say("init after that", NN(init_execution_context)(graph, &other));
  say("set after that", NN(set_input)(context, 0, &tensor));
  say("compute after that", NN(compute)(context));
  say("get after that", NN(get_output)(context, 0, y, sizeof y, &written));
  say("finalize", NN(finalize_execution_context)(context));
  say("finalize again", NN(finalize_execution_context)(context));
  say("load again", NN(load)(&builder, 1, nn_autodetect, nn_gpu, &other));
  say("  the handle of before", other == graph);
  return 0;
}
