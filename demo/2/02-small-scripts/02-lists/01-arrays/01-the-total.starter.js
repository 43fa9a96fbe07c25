function total(prices) {
  let sum = prices[0];
  return sum;
}
