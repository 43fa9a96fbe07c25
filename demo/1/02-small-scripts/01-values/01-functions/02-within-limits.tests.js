// @test inside: A value between the limits comes back as it is.
assert.strictEqual(clamp(180, 50, 250), 180);

// @test low: `clamp(20, 50, 250)` returns 50.
assert.strictEqual(clamp(20, 50, 250), 50);

// @test high: `clamp(900, 50, 250)` returns 250.
assert.strictEqual(clamp(900, 50, 250), 250);

// @test other-limits weight=2 hidden: Other limits work too, below zero and on the very limit.
assert.strictEqual(clamp(-30, -18, 4), -18);
assert.strictEqual(clamp(7, -18, 4), 4);
assert.strictEqual(clamp(4, -18, 4), 4);
assert.strictEqual(clamp(0, -18, 4), 0);
