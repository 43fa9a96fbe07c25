const toggle = document.querySelector("#toggle");
const recipe = document.querySelector("#recipe");

toggle.addEventListener("click", () => {
  recipe.hidden = !recipe.hidden;
  toggle.setAttribute("aria-expanded", String(!recipe.hidden));
});
