// make_seeds DIR: small good files of each kind, DIR/TARGET/NAME, for the fuzzers to begin with.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../unit/data/exif_files.hpp"
#include "../unit/io/tensor_bytes.hpp"

namespace {

using namespace tensor_bytes;
using tuneit::test::Bytes;

std::filesystem::path root;

void seed(const std::string& target, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(root / target);
  std::ofstream(root / target / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
void picture_seed(const std::string& target, const std::string& name, const Bytes& bytes) {
  const std::string text(bytes.begin(), bytes.end());
  seed(target, name, text);
  if (name == "plain") seed("picture", target, text);
}

Bytes webp(float quality, bool alpha) {
  Bytes pixels;
  for (int i = 0; i < 20 * 14 * 4; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 7 % 251));
  std::uint8_t* memory = nullptr;
  const std::size_t size = alpha ? WebPEncodeRGBA(pixels.data(), 20, 14, 80, quality, &memory)
                                 : WebPEncodeRGB(pixels.data(), 20, 14, 80, quality, &memory);
  Bytes out(memory, memory + size);
  WebPFree(memory);
  return out;
}

void pictures() {
  using namespace tuneit::test;
  picture_seed("jpeg", "plain", encode_jpeg(gradient(24, 18, 40)));
  picture_seed("jpeg", "progressive", encode_jpeg(gradient(24, 18, 40), true));
  picture_seed("jpeg", "grey", encode_jpeg(gradient(17, 9), false, 1));
  picture_seed("jpeg", "grey_progressive", encode_jpeg(gradient(17, 9), true, 1));
  picture_seed("jpeg", "cmyk", encode_jpeg(gradient(9, 17), false, 4));
  picture_seed("jpeg", "one_pixel", encode_jpeg(gradient(1, 1)));
  picture_seed("png", "plain", encode_png(gradient(13, 11, 40)));
  const struct {
    const char* name;
    int colour;
    std::vector<int> depths;
  } kinds[] = {{"grey", PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
               {"palette", PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
               {"rgb", PNG_COLOR_TYPE_RGB, {8, 16}},
               {"grey_alpha", PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
               {"rgba", PNG_COLOR_TYPE_RGB_ALPHA, {8, 16}}};
  for (const auto& kind : kinds)
    for (const int depth : kind.depths)
      for (const int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7})
        picture_seed("png", kind.name + std::to_string(depth) + (interlace == PNG_INTERLACE_NONE ? "" : "_interlaced"),
                     encode_png(kind.colour, depth, interlace, 9, 9));
  picture_seed("webp", "plain", encode_webp(gradient(20, 14, 40)));
  picture_seed("webp", "lossy", webp(75, false));
  picture_seed("webp", "lossy_alpha", webp(60, true));
  picture_seed("webp", "one_pixel", encode_webp(gradient(1, 1)));
  const tuneit::io::Picture small = gradient(5, 4);
  const auto exif_seed = [](const std::string& name, const Bytes& bytes) {
    seed("exif", name, std::string(bytes.begin(), bytes.end()));
  };
  exif_seed("big", exif(6));
  exif_seed("little", exif({{1, 0x0100}, {8}, {5, 0x0112, 4}}, true));
  exif_seed("jpeg", jpeg_with_exif(encode_jpeg(small), exif(3)));
  exif_seed("png", png_with_exif(encode_png(small), exif(5, true)));
  exif_seed("webp", webp_with_exif(encode_webp(small), 5, 4, exif(7)));
  for (const char* other : {"GIF89a", "BM", "<svg", "version https://git-lfs", "\xff\xd8\xff\xe0"}) {
    static int n = 0;
    seed("picture", "other" + std::to_string(n++), other);
  }
}

void tensors() {
  const std::string two =
      R"({"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"("b\u00fc":{"dtype":"BOOL","shape":[3],"data_offsets":[16,19]},)"
      R"("c":{"dtype":"I64","shape":[],"data_offsets":[19,27]},"d":{"dtype":"U8","shape":[0,9],"data_offsets":[27,27]}}  )";
  const std::string data = floats({1, 2, 3, 4}) + std::string("\0\1\1", 3) + le64(7);
  seed("safetensors_header", "two", two);
  seed("safetensors_header", "empty", "{}");
  seed("safetensors_header", "space", " \n{}\t");
  seed("safetensors", "two", safetensors(two, data));
  seed("safetensors", "empty", safetensors("{}"));

  seed("index", "plain",
       R"({"metadata": {"total_size": 8}, "weight_map": {"a.weight": "model-00001-of-00002.safetensors",)"
       R"( "a.bias": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}})");
  seed("index", "more",
       R"({"weight_map": {"\u0061": "\u0078-y"}, "list": [1, -2, 3.5, null, true, {"weight_map": {}}]})");
  seed("index", "outside", R"({"weight_map": {"a": "../x", "b": "", "c": "/etc/passwd"}})");

  const std::string dict = pkl::dict(pkl::item() + pkl::text("epoch") + "K\1");
  const std::string bools =
      pkl::dict(pkl::text("m") + pkl::tensor(pkl::storage("BoolStorage", "0", 24), 0, {2, 3}, {1, 2}) + pkl::text("s") +
                pkl::call(pkl::global("torch._utils", "_rebuild_parameter"),
                          pkl::tensor(pkl::storage("HalfStorage", "1", 4), 1, {}, {}) + "\x88" + pkl::ordered()));
  const std::string nested =
      pkl::dict(pkl::text("state_dict") + dict + pkl::text("optimizer") + pkl::dict("K\1" + bools));
  const std::string part =
      pkl::tuple(pkl::text("storage") + pkl::global("torch", "FloatStorage") + pkl::text("7") + pkl::text("cpu") +
                 pkl::integer(6) + pkl::tuple(pkl::text("v") + pkl::integer(2) + pkl::integer(3))) +
      "Q";
  const std::string viewed = pkl::dict(pkl::text("w") + pkl::tensor(part, 0, {3}, {1}));
  const std::string memo = "}q\0(" + pkl::text("w") + "q\1" +
                           pkl::tensor(pkl::storage("FloatStorage", "0", 6) + "q\2", 2, {2, 2}, {1, 2}) + "q\3" +
                           pkl::text("v") + "h\3u}" + pkl::text("_metadata") + pkl::ordered() + "sb";
  for (const auto& [name, value] :
       {std::pair{"dict", dict}, {"bools", bools}, {"nested", nested}, {"view", viewed}, {"memo", memo}}) {
    seed("pickle", name, pkl::file(value));
    seed("pth", name, pth(value).bytes());
  }
  // Objects of unknown classes, and the instructions of protocols 3 to 5.
  const std::string object = pkl::global("argparse", "Namespace") + ")\x81}(" + pkl::text("lr") + "G12345678ub";
  const std::string enumeration =
      pkl::call(pkl::global("__builtin__", "getattr"), pkl::global("a", "B") + pkl::text("C"));
  const std::string typed =
      pkl::call(pkl::global("torch._tensor", "_rebuild_from_type_v2"),
                pkl::global("torch._utils", "_rebuild_tensor_v2") + pkl::global("torch", "Tensor") +
                    pkl::tuple(pkl::storage("FloatStorage", "0", 6) + pkl::integer(0) + pkl::ints({6}) +
                               pkl::ints({1}) + "\x89" + pkl::ordered()) +
                    "}");
  const std::string complex = pkl::tensor(pkl::storage("ComplexFloatStorage", "9", 6), 0, {6}, {1});
  const std::string beside =
      pkl::dict(pkl::text("args") + object + pkl::text("model") + pkl::global("a", "D") + ")\x81(" + pkl::item() + "u" +
                pkl::text("e") + enumeration + pkl::text("t") + typed + pkl::text("c") + complex + pkl::text("p") +
                pkl::call(pkl::global("functools", "partial"), pkl::global("a", "f")) + "(NN}Ntb" + pkl::text("big") +
                "\x8b" + le32(9) + std::string(9, '\1') + pkl::text("l") + pkl::global("a", "L") + ")\x81(K\1K\2e" +
                pkl::text("taken") + "(N0NN1N" + pkl::text("s") + "\x54" + le32(2) + "xy");
  const auto word = [](const std::string& s) { return "\x8c" + std::string(1, static_cast<char>(s.size())) + s; };
  const auto global4 = [&](const std::string& module, const std::string& name) {
    return word(module) + word(name) + "\x93\x94";
  };
  const std::string tensor4 = global4("torch._utils", "_rebuild_tensor_v2") + "((" + word("storage") +
                              global4("torch", "FloatStorage") + word("0") + word("cpu") +
                              "K\6tQK\0K\2K\3\x86K\3K\1\x86\x89"s + global4("collections", "OrderedDict") + ")Rt\x94R";
  const std::string body = "}\x94(" + word("w") + tensor4 + word("long") + "\x8d" + le64(2) + "xy" + word("b") +
                           "C\2xy" + word("B") + "B" + le32(2) + "xy" + word("8") + "\x8e" + le64(2) + "xy" +
                           word("set") + "\x8f\x94(K\1K\2\x90" + word("frozen") + "(K\1\x91" + word("ex") +
                           global4("a", "B.C") + ")}\x92}b" + word("array") + "\x96" + le64(2) + "xy" + word("h") +
                           "h\1u";
  const std::string framed = "\x95" + le64(body.size() + 1) + body;
  for (const char protocol : {'\4', '\5'}) {
    const std::string name = "protocol" + std::to_string(protocol);
    Zip zip = pth(framed);
    zip.records[0].data[1] = protocol;
    seed("pickle", name, zip.records[0].data);
    seed("pth", name, zip.bytes());
  }
  seed("pickle", "beside", pkl::file(beside));
  seed("pth", "beside", pth(beside).bytes());
  Zip wide = pth(dict);
  seed("zip", "plain", wide.bytes());
  wide.zip64 = true;
  seed("zip", "zip64", wide.bytes());
  seed("pth", "zip64", wide.bytes());
  seed("zip", "empty", Zip{}.bytes());
  const std::string s = pkl::storage("FloatStorage", "7", 6, true);
  const std::string key = pkl::text("7"), six = le64(6) + floats({0, 1, 2, 3, 4, 5});
  seed("pth", "legacy", legacy(pkl::dict(pkl::text("w") + pkl::tensor(s, 0, {6}, {1})), key, six));
  seed("pth", "legacy_view", legacy(viewed, key, six));
  seed("pth", "safetensors", safetensors(two, data));
  seed("pth", "page", "<!DOCTYPE html>");
}

void tables() {
  seed("csv", "plain", "path,label\na.png,1\n\"b, c.png\",2\n");
  seed("csv", "quotes", "\xef\xbb\xbf\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n,\r\n\r\n\"\",x");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  pictures();
  tensors();
  tables();
}
