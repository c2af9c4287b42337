/** People's phones for `run --simulate`, where agents call somebody on this machine. Loaded only when asked for: a worker carries none. */
import type { SipTrunk } from '#crds/sip-trunk.ts'

export interface People {
  /** Where they are and where somebody else is already, for people. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

const LOOPBACK = /^127\.|^localhost$/
const SIP_PORT = 5060

/** One at each address of this machine that a trunk calls people at. One that is taken is somebody's: they are called. */
export async function startPeople(trunks: readonly SipTrunk[]): Promise<People> {
  const proxies = trunks.flatMap(({ spec }) => spec.sip?.outbound ?? []).filter(({ host }) => LOOPBACK.test(host))
  const places = new Set(
    proxies.map(({ host, port }) => `${host.replace('localhost', '127.0.0.1')}:${port ?? SIP_PORT}`),
  )
  if (places.size === 0) return { lines: [], close: () => Promise.resolve() }
  const { startPerson } = await import('#simulators/caller/person.ts')
  const { callerErrors } = await import('#simulators/caller/errors.ts')
  const lines: string[] = []
  const people: Awaited<ReturnType<typeof startPerson>>[] = []
  for (const place of places) {
    const [address = '', port = ''] = place.split(':')
    try {
      people.push(await startPerson({ address, port: Number(port) }))
      lines.push(`Person:    simulated, at sip:${place}`)
    } catch (error) {
      if ((error as { code?: unknown }).code !== callerErrors.noPort.code) throw error
      lines.push(`Person:    whoever is at sip:${place}, for that port is taken`)
    }
  }
  return { lines, close: async () => void (await Promise.all(people.map(person => person.close()))) }
}
