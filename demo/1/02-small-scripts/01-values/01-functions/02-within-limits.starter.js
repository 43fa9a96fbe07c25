function clamp(value, low, high) {
  return value;
}
