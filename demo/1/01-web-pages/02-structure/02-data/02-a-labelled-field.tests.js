// @test labels weight=2: Each field has a label with its text.
const text = (id) => [...document.getElementById(id).labels].map((label) => label.textContent.trim()).join();
assert.strictEqual(text("name"), "Your name");
assert.strictEqual(text("email"), "Your e-mail address");

// @test email: The second field takes e-mail addresses.
assert.strictEqual(document.getElementById("email").type, "email");

// @test required: Both fields are required.
assert.isTrue(document.getElementById("name").required, "The name is not required.");
assert.isTrue(document.getElementById("email").required, "The e-mail address is not required.");

// @test names-kept hidden: Both fields still have a name, so the form sends them.
assert.strictEqual(document.getElementById("name").name, "name");
assert.strictEqual(document.getElementById("email").name, "email");
