// @test one-row: The three cards stand at the same height.
const tops = [...document.querySelectorAll(".card")].map((card) => card.offsetTop);
assert.lengthOf(tops, 3);
assert.isTrue(tops.every((top) => top === tops[0]), "The cards are not in one row.");

// @test gap: The cards are 16 pixels apart.
const boxes = [...document.querySelectorAll(".card")].map((card) => card.getBoundingClientRect());
assert.closeTo(boxes[1].left - boxes[0].right, 16, 0.5);
assert.closeTo(boxes[2].left - boxes[1].right, 16, 0.5);

// @test equal weight=2: The cards are equally wide and fill the row.
const boxes = [...document.querySelectorAll(".card")].map((card) => card.getBoundingClientRect());
const row = document.querySelector(".cards").getBoundingClientRect();
for (const box of boxes) {
  assert.closeTo(box.width, (row.width - 32) / 3, 0.5);
}

// @test fourth-card hidden: A fourth card finds room in the same row.
const row = document.querySelector(".cards");
const fourth = row.lastElementChild.cloneNode(true);
row.append(fourth);
const same = fourth.offsetTop === row.firstElementChild.offsetTop;
fourth.remove();
assert.isTrue(same, "The fourth card is not in the row.");
