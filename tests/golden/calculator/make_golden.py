#!/usr/bin/env python3
"""Makes expressions.tsv and units.tsv, the values that the calculator is compared with. Needs pint (0.25.3 was used).

    python3 tests/golden/calculator/make_golden.py

expressions.tsv: expression, value to 34 significant digits (half to even). Python evaluates the same tree with
fractions.Fraction; roots come from decimal with 60 digits. units.tsv: quantity, unit, value to 12 digits, by pint with
Fraction numbers where its definitions allow, else with decimals.
"""

import random
from decimal import Context, Decimal, ROUND_HALF_EVEN
from fractions import Fraction
from pathlib import Path

import pint

HERE = Path(__file__).parent
WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN, Emax=999999, Emin=-999999)


def digits_text(value, digits):
    """As Digits::text: plain from 1e-15 to 1e40, otherwise one digit before the point and e+N."""
    if isinstance(value, Fraction):
        context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=999999, Emin=-999999)
        value = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    else:
        value = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(value)
    if value == 0:
        return "0"
    sign, figures, _ = value.as_tuple()
    point = value.adjusted() + 1
    text = "".join(map(str, figures)).rstrip("0")
    minus = "-" if sign else ""
    if point > 40 or point < -14:
        body = text[0] + ("." + text[1:] if len(text) > 1 else "")
        return f"{minus}{body}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    if point <= 0:
        return minus + "0." + "0" * -point + text
    if point >= len(text):
        return minus + text + "0" * (point - len(text))
    return minus + text[:point] + "." + text[point:]


class Maker:
    """Random expressions: (text, value, rank), rank 0 sum, 1 product, 2 power, 3 atom."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def atom(self):
        whole = self.random.choice([self.random.randint(0, 12), self.random.randint(0, 99999)])
        if self.random.random() < 0.5:
            return str(whole), Fraction(whole), 3
        decimals = "".join(self.random.choice("0123456789") for _ in range(self.random.randint(1, 4)))
        return f"{whole}.{decimals}", Fraction(f"{whole}.{decimals}"), 3

    def wrapped(self, part, rank):
        return part[0] if part[2] >= rank else f"({part[0]})"

    def tree(self, depth):
        if depth == 0 or self.random.random() < 0.15:
            return self.atom()
        left, right = self.tree(depth - 1), self.tree(depth - 1)
        kind = self.random.choice("++--**//^%m!")
        if kind in "+-":
            text = f"{self.wrapped(left, 0)} {kind} {self.wrapped(right, 1)}"
            return text, left[1] + right[1] if kind == "+" else left[1] - right[1], 0
        if kind == "*":
            return f"{self.wrapped(left, 1)} * {self.wrapped(right, 2)}", left[1] * right[1], 1
        if kind == "/" and right[1] != 0:
            return f"{self.wrapped(left, 1)} / {self.wrapped(right, 2)}", left[1] / right[1], 1
        if kind == "m" and right[1] != 0:
            return f"{self.wrapped(left, 1)} mod {self.wrapped(right, 2)}", left[1] % right[1], 1
        if kind == "%":
            percent = self.random.randint(1, 99)
            return f"{percent}% of {self.wrapped(right, 2)}", Fraction(percent, 100) * right[1], 1
        if kind == "^" and left[1] != 0:
            exponent = self.random.randint(-3, 7)
            return f"{self.wrapped(left, 3)}^{exponent}", left[1] ** exponent, 2
        if kind == "!":
            n = self.random.randint(0, 30)
            product = 1
            for factor in range(2, n + 1):
                product *= factor
            return f"{n}!", Fraction(product), 3
        return left


def expressions():
    maker = Maker(20261123)
    rows = {}
    while len(rows) < 600:
        text, value, _ = maker.tree(maker.random.randint(1, 4))
        if len(text) > 3 and len(text) < 200:
            rows[text] = digits_text(value, 34)
    for _ in range(60):
        text, value, _ = maker.atom()
        degree = maker.random.choice([2, 2, 3])
        root = WIDE.power(Decimal(text), WIDE.divide(Decimal(1), Decimal(degree))) if degree == 3 \
            else Decimal(text).sqrt(WIDE)
        rows[f"{'sqrt' if degree == 2 else 'cbrt'}({text})"] = digits_text(root, 34)
    return rows


# name for the calculator, name for pint
UNITS = {
    "length": [("metres", "meter"), ("km", "kilometer"), ("cm", "centimeter"), ("mm", "millimeter"), ("inches", "inch"),
               ("feet", "foot"), ("yards", "yard"), ("miles", "mile"), ("nautical miles", "nautical_mile"),
               ("light years", "light_year"), ("microns", "micron")],
    "mass": [("kg", "kilogram"), ("g", "gram"), ("mg", "milligram"), ("tonnes", "metric_ton"), ("pounds", "pound"),
             ("ounces", "ounce"), ("stone", "stone"), ("troy ounces", "troy_ounce"), ("short tons", "short_ton"),
             ("long tons", "long_ton"), ("carats", "carat")],
    "temperature": [("C", "degC"), ("F", "degF"), ("kelvin", "kelvin")],
    "area": [("square metres", "meter**2"), ("km2", "kilometer**2"), ("hectares", "hectare"),
             ("square feet", "foot**2"), ("square inches", "inch**2"), ("square miles", "mile**2"),
             ("square yards", "yard**2")],
    "volume": [("litres", "liter"), ("ml", "milliliter"), ("cubic metres", "meter**3"), ("cubic feet", "foot**3"),
               ("teaspoons", "teaspoon"), ("tablespoons", "tablespoon"), ("fluid ounces", "fluid_ounce"),
               ("cups", "cup"), ("pints", "pint"), ("quarts", "quart"), ("gallons", "gallon"),
               ("imperial pints", "imperial_pint"), ("imperial gallons", "imperial_gallon"), ("barrels", "oil_barrel")],
    "time": [("seconds", "second"), ("minutes", "minute"), ("hours", "hour"), ("days", "day"), ("weeks", "week"),
             ("fortnights", "fortnight"), ("months", "month"), ("years", "year")],
    "data": [("bits", "bit"), ("bytes", "byte"), ("kB", "kilobyte"), ("MB", "megabyte"), ("GB", "gigabyte"),
             ("KiB", "kibibyte"), ("MiB", "mebibyte"), ("GiB", "gibibyte"), ("Mb", "megabit")],
    "energy": [("joules", "joule"), ("kJ", "kilojoule"), ("calories", "calorie"), ("kcal", "kilocalorie"),
               ("kWh", "kilowatt_hour"), ("electronvolts", "electron_volt")],
    "power": [("watts", "watt"), ("kW", "kilowatt"), ("metric horsepower", "metric_horsepower")],
    "pressure": [("pascals", "pascal"), ("kPa", "kilopascal"), ("bar", "bar"), ("millibars", "millibar"),
                 ("atmospheres", "atmosphere"), ("torr", "torr"), ("psi", "psi")],
    "angle": [("degrees", "degree"), ("turns", "turn"), ("gradians", "grade"), ("arc minutes", "arcminute"),
              ("arc seconds", "arcsecond"), ("radians", "radian")],
    "speed": [("m/s", "meter/second"), ("km/h", "kilometer/hour"), ("mph", "mile/hour"), ("knots", "knot"),
              ("feet per second", "foot/second")],
}


def units():
    registry = pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)
    chooser = random.Random(5)
    rows = []
    for names in UNITS.values():
        for ours, theirs in names:
            for other, their_other in chooser.sample(names, min(len(names), 5)):
                if other == ours:
                    continue
                amount = Decimal(chooser.choice(["1", "2.5", "37", "100", "0.75", "12345.678"]))
                value = registry.Quantity(amount, theirs).to(their_other).magnitude
                rows.append((f"{amount} {ours}", other, digits_text(Decimal(value), 12)))
    return rows


def main():
    with open(HERE / "expressions.tsv", "w", encoding="ascii") as out:
        for text, value in expressions().items():
            out.write(f"{text}\t{value}\n")
    with open(HERE / "units.tsv", "w", encoding="ascii") as out:
        for row in units():
            out.write("\t".join(row) + "\n")


if __name__ == "__main__":
    main()
