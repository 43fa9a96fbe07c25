// @test contrast weight=2: The text reaches a contrast of 4.5 on the background.
const luminance = (colour) => {
  const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const text = luminance(getComputedStyle(document.querySelector("p")).color);
const ground = luminance(getComputedStyle(document.body).backgroundColor);
const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
assert.isAtLeast(contrast, 4.5, "The contrast is too low.");

// @test line-height: The lines are one and a half times as high as the text.
const style = getComputedStyle(document.querySelector("p"));
assert.closeTo(parseFloat(style.lineHeight) / parseFloat(style.fontSize), 1.5, 0.01);

// @test ground-kept hidden: The background is the old one.
assert.strictEqual(getComputedStyle(document.body).backgroundColor, "rgb(244, 241, 234)");
