/** Lines of a long command: what is done, and when. */
const started = performance.now()

export type Say = (line: string) => void

export const say: Say = line => {
  const seconds = (performance.now() - started) / 1000
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${line}`)
}
