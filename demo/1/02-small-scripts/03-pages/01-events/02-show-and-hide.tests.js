// @test changes weight=2: Every click shows or hides the recipe.
const recipe = document.querySelector("#recipe");
for (let click = 0; click < 4; click += 1) {
  const before = recipe.hidden;
  document.querySelector("#toggle").click();
  assert.strictEqual(recipe.hidden, !before, "The click changed nothing.");
}

// @test says-so: After every click the button says whether the recipe is visible.
const toggle = document.querySelector("#toggle");
for (let click = 0; click < 4; click += 1) {
  toggle.click();
  const visible = !document.querySelector("#recipe").hidden;
  assert.strictEqual(toggle.getAttribute("aria-expanded"), String(visible));
}

// @test together hidden: The page opens with the recipe hidden, and the button agrees.
const [, tag] = code.match(/<p([^>]*)>/);
assert.match(tag, /\bhidden\b/);
assert.match(code, /aria-expanded="?false/);
