function longest(words) {
  let result = words[0];
  for (const word of words) {
    if (word.length > result.length) {
      result = word;
    }
  }
  return result;
}
