// @test fourth: 2024 is a leap year, 2023 and 2026 are not.
assert.isTrue(isLeapYear(2024));
assert.isFalse(isLeapYear(2023));
assert.isFalse(isLeapYear(2026));

// @test centuries weight=2: 2100 is no leap year.
assert.isFalse(isLeapYear(2100));

// @test four-hundred: 2000 is a leap year.
assert.isTrue(isLeapYear(2000));

// @test any-century hidden: The rule holds for every century, not only for those named in the text.
for (const year of [1700, 1800, 1900, 2200, 2300]) {
  assert.isFalse(isLeapYear(year), `${year} has 365 days.`);
}
for (const year of [1600, 2400]) {
  assert.isTrue(isLeapYear(year), `${year} has 366 days.`);
}
