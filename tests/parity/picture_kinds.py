"""Pictures of the kinds that the codecs of data_pictures.py do not write: BMP, TIFF, GIF, PNM, animations, 16-bit grey.

write(out, rgb) writes the files into the folder `out` and returns (name, array) pairs: array is None where Pillow's
convert("RGB") is what is right, else the pixels that are (16-bit grey, which Pillow cuts at 255).
"""
import io
import struct
import zlib

import numpy as np
from PIL import Image


def bmp(path, width, height, bits, rows, *, header=40, palette=(), compression=0, masks=(), top_down=False, colours=None,
        offset=None, tail=b""):
    """rows: bytes as they stand in the file."""
    entry = 3 if header == 12 else 4
    table = b"".join(bytes(c[::-1]) + b"\0" * (entry - 3) for c in palette)
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, len(rows),
                           2835, 2835, len(palette) if colours is None else colours, 0)
        packed = b"".join(struct.pack("<I", m) for m in masks)
        if header == 40:
            table = packed[:12] + table
        else:
            info += packed
        info += b"\0" * (header - len(info)) if header > 40 else b""
    at = 14 + len(info) + len(table) if offset is None else offset
    path.write_bytes(b"BM" + struct.pack("<IHHI", 14 + len(info) + len(table) + len(rows), 0, 0, at) + info + table + rows
                     + tail)


def packed_rows(values, bits, pad=4):
    """Rows of small numbers, the first in the highest bits, filled up to `pad` bytes."""
    out = b""
    for row in values:
        text = "".join(format(int(v), f"0{bits}b") for v in row)
        text += "0" * (-len(text) % 8)
        line = int(text, 2).to_bytes(len(text) // 8, "big")
        out += line + b"\0" * (-len(line) % pad)
    return out


def bmps(out, rgb, rng):
    names = []

    def add(name, *args, **options):
        bmp(out / name, *args, **options)
        names.append(name)

    picture = Image.fromarray(rgb)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        name = f"saved_{mode}.bmp"
        picture.convert(mode).save(out / name)
        names.append(name)
    w, h = 13, 7
    colours = [tuple(int(v) for v in c) for c in rng.integers(0, 256, (256, 3))]
    for bits in (1, 4, 8):
        values = rng.integers(0, 1 << bits, (h, w))
        rows = packed_rows(values, bits)
        add(f"palette_{bits}.bmp", w, h, bits, rows, palette=colours[:1 << bits])
        add(f"palette_{bits}_down.bmp", w, h, bits, rows, palette=colours[:1 << bits], top_down=True)
        add(f"palette_{bits}_os2.bmp", w, h, bits, rows, palette=colours[:1 << bits], header=12)
        add(f"palette_{bits}_os22.bmp", w, h, bits, rows, palette=colours[:1 << bits], header=64)
        add(f"palette_{bits}_all.bmp", w, h, bits, rows, palette=colours[:1 << bits], colours=0)
        add(f"palette_{bits}_forgotten.bmp", w, h, bits, rows, palette=colours[:1 << bits], offset=54)
    add("palette_8_of_9.bmp", w, h, 8, packed_rows(rng.integers(0, 12, (h, w)), 8), palette=colours[:9])
    add("palette_8_grey.bmp", w, h, 8, packed_rows(rng.integers(0, 256, (h, w)), 8), palette=[(i, i, i) for i in range(256)])
    add("palette_8_ramp.bmp", w, h, 8, packed_rows(rng.integers(0, 256, (h, w)), 8), palette=[(i, i, i) for i in range(9)])
    add("black_and_white.bmp", w, h, 1, packed_rows(rng.integers(0, 2, (h, w)), 1), palette=[(0, 0, 0), (255, 255, 255)])
    add("white_and_black.bmp", w, h, 1, packed_rows(rng.integers(0, 2, (h, w)), 1), palette=[(255, 255, 255), (0, 0, 0)])
    for bits in (16, 24, 32):
        rows = b"".join(rng.bytes(w * bits // 8) + b"\0" * (-w * bits // 8 % 4) for _ in range(h))
        add(f"plain_{bits}.bmp", w, h, bits, rows)
        add(f"plain_{bits}_down.bmp", w, h, bits, rows, top_down=True)
        add(f"plain_{bits}_v5.bmp", w, h, bits, rows, header=124)
        if bits != 32:
            add(f"plain_{bits}_os2.bmp", w, h, bits, rows, header=12)
    fields = {16: [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)], 24: [(0xFF0000, 0xFF00, 0xFF)],
              32: [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
                   (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
                   (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)]}
    for bits, layouts in fields.items():
        for i, masks in enumerate(layouts):
            rows = b"".join(rng.bytes(w * bits // 8) + b"\0" * (-w * bits // 8 % 4) for _ in range(h))
            for header in (40, 52, 56, 108, 124):
                if header <= 52 and len(masks) > 3 and masks[3]:
                    continue
                add(f"fields_{bits}_{i}_{header}.bmp", w, h, bits, rows, header=header, masks=masks[:3 if header == 52 else 4],
                    compression=3)
    # Run lengths: encoded, absolute (of odd and even length), delta, ends of lines; the palette is no ramp.
    rle8 = (bytes([5, 3, 0, 3, 1, 2, 9, 0, 5, 7, 0, 0]) + bytes([0, 4, 4, 5, 6, 7, 3, 8, 0, 0]) + bytes([0, 2, 4, 1, 9, 11, 0, 0])
            + bytes([20, 1, 0, 0]) + bytes([13, 12]) + bytes([0, 0, 13, 13, 0, 1]))
    add("runs_8.bmp", 13, 7, 8, rle8, compression=1, palette=colours)
    add("runs_8_down.bmp", 13, 7, 8, rle8, compression=1, palette=colours, top_down=True)
    rle4 = (bytes([5, 0x31, 0, 3, 0x12, 0x90, 5, 0x77, 0, 0]) + bytes([0, 5, 0x45, 0x67, 0x80, 0, 8, 0x21, 0, 0])
            + bytes([0, 2, 4, 1, 9, 0xB2, 0, 0]) + bytes([20, 0x1F, 0, 0]) + bytes([13, 0xC0]) + bytes([0, 0, 13, 0xDD, 0, 1]))
    add("runs_4.bmp", 13, 7, 4, rle4, compression=2, palette=colours[:16])
    return [(name, None) for name in names]


SHORT, LONG = 3, 4


def tiff(path, tags, blocks, *, order="<", big=False, tiled=False, pages=1):
    """tags: {number: (type, values)}; blocks: the bytes of strips or tiles."""
    data = bytearray((b"II" if order == "<" else b"MM") + (struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else
                                                           struct.pack(order + "HI", 42, 0)))
    where = []
    for block in blocks:
        where.append(len(data))
        data += block + b"\0" * (len(block) % 2)
    tags = dict(tags)
    tags[324 if tiled else 273] = (LONG, where)
    tags[325 if tiled else 279] = (LONG, [len(b) for b in blocks])
    link = 8 if big else 4
    wide, letter = (8, "Q") if big else (4, "I")
    for _ in range(pages):
        entries = b""
        for number in sorted(tags):
            kind, values = tags[number]
            packed = b"".join(struct.pack(order + ("H" if kind == SHORT else "I"), v) for v in values)
            if len(packed) > wide:
                at = len(data)
                data += packed + b"\0" * (len(packed) % 2)
                packed = struct.pack(order + letter, at)
            entries += struct.pack(order + "HH" + letter, number, kind, len(values)) + packed.ljust(wide, b"\0")
        struct.pack_into(order + letter, data, link, len(data))
        data += struct.pack(order + ("Q" if big else "H"), len(tags)) + entries
        link = len(data)
        data += b"\0" * wide
    path.write_bytes(bytes(data))


def basics(width, height, photometric, bits, **more):
    tags = {256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, bits), 259: (SHORT, [1]), 262: (SHORT, [photometric]),
            277: (SHORT, [len(bits)]), 278: (LONG, [height])}
    tags.update({int(k[1:]): v for k, v in more.items()})
    return tags


def white_of(values):
    """The rule of deep_grey.hpp, said once more."""
    most = int(values.max())
    return 255 if most <= 255 else 4095 if most <= 4095 else 65535


def scaled(values, white=None):
    white = white or white_of(values)
    grey = (values.astype(np.int64) * 255 + white // 2) // white
    return np.repeat(grey.astype(np.uint8)[..., None], 3, -1)


def tiffs(out, rgb, rng):
    found = []

    def add(name, *args, right=None, **options):
        tiff(out / name, *args, **options)
        found.append((name, right))

    picture = Image.fromarray(rgb)
    small = Image.fromarray(np.ascontiguousarray(rgb[:37, :53]))
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"):
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"):
            if mode == "YCbCr" and compression in ("packbits", "lzma", "zstd"):
                continue
            name = f"saved_{mode}_{compression}.tif"
            image = small.convert("RGB").quantize(77) if mode == "P" else small.convert(mode)
            image.save(out / name, compression=compression)
            found.append((name, None))
    for compression in ("tiff_ccitt", "group3", "group4"):
        name = f"fax_{compression}.tif"
        small.convert("1").save(out / name, compression=compression)
        found.append((name, None))
    for mode in ("L", "RGB", "YCbCr", "CMYK"):
        name = f"jpeg_{mode}.tif"
        picture.convert(mode).save(out / name, compression="jpeg", quality=85)
        found.append((name, None))
    packed = io.BytesIO()
    small.save(packed, "webp", lossless=True)  # Pillow's libtiff may be built without
    tags = basics(53, 37, 2, [8] * 3)
    tags[259] = (SHORT, [50001])
    add("webp.tif", tags, [packed.getvalue()], right=np.array(small))
    small.save(out / "predictor.tif", compression="tiff_lzw", tiffinfo={317: 2})
    small.save(out / "strips.tif", compression="tiff_lzw", tiffinfo={278: 5})
    small.save(out / "big.tif", big_tiff=True)
    small.save(out / "pages.tif", save_all=True, append_images=[small.rotate(90, expand=True), picture])
    found += [(f"{name}.tif", None) for name in ("predictor", "strips", "big", "pages")]
    for orientation in range(1, 9):
        small.save(out / f"orientation_{orientation}.tif", tiffinfo={274: orientation}, compression="tiff_lzw")
        found.append((f"orientation_{orientation}.tif", None))

    w, h = 19, 11
    for order in "<>":
        e = "little" if order == "<" else "big"
        for bits in (1, 2, 4, 8):
            values = rng.integers(0, 1 << bits, (h, w))
            rows = packed_rows(values, bits, 1)
            table = [int(v) for v in rng.integers(256, 65536, 3 << bits)]
            for photometric in (0, 1):
                add(f"grey_{bits}_{photometric}_{e}.tif", basics(w, h, photometric, [bits]), [rows], order=order)
            add(f"palette_{bits}_{e}.tif", basics(w, h, 3, [bits], t320=(SHORT, table)), [rows], order=order)
            reversed_rows = bytes(int(format(b, "08b")[::-1], 2) for b in rows)
            add(f"reversed_{bits}_{e}.tif", basics(w, h, 1, [bits], t266=(SHORT, [2])), [reversed_rows], order=order)
        for samples, extra in ((3, []), (4, [0]), (4, [1]), (4, [2]), (5, [0, 0]), (5, [1, 0]), (5, [2, 0]), (6, [2, 0, 0])):
            more = {"t338": (SHORT, extra)} if extra else {}
            for bits in (8, 16):
                if bits == 16 and samples > 4:
                    continue
                name = f"rgb_{bits}_{samples}_{extra[0] if extra else 'none'}_{e}"
                rows = rng.integers(0, 256, (h, w * samples * bits // 8), dtype=np.uint8).tobytes()
                add(name + ".tif", basics(w, h, 2, [bits] * samples, **more), [rows], order=order)
        for samples in (4, 5):
            more = {"t338": (SHORT, [0])} if samples == 5 else {}
            add(f"cmyk_{samples}_{e}.tif", basics(w, h, 5, [8] * samples, **more), [rng.bytes(w * h * samples)], order=order)
        add(f"cmyk_16_{e}.tif", basics(w, h, 5, [16] * 4), [rng.bytes(w * h * 8)], order=order)
        add(f"grey_x_{e}.tif", basics(w, h, 1, [8, 8], t338=(SHORT, [0])), [rng.bytes(w * h * 2)], order=order)
        for samples, photometric in ((3, 2), (4, 5)):
            planes = [rng.bytes(w * h) for _ in range(samples)]
            add(f"planes_{samples}_{e}.tif", basics(w, h, photometric, [8] * samples, t284=(SHORT, [2])), planes, order=order)
        planes = [rng.bytes(w * 4) for _ in range(9)]
        tags = basics(w, 12, 2, [8] * 3, t284=(SHORT, [2]))
        tags[278] = (LONG, [4])
        add(f"planes_strips_{e}.tif", tags, planes, order=order)
        # Tiles that stick out.
        tiles = [rng.bytes(16 * 16 * 3) for _ in range(6)]
        tags = basics(37, 20, 2, [8] * 3, t322=(LONG, [16]), t323=(LONG, [16]))
        del tags[278]
        add(f"tiles_{e}.tif", tags, tiles, order=order, tiled=True)
        tags[259] = (SHORT, [8])
        add(f"tiles_deflate_{e}.tif", tags, [zlib.compress(t) for t in tiles], order=order, tiled=True)
        # Grey of more than 8 bits: full range, 12 bits in 16, 8 bits in 16, 0 is white, and 12 and 10 bits as they are.
        for most in (65536, 4096, 256):
            values = rng.integers(0, most, (h, w))
            values[0, 0] = most - 1
            for photometric in (0, 1):
                right = scaled(values)
                add(f"deep_{most}_{photometric}_{e}.tif", basics(w, h, photometric, [16]),
                    [values.astype(order + "u2").tobytes()], order=order, right=right if photometric else 255 - right)
        values = rng.integers(0, 30000, (h, w))
        add(f"deep_signed_{e}.tif", basics(w, h, 1, [16], t339=(SHORT, [2])), [values.astype(order + "i2").tobytes()],
            order=order, right=scaled(values))
        for bits in (10, 12, 14):
            values = rng.integers(0, 1 << bits, (h, w))
            add(f"deep_{bits}_bits_{e}.tif", basics(w, h, 1, [bits]), [packed_rows(values, bits, 1)], order=order,
                right=scaled(values, (1 << bits) - 1))
        values = rng.integers(0, 65536, (h, w))
        add(f"big_{e}.tif", basics(w, h, 1, [16]), [values.astype(order + "u2").tobytes()], order=order, big=True,
            right=scaled(values))
    values = rng.integers(0, 65536, (h, w)).astype(np.uint16)
    values[3, 3] = 65535
    for compression in (None, "tiff_lzw", "tiff_adobe_deflate"):
        Image.fromarray(values).save(out / f"deep_saved_{compression}.tif", compression=compression)
        found.append((f"deep_saved_{compression}.tif", scaled(values)))
    return found


def gif(path, screen, frame, indices, *, colours=None, local=None, interlaced=False, transparent=None, comment=False):
    """frame: left, top, width, height. Codes are not compressed: a clear code often enough that they stay 9 bits."""
    def table(of):
        bits = max(1, (len(of) - 1).bit_length())
        return bits - 1, b"".join(bytes(c) for c in of) + b"\0" * (3 * ((1 << bits) - len(of)))

    flags, tables = 0, b""
    if colours:
        size, tables = table(colours)
        flags = 0x80 | size
    data = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, 0, 0) + tables
    if comment:
        data += b"!\xfe\x05hello\x00"
    if transparent is not None:
        data += b"!\xf9\x04" + struct.pack("<BHB", 1, 10, transparent) + b"\0"
    size, tables = table(local) if local else (0, b"")
    data += b"," + struct.pack("<HHHHB", *frame, (0x80 | size if local else 0) | (0x40 if interlaced else 0)) + tables
    rows = [list(r) for r in indices]
    if interlaced:
        h = len(rows)
        rows = [rows[y] for first, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(first, h, step)]
    codes = []
    for i, v in enumerate(v for r in rows for v in r):
        if i % 100 == 0:
            codes.append(256)
        codes.append(int(v))
    bits = "".join(format(c, "09b")[::-1] for c in codes + [257])
    packed = bytes(int(bits[i:i + 8][::-1].rjust(8, "0"), 2) for i in range(0, len(bits), 8))
    data += b"\x08" + b"".join(bytes([len(packed[i:i + 255])]) + packed[i:i + 255] for i in range(0, len(packed), 255))
    path.write_bytes(data + b"\0;")


def gifs(out, rgb, rng):
    names = []

    def add(name, *args, **options):
        gif(out / name, *args, **options)
        names.append(name)

    picture = Image.fromarray(np.ascontiguousarray(rgb[:61, :87]))
    for colours in (2, 3, 16, 100, 256):
        picture.quantize(colours).save(out / f"saved_{colours}.gif")
        names.append(f"saved_{colours}.gif")
    picture.convert("L").save(out / "saved_grey.gif")
    picture.convert("1").save(out / "saved_one_bit.gif")
    picture.quantize(20).save(out / "saved_whole.gif", interlace=0)
    picture.quantize(20).save(out / "saved_transparent.gif", transparency=4)
    picture.quantize(20).save(out / "saved_animated.gif", save_all=True, append_images=[picture.rotate(30).quantize(9)] * 3)
    names += [f"saved_{k}.gif" for k in ("grey", "one_bit", "whole", "transparent", "animated")]
    colours = [tuple(int(v) for v in c) for c in rng.integers(0, 256, (256, 3))]
    full = rng.integers(0, 256, (9, 14))
    add("global.gif", (14, 9), (0, 0, 14, 9), full, colours=colours)
    add("local.gif", (14, 9), (0, 0, 14, 9), full, colours=colours, local=colours[::-1])
    add("local_short.gif", (14, 9), (0, 0, 14, 9), full % 40, local=colours[:16])
    add("no_palette.gif", (14, 9), (0, 0, 14, 9), full)
    add("ramp.gif", (14, 9), (0, 0, 14, 9), full, colours=[(i, i, i) for i in range(256)])
    add("short_ramp.gif", (14, 9), (0, 0, 14, 9), full, colours=[(i, i, i) for i in range(16)])
    for h in (1, 2, 3, 5, 8, 17):
        add(f"interlaced_{h}.gif", (14, h), (0, 0, 14, h), rng.integers(0, 256, (h, 14)), colours=colours, interlaced=True)
    add("smaller.gif", (20, 15), (3, 2, 14, 9), full, colours=colours)
    add("smaller_transparent.gif", (20, 15), (3, 2, 14, 9), full, colours=colours, transparent=7)
    add("smaller_local.gif", (20, 15), (3, 2, 14, 9), full, colours=colours, local=colours[5:] + colours[:5], transparent=9)
    add("smaller_no_palette.gif", (20, 15), (3, 2, 14, 9), full, transparent=200)
    add("larger.gif", (10, 5), (3, 2, 14, 9), full, colours=colours)
    add("transparent.gif", (14, 9), (0, 0, 14, 9), full, colours=colours, transparent=int(full[2, 2]))
    add("comment.gif", (14, 9), (0, 0, 14, 9), full, colours=colours, comment=True)
    return [(name, None) for name in names]


def pnms(out, rgb, rng):
    found = []

    def add(name, data, right=None):
        (out / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        found.append((name, right))

    picture = Image.fromarray(np.ascontiguousarray(rgb[:23, :31]))
    for mode, ext in (("1", "pbm"), ("L", "pgm"), ("RGB", "ppm")):
        picture.convert(mode).save(out / f"saved.{ext}")
        found.append((f"saved.{ext}", None))
    w, h = 13, 5
    bits = rng.integers(0, 2, (h, w))
    add("bits.pbm", f"P4\n{w} {h}\n".encode() + packed_rows(bits, 1, 1))
    add("plain_bits.pbm", f"P1\n# a comment\n{w} {h}\n" + "\n".join("".join(map(str, r)) for r in bits) + "\n")
    add("plain_bits_apart.pbm", f"P1 {w} {h} " + " ".join(map(str, bits.ravel())) + " # the end\n")
    for most in (1, 2, 3, 5, 7, 15, 31, 100, 127, 254, 255):
        grey, colour = rng.integers(0, most + 1, (h, w)), rng.integers(0, most + 1, (h, w * 3))
        add(f"grey_{most}.pgm", f"P5\n{w} {h}\n{most}\n".encode() + grey.astype(np.uint8).tobytes())
        add(f"colour_{most}.ppm", f"P6 {w}\t{h}\n#c\n{most} ".encode() + colour.astype(np.uint8).tobytes())
        add(f"plain_grey_{most}.pgm", f"P2\n{w} {h}\n{most}\n" + " ".join(map(str, grey.ravel())))
        add(f"plain_colour_{most}.ppm", f"P3\n#x\n{w}\n{h}\n#y\n{most}\n" + "\n".join(map(str, colour.ravel())) + "\n#z")
    add("grey_too_much.pgm", f"P5\n{w} {h}\n100\n".encode() + rng.bytes(w * h))
    for most in (256, 1000, 4095, 65535):
        colour = rng.integers(0, most + 1, (h, w * 3))
        add(f"colour_{most}.ppm", f"P6\n{w} {h}\n{most}\n".encode() + colour.astype(">u2").tobytes())
        add(f"plain_colour_{most}.ppm", f"P3\n{w} {h}\n{most}\n" + " ".join(map(str, colour.ravel())))
        grey = rng.integers(0, most + 1, (h, w))
        grey[0, 0] = most
        right = scaled(grey, most)
        add(f"grey_{most}.pgm", f"P5\n{w} {h}\n{most}\n".encode() + grey.astype(">u2").tobytes(), right)
        add(f"plain_grey_{most}.pgm", f"P2\n{w} {h}\n{most}\n" + " ".join(map(str, grey.ravel())), right)
    for most in (255, 4095, 4096):
        grey = rng.integers(0, most + 1, (h, w))
        grey[0, 0] = most
        add(f"grey_{most}_of_65535.pgm", f"P5\n{w} {h}\n65535\n".encode() + grey.astype(">u2").tobytes(), scaled(grey))
    return found


def deep_pngs(out, rng):
    """16-bit grey PNGs, also with significant bits."""
    found = []

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def add(name, values, right, extra=b""):
        h, w = values.shape
        body = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        (out / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, 0, 0, 0, 0)) + extra
                                 + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b""))
        found.append((name, right))

    for most in (40, 255, 256, 700, 4095, 4096, 30000, 65535):
        values = rng.integers(0, most + 1, (24, 31))
        values[5, 5] = most
        add(f"deep_{most}.png", values, scaled(values))
    for bits in (10, 12, 14):
        values = rng.integers(0, 1 << bits, (24, 31))
        values[5, 5] = (1 << bits) - 1
        mark = chunk(b"sBIT", bytes([bits]))
        add(f"deep_significant_{bits}.png", values, scaled(values, (1 << bits) - 1), mark)
        high = values << (16 - bits) | values >> (2 * bits - 16)
        add(f"deep_significant_high_{bits}.png", high, scaled(high, 65535), mark)
    return found


def write(out, rgb):
    rng = np.random.default_rng(13)
    picture = Image.fromarray(np.ascontiguousarray(rgb[:40, :50]))
    clear = picture.copy()
    clear.putalpha(Image.fromarray(rng.integers(0, 2, (40, 50), dtype=np.uint8) * 255))
    others = [picture.rotate(40 * i) for i in (1, 2)]
    picture.save(out / "animated.webp", save_all=True, append_images=others, lossless=True)
    clear.save(out / "animated_clear.webp", save_all=True, append_images=others, lossless=True)
    picture.save(out / "animated_lossy.webp", save_all=True, append_images=others, quality=70)
    found = [(f"animated{k}.webp", None) for k in ("", "_clear", "_lossy")]
    return found + bmps(out, rgb, rng) + tiffs(out, rgb, rng) + gifs(out, rgb, rng) + pnms(out, rgb, rng) + deep_pngs(out, rng)
