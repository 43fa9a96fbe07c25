// @test last: It finds the longest word at the end.
assert.strictEqual(longest(["rye", "spelt", "sourdough"]), "sourdough");

// @test middle weight=2: It finds the longest word in the middle and at the beginning.
assert.strictEqual(longest(["rye", "buckwheat", "spelt"]), "buckwheat");
assert.strictEqual(longest(["buckwheat", "rye", "spelt"]), "buckwheat");

// @test draw: Of equally long words the first is returned.
assert.strictEqual(longest(["oat", "rye"]), "oat");

// @test single hidden: One word alone is the longest.
assert.strictEqual(longest(["crumb"]), "crumb");
