function greeting(name) {
  return "Hello!";
}
