// @test one: The total of one price is that price.
assert.strictEqual(total([7]), 7);

// @test three weight=2: `total([2, 3, 4])` returns 9.
assert.strictEqual(total([2, 3, 4]), 9);

// @test more hidden: Longer lists and negative numbers are summed up as well.
assert.strictEqual(total([10, -4, 0, 1, 1, 3]), 11);
