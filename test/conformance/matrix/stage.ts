/** One worker as a user starts it, with an agent for every field of the matrix, each with a simulated provider of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startTwilioSimulator, type TwilioSimulator } from '#simulators/twilio/start.ts'
import { startToolServer, type ToolServer } from '#test/faults/tool-server.ts'
import { MachineWatch } from '#test/measure/machine.ts'
import { BaresipLine } from '#test/phones/baresip-line.ts'
import { HandPhone } from '#test/phones/hand-phone.ts'
import type { PhoneLine, Reached } from '#test/phones/line.ts'
import { freePort } from '#test/phones/process.ts'
import { TwilioLine } from '#test/phones/twilio-line.ts'
import { type RunningWorker, startWorker } from '#test/product/product.ts'
import { type Providers, startProviders } from '#test/product/providers/start.ts'
import { ACCOUNT, AUTH_TOKEN, twilioManifests } from '#test/product/twilio-product.ts'
import { markOf, PERSON_MARK } from '../transfer/stage.ts'
import type { CallerName, Column } from './column.ts'
import type { Provider } from './seen.ts'

export interface Field {
  readonly caller: CallerName
  readonly provider: Provider
  readonly column: Column
  readonly number: string
  /** Of whom its caller may be handed to. */
  readonly desk: string
}

export interface Stage {
  readonly worker: RunningWorker
  readonly machine: MachineWatch
  readonly tool: ToolServer
  /** Who was called over SIP for a field's caller. */
  people(field: Field): Reached[]
  readonly speechURL: string
  readonly fields: readonly Field[]
  providerURL(field: Field): string
  line(caller: CallerName): Promise<PhoneLine>
  close(): Promise<void>
}

export const CALLERS: readonly CallerName[] = ['Sip', 'MediaStream']

const FIRST = 14_155_552_000
const FIRST_DESK = 14_155_559_000
/** Of what is rendered: no item of a session has such a number. */
const FIRST_RENDERED = 1000
/** It rings for so long. */
const RING_MS = 1500
const TRUNKS: Readonly<Record<CallerName, string>> = { Sip: 'matrix-sip', MediaStream: 'matrix-streams' }

/** Where the tool of a field's agent is asked. */
export const toolPath = (number: string): string => `/free/${number.slice(1)}`

export async function openStage(columns: readonly Column[], providers: readonly Provider[]): Promise<Stage> {
  const closers: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { ...(await open(columns, providers, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  columns: readonly Column[],
  providers: readonly Provider[],
  closers: (() => Promise<void> | void)[],
): Promise<Omit<Stage, 'close'>> {
  const fields = CALLERS.flatMap(caller => providers.map(provider => ({ caller, provider })))
    .flatMap(cell => columns.map(column => ({ ...cell, column })))
    .map((field, i): Field => ({ ...field, number: `+${FIRST + i}`, desk: `+${FIRST_DESK + i}` }))
  const tool = await startToolServer()
  closers.push(() => tool.close())
  const simulated = await startProviders([
    ...fields.map(f => ({ kind: f.provider.name, script: f.column.script })),
    { kind: 'OpenAI', script: {}, firstMark: FIRST_RENDERED },
  ])
  closers.push(() => simulated.close())
  const desk = await HandPhone.open()
  desk.called = { status: 200, afterMs: RING_MS, says: markOf(PERSON_MARK) }
  closers.push(() => desk.close())
  const gatewayPort = await freePort()
  const publicURL = `http://127.0.0.1:${gatewayPort}`
  const twilio = await startTwilioSimulator({
    webhookURL: `${publicURL}/carriers/default/${TRUNKS.MediaStream}`,
    accountSid: ACCOUNT,
    authToken: AUTH_TOKEN,
  })
  twilio.plan.person = { then: 'answers', ringMs: RING_MS, says: markOf(PERSON_MARK) }
  closers.push(() => twilio.close())
  const folder = mkdtempSync(join(tmpdir(), 'matrix-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const objects = objectsOf(fields, { tool, simulated, desk, twilio, publicURL })
  writeFileSync(join(folder, 'matrix.yaml'), objects.map(o => stringify(o)).join('---\n'))
  const worker = await startWorker({
    baseURL: 'http://127.0.0.1:9/v1',
    slots: 20,
    run: ['-f', folder, '--gateway-port', String(gatewayPort), '--log-level', 'warn'],
    env: { GEMINI_API_KEY: 'simulated-key-0123456789' },
  })
  closers.push(() => worker.stop())
  const machine = new MachineWatch()
  closers.push(() => machine.close())
  machine.watch(worker.process.pid)
  machine.watch(simulated.process.pid)
  return {
    worker,
    machine,
    tool,
    people: field =>
      desk.legs
        .filter(({ invite }) => invite.startsWith(`INVITE sip:${field.desk}@`))
        .map(({ answered, ended, audio }) => ({ number: field.desk, answered, over: ended, heard: audio.heard })),
    speechURL: simulated.urls.at(-1) ?? '',
    fields,
    providerURL: field => simulated.urls[fields.indexOf(field)] ?? '',
    line: caller => (caller === 'Sip' ? BaresipLine.open(worker.sipPort) : Promise.resolve(new TwilioLine(twilio))),
  }
}

interface World {
  readonly tool: ToolServer
  readonly simulated: Providers
  readonly desk: HandPhone
  readonly twilio: TwilioSimulator
  readonly publicURL: string
}

function objectsOf(fields: readonly Field[], { tool, simulated, desk, twilio, publicURL }: World): unknown[] {
  const outbound = { callerIds: [`+${FIRST}`], allowedPrefixes: ['+1415'] }
  const { trunk, more = [] } = twilioManifests(publicURL, twilio.apiURL, outbound)
  const speech = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'speech', namespace: 'default' },
    stringData: { apiKey: 'sk-simulated' },
  }
  const specs: Record<CallerName, object> = {
    Sip: {
      carrier: 'Pbx',
      sip: {
        peers: [{ cidr: '127.0.0.0/8' }],
        codecs: ['PCMU'],
        transfer: 'Bridge',
        outbound: { host: '127.0.0.1', port: desk.port },
      },
      outbound,
    },
    MediaStream: { ...trunk },
  }
  const numbers = [{ range: `+${FIRST}-+${FIRST + fields.length}`, namespaces: {} }]
  const trunks = CALLERS.map(caller => ({
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'SipTrunk',
    metadata: { name: TRUNKS[caller], namespace: 'default' },
    spec: { numbers, ...specs[caller] },
  }))
  const speechURL = `${simulated.urls.at(-1) ?? ''}/v1`
  const agents = fields.map(({ caller, provider, column, number, desk: to }, i) => ({
    apiVersion: 'switchboard.dev/v1alpha1',
    kind: 'VoiceAgent',
    metadata: { name: `field-${i}`, namespace: 'default' },
    spec: {
      model: provider.model(simulated.urls[i] ?? ''),
      instructions: 'You are the receptionist of Acme Dental.',
      greeting: { text: 'Hello.' },
      inbound: [{ name: 'main', trunkRef: { name: TRUNKS[caller] }, match: [{ number }] }],
      ...column.agent?.({
        caller,
        provider: provider.name,
        toolURL: `${tool.url}${toolPath(number)}`,
        trunk: TRUNKS[caller],
        desk: to,
        speechURL,
      }),
    },
  }))
  return [...trunks, ...more, speech, ...agents]
}
