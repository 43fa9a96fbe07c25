// @test padding: The padding is 20 pixels on all sides.
assert.strictEqual(getComputedStyle(document.querySelector(".notice")).padding, "20px");

// @test border: The border is solid and 4 pixels wide on all sides.
const style = getComputedStyle(document.querySelector(".notice"));
assert.strictEqual(style.borderStyle, "solid");
assert.strictEqual(style.borderWidth, "4px");

// @test width weight=2: The notice is 300 pixels wide, border included.
assert.strictEqual(document.querySelector(".notice").offsetWidth, 300);

// @test by-sizing hidden: The width follows from `box-sizing`, not from a smaller number.
const style = getComputedStyle(document.querySelector(".notice"));
assert.strictEqual(style.boxSizing, "border-box");
assert.strictEqual(style.width, "300px");
