// The command line.
#pragma once

#include "../support/program.hpp"

struct options {
  std::string picture, boxes;
  tenon::i64 repeat = 1;
  bool json = false, digest = false, help = false;
};

inline constexpr char usage[] =
    "usage: ocr [OPTION...] PICTURE\n"
    "\n"
    "Reads the text on a picture, a JPEG or PNG file: prints its lines in reading order, each\n"
    "with how sure it is of it, and writes the picture with boxes around them. The networks,\n"
    "PP-OCRv4 for Chinese and English, and their characters are in the program.\n"
    "\n"
    "  --boxes FILE  where the picture with boxes goes (NAME.boxes.png in the current folder)\n"
    "  --json        print an object per line, one a line\n"
    "  --repeat N    do all of it N times and print the median times (1)\n"
    "  --digest      print the SHA-256 of all bytes that the networks answered\n"
    "  --help        print this\n"
    "\n"
    "Exits with 0 if the picture was read, also where there is no text on it, 1 if it was\n"
    "not, 2 for a command line like no other here. COLUMNS is how wide the lines may be.\n";

/// NAME.boxes.png for FOLDER/NAME.EXTENSION.
inline std::string boxes_beside(std::string_view picture) {
  picture.remove_prefix(picture.find_last_of('/') + 1);
  return tenon::join({picture.substr(0, picture.find_last_of('.')), ".boxes.png"});
}

inline tenon::result<options> parse(int argc, char** argv) {
  static constexpr option known[] = {{"boxes", required_argument, nullptr, 'b'}, {"json", no_argument, nullptr, 'j'},
                                     {"repeat", required_argument, nullptr, 'r'}, {"digest", no_argument, nullptr, 'd'},
                                     {"help", no_argument, nullptr, 'h'}, {}};
  options o;
  const auto rest = parse_options(argc, argv, known, [&](int c, const char* value) -> tenon::status {
    if (c == 'b') o.boxes = value;
    else if (c != 'r') (c == 'j' ? o.json : c == 'd' ? o.digest : o.help) = true;
    else if (const auto n = parse_number("repeat", value, 10'000); n.has_value()) o.repeat = *n;
    else return std::unexpected(n.error());
    return {};
  });
  if (!rest.has_value()) return std::unexpected(rest.error());
  if (o.help) return o;
  if ((*rest).size() != 1)
    return tenon::fail(tenon::code::invalid, {(*rest).empty() ? "a picture is missing" : "one picture can be read at a time"});
  o.picture = (*rest)[0];
  if (o.boxes.empty()) o.boxes = boxes_beside(o.picture);
  return o;
}
