// @test chapters: `Flour` and `Time` are `h2` elements.
const chapters = [...document.querySelectorAll("h2")].map((heading) => heading.textContent.trim());
assert.deepEqual(chapters, ["Flour", "Time"]);

// @test sections: `Rye` and `Spelt` are `h3` elements.
const sections = [...document.querySelectorAll("h3")].map((heading) => heading.textContent.trim());
assert.deepEqual(sections, ["Rye", "Spelt"]);

// @test order hidden: The headings stand in their old order, and none is missing.
const outline = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")];
assert.deepEqual(
  outline.map((heading) => heading.textContent.trim()),
  ["Bread for beginners", "Flour", "Rye", "Spelt", "Time"],
);
assert.lengthOf(document.querySelectorAll("h1"), 1);
