const search = document.querySelector("#search");
const entries = document.querySelectorAll("#breads li");

search.addEventListener("input", () => {
  const word = search.value.toLowerCase();
  for (const entry of entries) {
    entry.hidden = !entry.textContent.toLowerCase().includes(word);
  }
});
