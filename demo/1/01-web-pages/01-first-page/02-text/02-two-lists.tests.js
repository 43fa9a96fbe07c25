// @test ingredients: The ingredients are a list without order, of three entries.
const entries = [...document.querySelectorAll("ul > li")].map((entry) => entry.textContent.trim());
assert.deepEqual(entries, ["500 g flour", "350 g water", "10 g salt"]);

// @test steps: The steps are a list with order, of three entries.
const entries = [...document.querySelectorAll("ol > li")].map((entry) => entry.textContent.trim());
assert.deepEqual(entries, ["Mix everything", "Wait until tomorrow", "Bake for 45 minutes"]);

// @test below-headings: Each list stands right below its heading.
const [need, act] = document.querySelectorAll("h2");
assert.strictEqual(need.nextElementSibling.tagName, "UL");
assert.strictEqual(act.nextElementSibling.tagName, "OL");

// @test no-breaks hidden: There are no line breaks left.
assert.lengthOf(document.querySelectorAll("br"), 0);
