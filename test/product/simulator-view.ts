/** What the simulated provider saw and did, over its own HTTP. */
export interface SimItem {
  readonly item: string
  readonly type: string
  readonly role: string | null
  readonly mark: number | null
  readonly audioMs: number
  readonly truncatedMs: number | null
  readonly text: string
}
export interface SimSession {
  readonly id: string
  readonly openedAt: number
  readonly open: boolean
  readonly inputMs: number
  readonly items: readonly SimItem[]
}
export interface SimEvent {
  readonly n: number
  /** CLOCK_MONOTONIC, ms. */
  readonly t: number
  readonly wall: string
  readonly session: string
  readonly dir: 'in' | 'out' | 'sim'
  readonly type: string
  readonly event?: Readonly<Record<string, unknown>>
}

/** Sessions, oldest first. */
export async function sessionsOf(simulatorUrl: string): Promise<SimSession[]> {
  const answer = (await (await fetch(`${simulatorUrl}/_sim/sessions`)).json()) as
    | SimSession[]
    | { sessions: SimSession[] }
  return Array.isArray(answer) ? answer : answer.sessions
}

export async function eventsOf(simulatorUrl: string, after = -1): Promise<SimEvent[]> {
  const text = await (await fetch(`${simulatorUrl}/_sim/log?after=${after}`)).text()
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as SimEvent)
}

/** @throws Error when the simulator refuses the fault */
export async function inject(simulatorUrl: string, fault: Readonly<Record<string, unknown>>): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${simulatorUrl}/_sim/faults`, { method: 'POST', headers, body: JSON.stringify(fault) })
  if (!response.ok) throw new Error(`the simulator refused ${JSON.stringify(fault)}: ${await response.text()}`)
}

/** Wall time of a moment of the simulator's clock, for comparison with a capture. */
export function wallOf(monotonicMs: number): number {
  return Date.now() - (Number(process.hrtime.bigint()) / 1e6 - monotonicMs)
}
