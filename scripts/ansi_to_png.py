#!/usr/bin/env python3
"""ansi_to_png.py COLUMNS ROWS FOLDER FILE.ansi…: draws captured terminal screens cell by cell; film-*.ansi become film.gif."""
import pathlib
import sys

import pyte
from PIL import Image, ImageDraw, ImageFont

columns, rows, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
FONTS = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"
REGULAR, BOLD = (ImageFont.truetype(FONTS + end, 16) for end in (".ttf", "-Bold.ttf"))
WIDTH, HEIGHT, EDGE = round(REGULAR.getlength("M")), sum(REGULAR.getmetrics()), 14
TEXT, GROUND = "#d8dee9", "#14171f"
NAMED = {
    "black": "#2b303b", "red": "#e07a7a", "green": "#9cc48a", "brown": "#e8c47c", "blue": "#7fa7e0",
    "magenta": "#c39be0", "cyan": "#74c7d4", "white": "#d8dee9", "brightblack": "#717a8c", "brightred": "#f08c8c",
    "brightgreen": "#b3dba0", "brightbrown": "#f5d590", "brightblue": "#9cc0f5", "brightcyan": "#93dfe9",
}


def colour(name, default):
    return default if name == "default" else NAMED.get(name, "#" + name)


def draw(path):
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed("\r\n".join(path.read_text(encoding="utf8").rstrip("\n").split("\n")))
    image = Image.new("RGB", (columns * WIDTH + 2 * EDGE, rows * HEIGHT + 2 * EDGE), GROUND)
    pen = ImageDraw.Draw(image)
    for y in range(rows):
        for x in range(columns):
            cell = screen.buffer[y][x]
            ink, paper = colour(cell.fg, TEXT), colour(cell.bg, GROUND)
            left, top = EDGE + x * WIDTH, EDGE + y * HEIGHT
            if paper != GROUND:
                pen.rectangle((left, top, left + WIDTH - 1, top + HEIGHT - 1), fill=paper)
            if cell.data.strip():
                pen.text((left, top), cell.data, font=BOLD if cell.bold else REGULAR, fill=ink)
    return image


film = []
for path in map(pathlib.Path, sys.argv[4:]):
    image = draw(path)
    if path.stem.startswith("film-"):
        film.append(image.resize((image.width * 3 // 4, image.height * 3 // 4)).quantize(64))
    else:
        image.save(folder / (path.stem + ".png"), optimize=True)
if film:
    film[0].save(folder / "film.gif", save_all=True, append_images=film[1:], duration=500, loop=0, optimize=True)
