"""Pictures for the data cases: the solar cells of elpv-dataset as they are (300 x 300, grey, PNG), and JPEG photographs of
500 x 375 in colour, each made of three of them.   usage: pictures.py FOLDER

FOLDER/png/cells/*.png and FOLDER/jpeg/cells/*.jpg: one class folder each, as all contenders read.
"""

import importlib.util
import pathlib
import shutil
import sys

from PIL import Image

COUNT = 960

folder = pathlib.Path(sys.argv[1])
found = importlib.util.find_spec("elpv_dataset")
cells = sorted((pathlib.Path(found.origin).parent / "data" / "images").glob("*.png"))[:COUNT]
for kind in ("png", "jpeg"):
    (folder / kind / "cells").mkdir(parents=True, exist_ok=True)
for i, cell in enumerate(cells):
    shutil.copyfile(cell, folder / "png" / "cells" / cell.name)
    channels = [
        Image.open(cells[(i + shift) % len(cells)]).convert("L").resize((500, 375), Image.BICUBIC) for shift in (0, 7, 31)
    ]
    Image.merge("RGB", channels).save(folder / "jpeg" / "cells" / f"{cell.stem}.jpg", quality=90)
(folder / "done").touch()
