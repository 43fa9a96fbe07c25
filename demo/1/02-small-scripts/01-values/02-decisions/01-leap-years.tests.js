// @test fourth: 2024 is a leap year, 2023 and 2026 are not.
assert.isTrue(isLeapYear(2024));
assert.isFalse(isLeapYear(2023));
assert.isFalse(isLeapYear(2026));

// @test centuries weight=2: 2100 is no leap year.
assert.isFalse(isLeapYear(2100));

// @test four-hundred: 2000 is a leap year.
assert.isTrue(isLeapYear(2000));
