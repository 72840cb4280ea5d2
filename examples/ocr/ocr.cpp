// Reads the text on a picture: ocr PICTURE. One guest finds the lines with one network, cuts them out, and reads them
// with another; both are in the program.
#include <string>

#include <tenon/core/file.hpp>
#include <tenon/core/json_value.hpp>

#include "../support/machine.hpp"
#include "../support/picture.hpp"
#include "../support/png.hpp"
#include "../support/report.hpp"
#include "../support/sha256.hpp"
#include "boxes.hpp"
#include "drawing.hpp"
#include "networks.hpp"
#include "options.hpp"
#include "order.hpp"
#include "recognize.hpp"
#include "straighten.hpp"

namespace {

constexpr char program[] = "ocr";

using pixels = tenon::view<const tenon::u8>;

/// A line of the picture.
struct line {
  rectangle box;
  recognize::reading found;
};

class ocr {
 public:
  ocr(network&& detector, network&& recogniser) : detector_(std::move(detector)), recogniser_(std::move(recogniser)) {
    std::string_view rest = character_lines();
    while (!rest.empty()) {
      characters_.push_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(std::min(characters_.back().size() + 1, rest.size()));
    }
  }

  /// Boxes around text, in reading order. The picture is looked at in multiples of 32 pixels, at most 960 (PaddleOCR's
  /// det_limit_side_len).
  tenon::result<std::vector<rectangle>> find(const pixels& picture) {
    const auto longest = static_cast<double>(std::max(picture.dim(0), picture.dim(1)));
    const double scale = std::min(longest_side / longest, 1.0);
    const auto side = [&](tenon::i64 n) {
      return std::max<tenon::i64>(static_cast<tenon::i64>(static_cast<double>(n) * scale / 32 + 0.5), 1) * 32;
    };
    const auto small = tenon::data::try_resize(picture.slice(2, 2, -1, -1), side(picture.dim(0)), side(picture.dim(1)));
    if (!small.has_value()) return std::unexpected(small.error());
    // The mean and deviation of ImageNet's pixels, times 255; they were meant for red first, and used for blue first.
    const auto input = tenon::data::try_to_nchw(*small, {.mean = {123.675f, 116.28f, 103.53f}, .divisor = {58.395f, 57.12f, 57.375f}});
    if (!input.has_value()) return std::unexpected(input.error());
    const auto map = run(detector_, *input);
    if (!map.has_value()) return std::unexpected(map.error());
    const tenon::shape dims{(*map).dim(2), (*map).dim(3)};
    std::vector<rectangle> found = boxes::find({(*map).data(), dims});
    for (rectangle& r : found) {
      r = r.scaled(static_cast<double>(picture.dim(1)) / static_cast<double>(dims[1]),
                   static_cast<double>(picture.dim(0)) / static_cast<double>(dims[0]));
      if (r.height() >= 1.5 * r.width()) r = r.turned_left();  // a line that runs downwards: PaddleOCR's get_rotate_crop_image
    }
    return reading::in_order(std::move(found));
  }

  /// What is written in each of the boxes.
  tenon::result<std::vector<line>> read(const pixels& picture, const std::vector<rectangle>& boxes) {
    std::vector<tenon::tensor<float>> inputs;
    std::vector<std::size_t> order;
    for (const rectangle& box : boxes) {
      const auto straight = try_straighten(picture, box, recognize::line_height, recognize::longest);
      if (!straight.has_value()) return std::unexpected(straight.error());
      auto input = recognize::try_prepare(*straight);
      if (!input.has_value()) return std::unexpected(input.error());
      order.push_back(order.size());
      inputs.push_back(std::move(*input));
    }
    // Lines of the same width one after the other: the session's plan stays.
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(inputs[i].dim(3), i); });
    std::vector<line> lines(boxes.size());
    for (std::size_t i : order) {
      const auto out = run(recogniser_, inputs[i]);
      if (!out.has_value()) return std::unexpected(out.error());
      lines[i] = {boxes[i], recognize::read({(*out).data(), tenon::shape{(*out).dim(1), (*out).dim(2)}}, characters_)};
    }
    std::erase_if(lines, [](const line& l) { return l.found.text.empty() || l.found.confidence < least_confidence; });
    return lines;
  }

  std::string digest() { return digest_.finish(); }

 private:
  static constexpr double longest_side = 960;
  static constexpr double least_confidence = 0.5;  ///< PaddleOCR's drop_score

  tenon::result<tenon::view<const float>> run(network& n, const tenon::tensor<float>& input) {
    auto out = n.try_run(input);
    if (out.has_value()) digest_.add(std::as_bytes(std::span((*out).data(), static_cast<std::size_t>((*out).size()))));
    return out;
  }

  network detector_, recogniser_;
  std::vector<std::string_view> characters_;
  sha256 digest_;
};

double median(std::vector<double>& times) {
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2));
  return times[times.size() / 2];
}

void print_json(const line& l) {
  std::string corners;
  for (const point p : l.box.corners())
    corners += tenon::join({corners.empty() ? "" : ", ", "[", std::lround(p.x), ", ", std::lround(p.y), "]"});
  std::puts(tenon::join({"{\"text\": ", tenon::json_text(l.found.text), ", \"confidence\": ",
                         tenon::json_number(l.found.confidence, tenon::binary64), ", \"box\": [", corners, "]}"}).c_str());
}

tenon::status write_boxes(const std::string& path, const pixels& picture, const std::vector<line>& lines) {
  auto drawn = tenon::tensor<tenon::u8>::try_make(picture.dims());
  if (!drawn.has_value()) return std::unexpected(drawn.error());
  std::copy_n(picture.data(), picture.size(), (*drawn).data());
  for (const line& l : lines) draw_box(*drawn, l.box);
  const auto file = encode_png(*drawn);
  if (!file.has_value()) return std::unexpected(file.error());
  return tenon::write_file(path, *file);
}

int run(const options& o, const char* module) {
  const auto complain_of = [&](tenon::error e) { return complain(program, tenon::wrap(std::move(e), {o.picture, ": "}).error().message); };
  const auto content = tenon::read_file(o.picture, nullptr, INT32_MAX);
  if (!content.has_value()) return complain(program, content.error().message);
  const auto decoded = picture::decode((*content).look());
  if (!decoded.has_value()) return complain_of(decoded.error());

  const auto start = stopwatch::now();
  auto detector = network::detector(), recogniser = network::recogniser();
  if (!detector.has_value()) return complain(program, detector.error().message);
  if (!recogniser.has_value()) return complain(program, recogniser.error().message);
  const double load_time = milliseconds_since(start);

  ocr reads(std::move(*detector), std::move(*recogniser));
  std::vector<line> lines;
  std::vector<double> find_times, read_times;
  std::size_t boxes = 0;
  for (tenon::i64 i = 0; i < o.repeat; ++i) {
    const auto before = stopwatch::now();
    const auto found = reads.find((*decoded).look());
    if (!found.has_value()) return complain_of(found.error());
    find_times.push_back(milliseconds_since(before));
    const auto between = stopwatch::now();
    auto some = reads.read((*decoded).look(), *found);
    if (!some.has_value()) return complain_of(some.error());
    read_times.push_back(milliseconds_since(between));
    lines = std::move(*some);
    boxes = (*found).size();
  }

  if (const auto done = write_boxes(o.boxes, (*decoded).look(), lines); !done.has_value()) return complain(program, done.error().message);
  if (o.json) {
    for (const line& l : lines) print_json(l);
    if (o.digest) std::printf("digest     %s\n", reads.digest().c_str());
    return 0;
  }
  report out;
  out.heading(o.picture.c_str(), (*decoded).width(), (*decoded).height());
  for (const line& l : lines) std::printf("  %.3f  %s\n", l.found.confidence, l.found.text.c_str());
  if (lines.empty()) std::puts("  no text");
  out.line();
  char text[96];
  std::snprintf(text, sizeof text, "%.0f ms", load_time);
  out.row("load", text);
  std::snprintf(text, sizeof text, "%.0f ms, %zu boxes", median(find_times), boxes);
  out.row("find", text);
  std::snprintf(text, sizeof text, "%.0f ms, %zu lines", median(read_times), lines.size());
  out.row("read", text);
  out.row("drawn", o.boxes);
  if (const tenon::i64 n = peak_memory(); n > 0) out.row("memory", in_bytes(static_cast<double>(n)) + memory_kind);
  if (const tenon::i64 n = module_size(module); n > 0) out.row("module", in_bytes(static_cast<double>(n)));
  if (o.digest) out.row("digest", reads.digest());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(program, usage, parse(argc, argv), [&](const options& o) { return run(o, argc > 0 ? argv[0] : ""); });
}
