const output = document.querySelector("#count");
const button = document.querySelector("#more");

let count = 0;

button.addEventListener("click", () => {
  count += 1;
  output.textContent = count;
});
