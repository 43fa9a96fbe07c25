// @test text: `greeting` returns text.
assert.isString(greeting("Ada"));

// @test ada: `greeting("Ada")` returns `Hello, Ada!`
assert.strictEqual(greeting("Ada"), "Hello, Ada!");

// @test other-names weight=2 hidden: It greets other people too.
assert.strictEqual(greeting("Grace"), "Hello, Grace!");
assert.strictEqual(greeting("Mary Ann"), "Hello, Mary Ann!");
