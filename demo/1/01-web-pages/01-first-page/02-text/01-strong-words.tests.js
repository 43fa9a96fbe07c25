// @test two-paragraphs: There are two paragraphs, one for each sentence.
const texts = [...document.querySelectorAll("p")].map((p) => p.textContent.replace(/\s+/g, " ").trim());
assert.deepEqual(texts, ["The oven gets very hot.", "Put on the gloves before you open the door."]);

// @test strong: The words `very hot` are in a `strong` element inside a paragraph.
const strong = document.querySelector("p strong");
assert.exists(strong, "There is no strong element in a paragraph.");
assert.strictEqual(strong.textContent.trim(), "very hot");

// @test em: The word `before` is in an `em` element inside a paragraph.
const em = document.querySelector("p em");
assert.exists(em, "There is no em element in a paragraph.");
assert.strictEqual(em.textContent.trim(), "before");

// @test no-others hidden: Nothing else is marked.
assert.lengthOf(document.querySelectorAll("strong, em, b, i"), 2);
