// @test loaf: The loaf is described.
assert.strictEqual(document.querySelector("#loaf").getAttribute("alt"), "A round loaf with a dark crust");

// @test ornament weight=2: The ornament has an `alt`, and it is empty.
const ornament = document.querySelector("#ornament");
assert.isTrue(ornament.hasAttribute("alt"), "The ornament has no alt at all.");
assert.strictEqual(ornament.getAttribute("alt"), "");

// @test figure: The loaf and its caption are in one `figure`.
const figure = document.querySelector("#loaf").closest("figure");
assert.exists(figure, "The loaf is not in a figure.");
const caption = figure.querySelector("figcaption");
assert.exists(caption, "The figure has no figcaption.");
assert.strictEqual(caption.textContent.trim(), "The first loaf of the year.");

// @test ornament-outside hidden: The ornament is not part of the figure.
assert.lengthOf(document.querySelectorAll("figure"), 1);
assert.isNull(document.querySelector("#ornament").closest("figure"));
