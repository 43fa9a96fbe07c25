// @test header: The `header` holds the name of the bakery.
const header = document.querySelector("header");
assert.exists(header, "There is no header.");
assert.include(header.textContent, "The village bakery");

// @test nav: The `nav` is inside the `header` and holds both links.
assert.lengthOf(document.querySelectorAll("header nav a"), 2);

// @test main weight=2: There is one `main`, and the heading is in it.
assert.lengthOf(document.querySelectorAll("main"), 1);
assert.exists(document.querySelector("main h1"), "The h1 is not in main.");

// @test footer: The `footer` holds the address.
const footer = document.querySelector("footer");
assert.exists(footer, "There is no footer.");
assert.include(footer.textContent, "Mill Lane 4");

// @test side-by-side hidden: No `div` is left, and `main` holds neither head nor foot.
assert.lengthOf(document.querySelectorAll("div, main header, main footer"), 0);
