// make_seeds DIR: small good files of each kind, DIR/TARGET/NAME, for the fuzzers to begin with.
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include "../unit/data/exif_files.hpp"
#include "../unit/data/more_picture_files.hpp"
#include "../unit/io/tensor_bytes.hpp"
#include "../unit/text/small_json.hpp"
#include "../unit/text/small_sentencepiece.hpp"

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
  const tuneit::io::Image small = gradient(5, 4);
  const auto exif_seed = [](const std::string& name, const Bytes& bytes) {
    seed("exif", name, std::string(bytes.begin(), bytes.end()));
  };
  exif_seed("big", exif(6));
  exif_seed("little", exif({{1, 0x0100}, {8}, {5, 0x0112, 4}}, true));
  exif_seed("jpeg", jpeg_with_exif(encode_jpeg(small), exif(3)));
  exif_seed("png", png_with_exif(encode_png(small), exif(5, true)));
  exif_seed("webp", webp_with_exif(encode_webp(small), 5, 4, exif(7)));
  for (const char* other : {"<svg", "version https://git-lfs", "\xff\xd8\xff\xe0"}) {
    static int n = 0;
    seed("picture", "other" + std::to_string(n++), other);
  }
}

void more_pictures() {
  using namespace tuneit::test;
  using tuneit::io::Image;
  const Image small = gradient(21, 13, 40), other = gradient(9, 5, 90);
  const Bytes rows = [] {
    Bytes out;
    for (int i = 0; i < 4 * 9 * 7; ++i) out.push_back(static_cast<std::uint8_t>(i * 37 % 251));
    return out;
  }();
  picture_seed("bmp", "plain", encode_bmp(small));
  for (const int bits : {1, 4, 8, 16, 24, 32})
    picture_seed("bmp", "bits_" + std::to_string(bits), bmp_of(9, 7, bits, 0, bits > 8 ? 0 : 1U << bits, rows));
  picture_seed("bmp", "runs_8", bmp_of(9, 3, 8, 1, 9, {5, 3, 0, 3, 1, 2, 9, 0, 0, 0, 0, 2, 2, 1, 9, 7, 0, 1}));
  picture_seed("bmp", "runs_4", bmp_of(9, 3, 4, 2, 16, {5, 0x31, 0, 4, 0x12, 0x90, 0, 0, 0, 2, 2, 1, 9, 0x75, 0, 1}));
  picture_seed("bmp", "fields", bmp_of(4, 4, 32, 3, 3, rows));
  Bytes os2{'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0, 12, 0, 0, 0, 9, 0, 5, 0, 1, 0, 1, 0, 1, 2, 3, 250, 200, 9};
  os2.insert(os2.end(), rows.begin(), rows.begin() + 20);
  picture_seed("bmp", "os2", os2);

  picture_seed("tiff", "plain", encode_tiff(small));
  for (const int compression : {COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_ZSTD,
                                COMPRESSION_LZMA, COMPRESSION_WEBP, COMPRESSION_JPEG}) {
    picture_seed("tiff", "packed_" + std::to_string(compression), encode_tiff(small, compression));
    picture_seed("tiff", "tiles_" + std::to_string(compression), encode_tiff(small, compression, PHOTOMETRIC_RGB, 16));
  }
  for (const int compression : {COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4, COMPRESSION_CCITTRLE})
    picture_seed("tiff", "fax_" + std::to_string(compression), encode_tiff(small, compression, PHOTOMETRIC_MINISWHITE));
  picture_seed("tiff", "ycbcr", encode_tiff(small, COMPRESSION_JPEG, PHOTOMETRIC_YCBCR));
  picture_seed("tiff", "grey", encode_tiff(small, COMPRESSION_LZW, PHOTOMETRIC_MINISBLACK));
  picture_seed("tiff", "pages", encode_tiff_pages({small, other}));
  const auto tagged = [&](const std::string& name, std::uint16_t photometric, std::uint16_t bits, std::uint16_t samples,
                          std::uint16_t planar, std::uint16_t compression = COMPRESSION_NONE) {
    picture_seed("tiff", name, encode_tiff_with([&](TIFF* tiff) {
                   TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 8);
                   TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 6);
                   TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
                   TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
                   TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, photometric);
                   TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, planar);
                   TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
                   TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 6);
                   std::vector<std::uint16_t> table(std::size_t{1} << bits, 40000);
                   table[1] = 700;
                   if (photometric == PHOTOMETRIC_PALETTE)
                     TIFFSetField(tiff, TIFFTAG_COLORMAP, table.data(), table.data(), table.data());
                   const std::uint32_t planes = planar == PLANARCONFIG_SEPARATE ? samples : 1;
                   for (std::uint32_t plane = 0; plane < planes; ++plane) {
                     Bytes strip(static_cast<std::size_t>(TIFFStripSize(tiff)));
                     for (std::size_t i = 0; i < strip.size(); ++i) strip[i] = static_cast<std::uint8_t>(i * 91 % 253);
                     TIFFWriteEncodedStrip(tiff, plane, strip.data(), static_cast<tmsize_t>(strip.size()));
                   }
                 }));
  };
  for (const auto bits : std::initializer_list<std::uint16_t>{1, 2, 4, 8}) {
    tagged("palette_" + std::to_string(bits), PHOTOMETRIC_PALETTE, bits, 1, PLANARCONFIG_CONTIG);
    tagged("grey_" + std::to_string(bits), PHOTOMETRIC_MINISWHITE, bits, 1, PLANARCONFIG_CONTIG, COMPRESSION_LZW);
  }
  for (const auto bits : std::initializer_list<std::uint16_t>{12, 16})
    tagged("deep_" + std::to_string(bits), PHOTOMETRIC_MINISBLACK, bits, 1, 1);
  tagged("rgb_16", PHOTOMETRIC_RGB, 16, 4, PLANARCONFIG_CONTIG);
  tagged("planes", PHOTOMETRIC_RGB, 8, 3, PLANARCONFIG_SEPARATE, COMPRESSION_ADOBE_DEFLATE);
  tagged("cmyk", PHOTOMETRIC_SEPARATED, 8, 4, PLANARCONFIG_CONTIG);
  tagged("shared_colours", PHOTOMETRIC_YCBCR, 8, 3, PLANARCONFIG_CONTIG, COMPRESSION_LZW);

  picture_seed("gif", "plain", encode_gif({small}));
  picture_seed("gif", "interlaced", encode_gif({small}, true));
  picture_seed("gif", "frames", encode_gif({other, other}));
  picture_seed("webp", "animated", encode_animated_webp({other, other}));
  picture_seed("pnm", "plain", encode_ppm(small));
  const std::pair<const char*, const char*> texts[] = {
      {"p1", "P1 # bits\n3 2\n010\n1 0 1"}, {"p2", "P2\n3 2\n9\n1 2 3 # c\n9 0 5"},
      {"p3", "P3 1 2 300 1 2 3 300 0 5"},   {"p4", "P4 9 2\nabcd"},
      {"p5", "P5 3 2 100\nabcdef"},         {"p6", "P6 2 1 9\nabcdef"}};
  for (const auto& [name, text] : texts) seed("pnm", name, text);
  picture_seed("pnm", "deep", encode_pgm16(3, 2, {0, 9, 300, 4000, 70, 5}));
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

  seed(
      "model_card", "full",
      R"({"version":1,"library":"0.1.0","architecture":{"model":"ResNet18","head":"fc.weight","outputs":2,"channels":3},)"
      R"("learns":{"kind":"classes","loss":"CrossEntropy","names":["cat","caf\\xe9"]},"preprocessing":)"
      R"({"side":224,"resize":256,"interpolation":"bilinear","mean":[0.5,0.5,0.5],"std":[1,1,1],"exif_orientation":true,)"
      R"("scaled_decoding":false,"test_views":"one"},"trained_on":{"all":"0123456789abcdef","train":"fedcba9876543210",)"
      R"("split":{"test_fraction":0.25,"seed":7,"folds":0,"fold":0}},"later":[1,{"x":null}]})");
  const std::string sha(64, 'a');
  seed(
      "delta_card", "full",
      R"({"version":1,"model":"Net","base":")" + sha + R"(","result":")" + sha +
          R"(","base_tensors":{"fc.weight":"0123456789abcdef","old":"0000000000000000"},"removed":["old"],"later":[1]})");
  seed("delta_card", "newer", R"({"version":2})");
  seed(
      "peft_config", "lora",
      R"({"peft_type":"LORA","r":4,"lora_alpha":2.5,"lora_dropout":0.1,"target_modules":["conv1"],"modules_to_save":["fc"],)"
      R"("rank_pattern":{"^a\\.b":2},"alpha_pattern":{"c":3},"use_rslora":true,"use_dora":true,"bias":"none"})");
  seed("peft_config", "ia3", R"({"peft_type":"IA3","target_modules":"a|b","feedforward_modules":["b"],"other":null})");
  using tuneit::text::tests::small_json;
  seed("tokenizer", "bert",
       small_json() +
           "\xff"
           "Caf\xc3\xa9 [MASK] x\xe2\x80\x8by");
  seed(
      "tokenizer", "added",
      small_json(
          R"({"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":"-"},)"
          R"({"type":"Prepend","prepend":"a"},{"type":"Strip","strip_left":true,"strip_right":false}]})",
          R"(,{"id":36,"content":" <N>","normalized":true,"lstrip":true,"rstrip":true,"single_word":true,"special":false})") +
          "\xff"
          "a  <n> <N>b");
  seed("tokenizer", "plain", "caf\xc3\xa9 ab[SEP]ba\xed\x9e\xa3 \xff\xc2");
  seed("model_card", "least", R"({"version":1})");
  seed("model_card", "newer", R"({"version":2,"names":"elsewhere"})");

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

void text_models() {
  using namespace tuneit::text::tests;
  const std::string map = charsmap_of({{"a", "b"}, {"a\xcc\x81", "long"}, {"\xc2\xbd", "1/2"}, {"\x01", ""}});
  seed("charsmap", "rules", map);
  seed("charsmap", "one", charsmap_of({{"b", "a"}}));
  const std::string space = "\xe2\x96\x81";
  const std::vector<std::pair<std::string, float>> pieces{{space, -2},       {"a", -3},     {"b", -3},
                                                          {space + "a", -1}, {"ab", -2.5F}, {"aa", -2}};
  const std::string more = piece_field("<user>", 0, 4) + piece_field("ba", -0.5F, 5);
  seed("sentencepiece", "unigram", model_of(1, pieces, "", more));
  seed("sentencepiece", "bpe", model_of(2, pieces, "", more));
  std::string bytes;
  for (unsigned byte = 0; byte < 256; ++byte) {
    constexpr char hex[] = "0123456789ABCDEF";
    bytes += piece_field(std::string{'<', '0', 'x', hex[byte / 16], hex[byte % 16], '>'}, 0, 6);
  }
  seed("sentencepiece", "bytes", model_of(1, pieces, map, bytes) + bytes_field(2, number_field(35, 1)));
  const std::string vocabulary = R"({"<unk>":0,"a":1,"b":2,"ab":3,"\u0120":4,"\u0120ab":5,"aa":6,"aaaa":7})";
  const std::string merges = "a a\na b\n\xc4\xa0 ab\naa aa\n";
  seed("bpe_files", "merges", "#version: 0.2\n" + merges);
  seed("bpe_files", "vocab", vocabulary);
  seed("bpe_files", "both", vocabulary + "\n" + merges);
  const std::string end = "\xff";  // of the file: a text follows
  seed(
      "tokenizer", "bpe",
      R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},)"
      R"("post_processor":{"type":"ByteLevel","trim_offsets":true},"decoder":{"type":"ByteLevel"},"model":{"type":"BPE",)"
      R"("vocab":{"a":0,"b":1,"ab":2,"\u0120":3},"merges":["a b"],"unk_token":null}})" +
          end + "ab a");
  seed(
      "tokenizer", "unigram",
      R"({"normalizer":{"type":"Nmt"},"pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first"},)"
      R"("decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"},)"
      R"({"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"Unigram","unk_id":0,)"
      R"("vocab":[["<unk>",0],["\u2581a",-1.5],["b",-2]]}})" +
          end + " ab");
}

void texts() {
  seed("text_table", "plain", "text,label,split\na,x,train\n\"b, \"\"c\"\"\r\nd\",y,test\n");
  seed("text_table", "pairs", "text_a,text_b,label,group\na,b,1,g\n\xc3\xa4,,0,g\n");
  seed("text_table", "tabs", "He said \"no\".\t0\nx\t1\r");
  seed("json_lines", "plain",
       "{\"text\":\"a\\u00fc\",\"label\":1}\n\n{\"label\":true,\"text\":\"\\ud83d\\ude00\",\"x\":[1,{}]}\n");
  seed("json_lines", "words", R"({"tokens":["New","York"],"ner_tags":["B-LOC","I-LOC"],"id":"3"})");
  const std::string question =
      R"({"id":"1","context":"a bc","question":"?","answers":{"text":["bc","a"],"answer_start":[3,0]},"title":"T"})";
  seed("json_lines", "questions", question + "\n" + question);
  seed(
      "squad", "plain",
      R"({"data":[{"title":"T","paragraphs":[{"qas":[{"question":"?","id":"1","answers":[{"text":"bc","answer_start":1}],)"
      R"("is_impossible":false},{"question":"!","id":"2","answers":[],"is_impossible":true}],"context":"\u00e4 bc"}]}]})");
  seed("conll", "iob2", "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\nB NNP I-PER\n");
  seed("conll", "iob1", "a I-X\nb I-X\nc B-X\nd O\n");
  seed("conll", "iobes", "a\tB-X\nb\tE-X\nc d\tS-Y\n");
  seed("conll", "bilou", "a B-X\nb I-X\nc L-X\nd U-Y-z\ne O");
  seed("conll", "conllu", "# id\n1-2\tdu\t_\t_\t_\t_\t_\t_\t_\t_\n1\tde\t_\tADP\t_\t_\t_\t_\t_\t_\n");
  seed("plain_text", "plain", "One.\nTwo.\n\n \r\nThree\xc3\xbc.\r\rFour.");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  root = argv[1];
  pictures();
  more_pictures();
  tensors();
  tables();
  text_models();
  texts();
}
