// @test class: The two new breads have the class `new`.
const breads = [...document.querySelectorAll("li.new")].map((bread) => bread.textContent.trim());
assert.deepEqual(breads, ["Walnut bread", "Onion bread"]);

// @test look: New breads are bold and dark green.
const breads = document.querySelectorAll("li.new");
assert.isNotEmpty(breads, "No bread has the class new.");
for (const bread of breads) {
  assert.strictEqual(getComputedStyle(bread).color, "rgb(0, 100, 0)");
  assert.strictEqual(getComputedStyle(bread).fontWeight, "700");
}

// @test others: The other breads look as before.
for (const bread of document.querySelectorAll("li:not(.new)")) {
  assert.strictEqual(getComputedStyle(bread).color, "rgb(0, 0, 0)");
  assert.strictEqual(getComputedStyle(bread).fontWeight, "400");
}

// @test any-element hidden: The rule works by the class and not by the place in the list.
const probe = document.createElement("li");
probe.className = "new";
document.querySelector("ul").prepend(probe);
const { color } = getComputedStyle(probe);
probe.remove();
assert.strictEqual(color, "rgb(0, 100, 0)");
