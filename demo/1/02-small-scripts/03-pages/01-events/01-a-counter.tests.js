// @test shows-number: The `output` shows a number.
assert.match(document.querySelector("#count").textContent.trim(), /^\d+$/);

// @test one-click: A click raises the number by one.
const output = document.querySelector("#count");
const before = Number(output.textContent);
document.querySelector("#more").click();
assert.strictEqual(Number(output.textContent), before + 1);

// @test more-clicks weight=2 hidden: Twelve clicks raise it by twelve.
const output = document.querySelector("#count");
const before = Number(output.textContent);
for (let click = 0; click < 12; click += 1) {
  document.querySelector("#more").click();
}
assert.strictEqual(Number(output.textContent), before + 12);
