const output = document.querySelector("#count");
const button = document.querySelector("#more");
