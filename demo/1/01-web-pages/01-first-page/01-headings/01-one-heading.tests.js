// @test one-h1: The page has exactly one `h1`.
assert.lengthOf(document.querySelectorAll("h1"), 1);

// @test its-text weight=2: The `h1` says `Bread for beginners`.
const heading = document.querySelector("h1");
assert.exists(heading, "There is no h1 yet.");
assert.strictEqual(heading.textContent.trim(), "Bread for beginners");

// @test paragraph-kept hidden: The paragraph below the heading is still there, outside the heading.
const paragraph = document.querySelector("p");
assert.exists(paragraph, "The paragraph is gone.");
assert.include(paragraph.textContent, "Flour, water, salt");
assert.isNull(paragraph.closest("h1"));
