"""Draws the integration's brand images: a battery that is a plug, with a lightning bolt.

The mark is flat vector shapes on a square of 100 units; it is drawn at eight times the size and
scaled down. Icons are square, 256 and 512 pixels; logos are the mark beside the name, trimmed.

Usage: draw_brand.py FOLDER
"""

from pathlib import Path
import sys

from PIL import Image, ImageDraw, ImageFont

SUPERSAMPLING = 8
NAME = ("UPS", "Protocols")
# DejaVu comes with Debian's fonts-dejavu-core; Pillow's own font stands in where it is missing.
FONTS = Path("/usr/share/fonts/truetype/dejavu")

CHARGE = "#18a957"
BOLT = "#ffc21a"
# For a light and for a dark background: the outline and the name.
INKS = {"": "#22313f", "dark_": "#f2f5f7"}
SOFT_INKS = {"": "#5b6b79", "dark_": "#b4c0ca"}

type Point = tuple[float, float]


class Canvas:
    """A transparent picture whose unit is ``scale`` pixels, drawn enlarged and scaled down."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        """Make a canvas of ``width`` x ``height`` units."""
        self.scale = scale * SUPERSAMPLING
        self.size = round(width * scale), round(height * scale)
        enlarged = self.size[0] * SUPERSAMPLING, self.size[1] * SUPERSAMPLING
        self.image = Image.new("RGBA", enlarged)
        self.draw = ImageDraw.Draw(self.image)

    def box(
        self, left: float, top: float, right: float, bottom: float, radius: float, fill: str | int
    ) -> None:
        """Fill a box with round corners; ``0`` as fill cuts a hole."""
        scaled = [value * self.scale for value in (left, top, right, bottom)]
        self.draw.rounded_rectangle(scaled, radius * self.scale, fill)

    def shape(self, points: list[Point], fill: str | int, grow: float = 0) -> None:
        """Fill a polygon, with a round border of ``grow`` units; ``0`` as fill cuts a hole."""
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self.draw.polygon(scaled, fill)
        if grow:
            radius = grow * self.scale
            self.draw.line([*scaled, scaled[0], scaled[1]], fill, round(2 * radius), "curve")
            for x, y in scaled:
                self.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill)

    def text(
        self, left: float, baseline: float, size: float, text: str, fill: str, *, bold: bool
    ) -> None:
        """Write a line."""
        font = load_font(size * self.scale, bold=bold)
        self.draw.text((left * self.scale, baseline * self.scale), text, fill, font, anchor="ls")

    def finish(self) -> Image.Image:
        """Return the picture in its real size."""
        return self.image.resize(self.size, Image.Resampling.LANCZOS)


def load_font(size: float, *, bold: bool) -> ImageFont.FreeTypeFont:
    """Return a font of a size in pixels."""
    file = FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    if file.exists():
        return ImageFont.truetype(file, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise OSError("Pillow was built without FreeType")
    return font


def draw_mark(canvas: Canvas, ink: str) -> None:
    """Draw the mark into the left top square of 100 units."""
    # a battery that is a plug: two prongs, a body, a cord
    for left in (31, 59):
        canvas.box(left, 2, left + 10, 24, 4, ink)
    canvas.box(45, 76, 55, 98, 4, ink)
    canvas.box(14, 15, 86, 88, 17, ink)
    canvas.box(22, 23, 78, 80, 9, 0)
    canvas.box(26, 27, 74, 76, 5.5, CHARGE)
    # the bolt, with a gap around it so that it reads on the charge
    bolt: list[Point] = [(55, 34), (37, 54), (48, 54), (45, 69), (63, 48), (52, 48)]
    canvas.shape(bolt, 0, grow=4.2)
    canvas.shape(bolt, BOLT, grow=1.2)


def draw_icon(prefix: str, pixels: int) -> Image.Image:
    """Draw the icon for a background."""
    canvas = Canvas(100, 100, pixels / 100)
    draw_mark(canvas, INKS[prefix])
    return canvas.finish()


def draw_logo(prefix: str, pixels: int) -> Image.Image:
    """Draw the logo, ``pixels`` high, for a background."""
    canvas = Canvas(420, 100, pixels / 100)
    draw_mark(canvas, INKS[prefix])
    canvas.text(102, 53, 52, NAME[0], INKS[prefix], bold=True)
    canvas.text(103, 92, 33.5, NAME[1], SOFT_INKS[prefix], bold=False)
    logo = canvas.finish()
    left, _, right, _ = logo.getbbox() or (0, 0, *logo.size)
    return logo.crop((left, 0, right, logo.height))


def main() -> None:
    """Draw all images into the folder named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: draw_brand.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for prefix in INKS:
        for suffix, factor in {"": 1, "@2x": 2}.items():
            draw_icon(prefix, 256 * factor).save(
                folder / f"{prefix}icon{suffix}.png", optimize=True
            )
            draw_logo(prefix, 128 * factor).save(
                folder / f"{prefix}logo{suffix}.png", optimize=True
            )


if __name__ == "__main__":
    main()
