// @test narrows: With `bread` in the field, only the two breads with that word are visible.
const search = document.querySelector("#search");
search.value = "bread";
search.dispatchEvent(new Event("input", { bubbles: true }));
const visible = [...document.querySelectorAll("#breads li")].filter((entry) => !entry.hidden);
assert.deepEqual(visible.map((entry) => entry.textContent.trim()), ["Rye bread", "Walnut bread"]);

// @test any-case weight=2: Capital and small letters make no difference.
const search = document.querySelector("#search");
for (const word of ["bag", "BAG"]) {
  search.value = word;
  search.dispatchEvent(new Event("input", { bubbles: true }));
  const visible = [...document.querySelectorAll("#breads li")].filter((entry) => !entry.hidden);
  assert.deepEqual(visible.map((entry) => entry.textContent.trim()), ["Baguette"]);
}

// @test empty: An emptied field shows all entries again.
const search = document.querySelector("#search");
for (const word of ["rye", ""]) {
  search.value = word;
  search.dispatchEvent(new Event("input", { bubbles: true }));
}
assert.lengthOf(document.querySelectorAll("#breads li:not([hidden])"), 4);

// @test no-match hidden: A word that occurs nowhere leaves nothing visible.
const search = document.querySelector("#search");
search.value = "pretzel";
search.dispatchEvent(new Event("input", { bubbles: true }));
assert.lengthOf(document.querySelectorAll("#breads li:not([hidden])"), 0);
