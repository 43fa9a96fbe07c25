function longest(words) {
  let result = words[0];
  for (const word of words) {
    result = word;
  }
  return result;
}
