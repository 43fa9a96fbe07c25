const toggle = document.querySelector("#toggle");
const recipe = document.querySelector("#recipe");

toggle.addEventListener("click", () => {
  recipe.hidden = false;
});
