// Tells what is on photographs, in C through WASI-NN: nn-c MODEL.onnx LABELS PICTURE...
// The model takes float32 [1,3,224,224] and gives one number per line of LABELS.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi_ephemeral_nn.h"

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
#pragma clang diagnostic pop

enum { side = 224, pixels = side * side, best_labels = 5 };

/// A whole file, with a zero behind it; null, and a sentence, where it cannot be read.
static char* read_file(const char* name, uint32_t* size) {
  FILE* f = fopen(name, "rb");
  char* bytes = NULL;
  if (f != NULL && fseek(f, 0, SEEK_END) == 0) {
    const long n = ftell(f);
    rewind(f);
    bytes = n < 0 ? NULL : malloc((size_t)n + 1);
    if (bytes != NULL && fread(bytes, 1, (size_t)n, f) == (size_t)n) {
      bytes[n] = 0;
      *size = (uint32_t)n;
    } else {
      free(bytes);
      bytes = NULL;
    }
  }
  if (f != NULL) fclose(f);
  if (bytes == NULL) fprintf(stderr, "nn-c: cannot read %s\n", name);
  return bytes;
}

/// The largest centred square of a picture, made small: planes of red, green and blue, around 0.
static int read_picture(const char* name, float* planes) {
  uint32_t size = 0;
  char* file = read_file(name, &size);
  if (file == NULL) return 0;
  int width = 0, height = 0, channels = 0;
  unsigned char* rgb = stbi_load_from_memory((unsigned char*)file, (int)size, &width, &height, &channels, 3);
  free(file);
  if (rgb == NULL) {
    fprintf(stderr, "nn-c: %s: %s\n", name, stbi_failure_reason());
    return 0;
  }
  const int n = width < height ? width : height;
  const unsigned char* corner = rgb + 3 * ((height - n) / 2 * width + (width - n) / 2);
  static unsigned char square[3 * pixels];
  stbir_resize_uint8_generic(corner, n, n, 3 * width, square, side, side, 0, 3, STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
                             STBIR_FILTER_CATMULLROM, STBIR_COLORSPACE_LINEAR, NULL);
  free(rgb);
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < pixels; ++i) planes[c * pixels + i] = ((float)square[3 * i + c] - 127) / 128;
  return 1;
}

/// Prints the labels of the largest scores. `labels` are lines.
static void print_best(const char* picture, const float* scores, uint32_t count, const char* labels) {
  float most = scores[0], sum = 0;
  for (uint32_t i = 1; i < count; ++i) most = fmaxf(most, scores[i]);
  for (uint32_t i = 0; i < count; ++i) sum += expf(scores[i] - most);
  printf("%s\n", picture);
  float above = INFINITY;
  for (int k = 0; k < best_labels; ++k) {
    uint32_t at = count;
    for (uint32_t i = 0; i < count; ++i)
      if (scores[i] < above && (at == count || scores[i] > scores[at])) at = i;
    if (at == count) return;
    above = scores[at];
    const char* line = labels;
    for (uint32_t i = 0; i < at && line != NULL; ++i) line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
    printf("  %5.2f %%  %.*s\n", (double)(100 * expf(above - most) / sum), line ? (int)strcspn(line, "\n") : 0, line ? line : "");
  }
}

/// Says which call failed; the exit code.
static int failed(const char* call, uint32_t code) {
  fprintf(stderr, "nn-c: %s: error %u of WASI-NN\n", call, code);
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: nn-c MODEL.onnx LABELS PICTURE...\n");
    return 2;
  }
  uint32_t size = 0, graph = 0, context = 0, code = 0;
  char* labels = read_file(argv[2], &size);
  char* model = labels == NULL ? NULL : read_file(argv[1], &size);
  if (model == NULL) return 1;
  if ((code = load(&(nn_builder){model, size}, 1, nn_onnx, nn_cpu, &graph))) return failed("load", code);
  free(model);
  if ((code = init_execution_context(graph, &context))) return failed("init_execution_context", code);

  static float planes[3 * pixels], scores[65536];
  const uint32_t dims[] = {1, 3, side, side};
  for (int i = 3; i < argc; ++i) {
    if (!read_picture(argv[i], planes)) return 1;
    if ((code = set_input(context, 0, &(nn_tensor){dims, 4, nn_f32, planes, sizeof planes}))) return failed("set_input", code);
    if ((code = compute(context))) return failed("compute", code);
    if ((code = get_output(context, 0, scores, sizeof scores, &size))) return failed("get_output", code);
    print_best(argv[i], scores, size / sizeof *scores, labels);
  }
  return 0;
}
