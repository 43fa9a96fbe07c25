// @test caption: The caption of the table is `Opening hours`.
const caption = document.querySelector("table").caption;
assert.exists(caption, "The table has no caption.");
assert.strictEqual(caption.textContent.trim(), "Opening hours");

// @test columns: The three columns have headings with the scope `col`, in a `thead`.
const headings = [...document.querySelectorAll("thead th[scope=col]")].map((cell) => cell.textContent.trim());
assert.deepEqual(headings, ["Day", "Opens", "Closes"]);

// @test rows: The two rows have headings with the scope `row`, in a `tbody`.
const headings = [...document.querySelectorAll("tbody th[scope=row]")].map((cell) => cell.textContent.trim());
assert.deepEqual(headings, ["Saturday", "Sunday"]);

// @test times hidden: The four times are still data, in their places.
const times = [...document.querySelectorAll("tbody td")].map((cell) => cell.textContent.trim());
assert.deepEqual(times, ["6:00", "13:00", "7:00", "11:00"]);
