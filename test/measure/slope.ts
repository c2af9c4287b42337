/** Least-squares slope of evenly spaced samples, as percent of their mean over the whole stretch. 0 for fewer than two samples. */
export function slopePercent(samples: readonly number[]): number {
  const n = samples.length
  if (n < 2) return 0
  const meanX = (n - 1) / 2
  const meanY = samples.reduce((a, b) => a + b, 0) / n
  let covariance = 0
  let variance = 0
  samples.forEach((y, x) => {
    covariance += (x - meanX) * (y - meanY)
    variance += (x - meanX) ** 2
  })
  return ((covariance / variance) * (n - 1) * 100) / meanY
}
