# Recto: documents to text with vision-language models
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws memory against pages."""

import math

WIDTH, HEIGHT = 760, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 40, 40, 50
COLOURS = '#1a5fb4', '#e5a50a', '#26a269', '#c64600', '#613583'
MB = 1000000
FIRST_PAGE = 10


def step_of(highest):
    """The distance of lines that makes some five of them."""
    power = 10 ** math.floor(math.log10(highest / 5))
    return next(power * n for n in (1, 2, 5, 10)
                if highest / (power * n) <= 6)


class Axes:
    def __init__(self, results):
        points = [point for result in results for point in result['curve']]
        self.first = math.log10(FIRST_PAGE)
        self.last = math.log10(max(point[0] for point in points))
        highest = max(point[1] for point in points) / MB
        self.step = step_of(highest)
        self.top = math.ceil(highest / self.step) * self.step

    def x(self, pages):
        part = (math.log10(pages) - self.first) / (self.last - self.first)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, megabytes):
        part = megabytes / self.top
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)

    def draw(self):
        for i in range(round(self.top / self.step) + 1):
            value = i * self.step
            yield (f'<path class="grid" d="M{LEFT},{self.y(value):.1f}'
                   f'H{WIDTH - RIGHT}"/>')
            yield (f'<text x="{LEFT - 8}" y="{self.y(value) + 4:.1f}"'
                   f' text-anchor="end">{value:g} MB</text>')
        for power in range(math.ceil(self.first), math.floor(self.last) + 1):
            yield (f'<text x="{self.x(10 ** power):.1f}"'
                   f' y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">'
                   f'{10 ** power:,}</text>')
        yield (f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}"'
               f' text-anchor="middle">pages read</text>')


def draw_curve(axes, curve, colour):
    points = ' '.join(f'{axes.x(pages):.1f},{axes.y(used / MB):.1f}'
                      for pages, used in curve if pages >= FIRST_PAGE)
    return f'<polyline points="{points}" stroke="{colour}"/>'


def legend(results):
    """Above the plot, where no curve is."""
    step = (WIDTH - LEFT - RIGHT) / len(COLOURS)
    for i, (result, colour) in enumerate(zip(results, COLOURS)):
        x = LEFT + step * i
        yield (f'<path d="M{x:.1f},16h16" stroke="{colour}"/>'
               f'<text x="{x + 22:.1f}" y="20">{result["name"]}</text>')


def plot(results):
    axes = Axes(results)
    return '\n'.join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH}'
        f' {HEIGHT}" font-family="sans-serif" font-size="12">',
        '<style>path,polyline{fill:none;stroke-width:1.5}'
        '.grid{stroke:#ddd;stroke-width:1}</style>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *axes.draw(),
        *(draw_curve(axes, result['curve'], colour)
          for result, colour in zip(results, COLOURS)),
        *legend(results), '</svg>', ''])
