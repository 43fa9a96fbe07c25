// @test address weight=2: There is one link, and it leads to `https://example.org/sourdough`.
const links = document.querySelectorAll("a");
assert.lengthOf(links, 1);
assert.strictEqual(links[0].getAttribute("href"), "https://example.org/sourdough");

// @test link-text: The text of the link is `history of sourdough`.
const link = document.querySelector("a");
assert.exists(link, "There is no link yet.");
assert.strictEqual(link.textContent.trim(), "history of sourdough");
