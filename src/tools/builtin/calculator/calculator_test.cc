#include "tools/builtin/calculator/calculator.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tools/builtin/calculator/calculate.h"
#include "tools/builtin/calculator/units.h"

namespace favilla {
namespace {

// What a person reads, or the error.
std::string said(std::string_view expression) {
  const Result<Calculated> number = calculate(expression);
  return number ? say_number(*number).text : number.error().message;
}

std::string converted(std::string_view quantity, std::string_view to) {
  const Result<Converted> result = convert(quantity, to);
  return result ? result->from + " = " + result->text : result.error().message;
}

TEST(Calculate, DecimalsAreExact) {
  EXPECT_EQ(said("0.1 + 0.2"), "0.3");
  EXPECT_EQ(said("1.1 * 1.1 * 1.1"), "1.331");
  EXPECT_EQ(said("1e-3 + 1"), "1.001");
  EXPECT_EQ(said("1/3*3"), "1");
  EXPECT_EQ(said("2/3"), "0.6666666667");
  EXPECT_EQ(number_text(*calculate("2/3")), "0.6666666666666666666666666666666667");
  EXPECT_EQ(said("1,234,567.5 * 2"), "2,469,135");
  EXPECT_EQ(said("10^30"), "1 x 10^30");
  EXPECT_EQ(number_text(*calculate("10^30")), "1" + std::string(30, '0'));
}

TEST(Calculate, OperatorsBindAsInSchool) {
  EXPECT_EQ(said("2 + 3 * 4"), "14");
  EXPECT_EQ(said("(2 + 3) * 4"), "20");
  EXPECT_EQ(said("-2^2"), "-4");
  EXPECT_EQ(said("2^3^2"), "512");
  EXPECT_EQ(said("2^-2"), "0.25");
  EXPECT_EQ(said("-7 mod 3"), "2");
  EXPECT_EQ(said("10 % 3"), "1");
  EXPECT_EQ(said("5!"), "120");
  EXPECT_EQ(said("2(3+4)"), "14");
  EXPECT_EQ(said("8 - 3 - 2"), "3");
}

TEST(Calculate, PercentagesMeanWhatPeopleMean) {
  EXPECT_EQ(said("20% of 85"), "17");
  EXPECT_EQ(said("85 plus 20%"), "102");
  EXPECT_EQ(said("85 - 20%"), "68");
  EXPECT_EQ(said("20% off 85"), "68");
  EXPECT_EQ(said("15 percent of $48.60"), "7.29");
  EXPECT_EQ(said("5% + 10%"), "0.15");
  EXPECT_EQ(said("50% * 10"), "5");
  EXPECT_EQ(said("20 off 85"), "\"off\" needs a percentage before it, as in \"20% off 85\"");
}

TEST(Calculate, WordsAreNumbersAndOperators) {
  EXPECT_EQ(said("twelve times seven"), "84");
  EXPECT_EQ(said("twenty-one plus a hundred and five"), "126");
  EXPECT_EQ(said("one eighty over six"), "30");
  EXPECT_EQ(said("two fifteen minus five"), "210");
  EXPECT_EQ(said("two million three hundred thousand and six divided by 2"), "1,150,003");
  EXPECT_EQ(said("three point one four times 2"), "6.28");
  EXPECT_EQ(said("half of 90"), "45");
  EXPECT_EQ(said("a third of 90"), "30");
  EXPECT_EQ(said("three quarters of 200"), "150");
  EXPECT_EQ(said("two and a half times 4"), "10");
  EXPECT_EQ(said("twice 21"), "42");
  EXPECT_EQ(said("two dozen plus 1"), "25");
  EXPECT_EQ(said("2.5 million / 5"), "500,000");
  EXPECT_EQ(said("3 to the fourth power"), "81");
  EXPECT_EQ(said("3 to the power of 4"), "81");
  EXPECT_EQ(said("7 squared minus 2 cubed"), "41");
  EXPECT_EQ(said("the square root of 144 plus 9"), "21");
  EXPECT_EQ(said("cube root of 27"), "3");
  EXPECT_EQ(said("factorial of 5"), "120");
}

TEST(Calculate, RootsAreExactWhereTheyCanBe) {
  EXPECT_EQ(said("sqrt(2.25)"), "1.5");
  EXPECT_EQ(said("sqrt 2"), "1.414213562");
  EXPECT_EQ(number_text(*calculate("sqrt 2")), "1.414213562373095048801688724209698");
  EXPECT_EQ(said("27^(2/3)"), "9");
  EXPECT_EQ(said("(-8)^(1/3)"), "-2");
  EXPECT_EQ(said("(-4)^0.5"), "a negative number has no real root of this kind");
}

TEST(Calculate, BracketsAtTheEndsMayBeMissing) {
  EXPECT_EQ(said("3+4)*2"), "14");
  EXPECT_EQ(said("2*(3+4"), "14");
}

TEST(Calculate, WhatHasNoResultIsRefusedPlainly) {
  EXPECT_EQ(said("5 / 0"), "dividing by zero has no result");
  EXPECT_EQ(said("5 mod (2 - 2)"), "dividing by zero has no remainder");
  EXPECT_EQ(said("0^-1"), "zero has no negative power");
  EXPECT_EQ(said("9^9^9^9"), "the result would have more than 10,000 digits");
  EXPECT_EQ(said("9999999!"), "the result would have more than 10,000 digits");
  EXPECT_EQ(said("10^10001"), "the result would have more than 10,000 digits");
  EXPECT_EQ(said("2.5!"), "only whole numbers have a factorial");
  EXPECT_EQ(said("2 +"), "the calculation ends too early");
  EXPECT_EQ(said("2 3"), "two numbers stand side by side: what joins them?");
  EXPECT_EQ(said("3 + bananas"), "\"bananas\" is not part of a calculation I know");
  EXPECT_EQ(said("1,5 + 2"), "\"1,5\" is unclear: write a point before decimals");
  EXPECT_EQ(said("one two plus 3"), "the number \"one two\" is unclear");
  EXPECT_EQ(said("twenty thirty"), "the number \"twenty thirty\" is unclear");
  EXPECT_EQ(said(""), "the calculation ends too early");
  EXPECT_EQ(said(std::string(1000, '(')), "the brackets are nested too deeply");
  EXPECT_EQ(said(std::string(3000, '1')), "the calculation is longer than 2000 characters");
}

TEST(Convert, LengthsMassesAndTheRest) {
  EXPECT_EQ(converted("5 miles", "km"), "5 miles = 8.04672 kilometres");
  EXPECT_EQ(converted("5 feet 11 inches", "cm"), "5 feet 11 inches = 180.34 centimetres");
  EXPECT_EQ(converted("6 ft 2", "metres"), "6 feet 2 inches = 1.8796 metres");
  EXPECT_EQ(converted("5'11\"", "cm"), "5 feet 11 inches = 180.34 centimetres");
  EXPECT_EQ(converted("180 cm", "feet and inches"), "180 centimetres = 5 feet 10.8661 inches");
  EXPECT_EQ(converted("a mile", "yards"), "1 mile = 1,760 yards");
  EXPECT_EQ(converted("half a cup", "ml"), "0.5 cups = 118.294 millilitres");
  EXPECT_EQ(converted("2.5kg", "pounds"), "2.5 kilograms = 5.51156 pounds");
  EXPECT_EQ(converted("3 stone", "kg"), "3 stone = 19.0509 kilograms");
  EXPECT_EQ(converted("1 cup", "ounces"), "1 cup = 8 fluid ounces");
  EXPECT_EQ(converted("16 ounces", "pounds"), "16 ounces = 1 pound");
  EXPECT_EQ(converted("60 mph", "km/h"), "60 miles per hour = 96.56064 kilometres per hour");
  EXPECT_EQ(converted("10 m/s", "feet per minute"), "10 metres per second = 1,968.5 feet per minute");
  EXPECT_EQ(converted("1 GiB", "MB"), "1 gibibyte = 1,073.741824 megabytes");
  EXPECT_EQ(converted("100 Mb", "MB"), "100 megabits = 12.5 megabytes");
  EXPECT_EQ(converted("90 minutes", "hours and minutes"), "90 minutes = 1 hour 30 minutes");
  EXPECT_EQ(converted("180 degrees", "radians"), "180 degrees = 3.14159 radians");
}

TEST(Convert, TemperaturesHaveAnOffset) {
  EXPECT_EQ(converted("100 F", "celsius"), "100 degrees Fahrenheit = 37.7778 degrees Celsius");
  EXPECT_EQ(converted("minus 40 celsius", "fahrenheit"), "-40 degrees Celsius = -40 degrees Fahrenheit");
  EXPECT_EQ(converted("20 degrees celsius", "kelvin"), "20 degrees Celsius = 293.15 kelvin");
}

TEST(Convert, WhatCannotBeConvertedIsSaid) {
  EXPECT_EQ(converted("5 dollars", "euros"), "I have no exchange rates: they change daily, and I work offline");
  EXPECT_EQ(converted("5 km", "kg"),
            "a kilometre measures length and a kilogram measures mass: there is no conversion");
  EXPECT_EQ(converted("this page", "French"), "I know no unit in \"this page\"");
  EXPECT_EQ(converted("5 km", "smoots"), "I do not know the unit \"smoots\"");
}

// Values of Python's fractions and of pint, made by tests/golden/calculator/make_golden.py.
std::vector<std::vector<std::string>> golden_rows(const char* name) {
  std::ifstream file(std::string(FAVILLA_SOURCE_DIR "/tests/golden/calculator/") + name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(fields, field, '\t');) row.push_back(field);
    rows.push_back(row);
  }
  return rows;
}

TEST(Calculate, AgreesWithPythonToTheLastDigit) {
  const auto rows = golden_rows("expressions.tsv");
  ASSERT_GE(rows.size(), 500U);
  for (const auto& row : rows) {
    const Result<Calculated> number = calculate(row[0]);
    ASSERT_TRUE(number) << row[0] << ": " << number.error().message;
    EXPECT_EQ(number->value.rounded(kResultDigits).text(), row[1]) << row[0];
  }
}

TEST(Convert, AgreesWithPintToTwelveDigits) {
  const auto rows = golden_rows("units.tsv");
  ASSERT_GE(rows.size(), 300U);
  for (const auto& row : rows) {
    const Result<Converted> result = convert(row[0], row[1]);
    ASSERT_TRUE(result) << row[0] << " in " << row[1] << ": " << result.error().message;
    EXPECT_EQ(result->value.value.rounded(12).text(), row[2]) << row[0] << " in " << row[1];
  }
}

}  // namespace
}  // namespace favilla
