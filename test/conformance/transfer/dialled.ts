/** Over Twilio's media streams: the carrier is asked to call, and joins the two; in every outcome, and with the caller hanging up in every state. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Caller } from '#simulators/caller/caller-handle.ts'
import { expand } from '#simulators/speech/g711.ts'
import type { PersonPlan, TwilioPlan } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { startTwilioProduct, type TwilioProduct } from '#test/product/twilio-product.ts'
import {
  ASKS,
  CALLER_MARK,
  DESK,
  heardMark,
  markOf,
  modelSpoke,
  NUMBER,
  PERSON_MARK,
  recordOf,
  ringbackMs,
  until,
} from './stage.ts'

const SCRIPT = fileURLToPath(new URL('./model.yaml', import.meta.url))
const SAYS = markOf(PERSON_MARK)
const OF_CALLER = { what: 'mark', samples: expand('ulaw', Buffer.concat([markOf(CALLER_MARK), markOf(CALLER_MARK)])) }
const ALL: TwilioPlan['tells'] = ['phone', 'result', 'caller']
const RING_S = 6

type Line = Awaited<ReturnType<TwilioProduct['twilio']['call']>>

function open(agent: Readonly<Record<string, unknown>> = {}): Promise<TwilioProduct> {
  return startTwilioProduct({
    slots: 24,
    simulate: ['--script', SCRIPT, '--speech', 'watermark'],
    dials: { callerIds: [NUMBER], allowedPrefixes: ['+1415'] },
    agent: {
      greeting: { text: 'Hello, how can I help you?' },
      dtmf: { gap: '300ms' },
      destinations: [{ name: 'desk', to: { number: DESK }, trunkRef: { name: 'pbx' }, ring: `${RING_S}s` }],
      callControl: { endCall: {}, transfer: { to: ['desk'] }, human: { destination: 'desk' } },
      ...agent,
    },
  })
}

export async function runDialled(report: Report): Promise<void> {
  const product = await open()
  try {
    await answered(report, product, 'keys')
    await answered(report, product, 'words')
    await answered(report, product, 'model')
    for (const [name, person] of [
      ['busy', { then: 'busy', ringMs: 900 }],
      ['no answer', { then: 'noAnswer' }],
      ['failed', { then: 'failed' }],
    ] as const)
      await comesBack(report, product, name, person)
    for (const status of [400, 401, 429]) await refused(report, product, status)
    for (const [name, afterMs, tells] of [
      ['while it is announced', 700, ALL],
      ['while it rings, told by its own call', null, ['caller']],
      ['while it rings, told by the result', null, ['result']],
      ['while it rings, told twice', null, ALL],
    ] as const)
      await goneWhile(report, product, name, afterMs, tells)
    await goneOnTheWayBack(report, product)
    await twenty(report, product)
  } finally {
    await product.stop()
  }
}

/** Many seconds of patience each: in stages of their own, at once. */
export async function runDialledSlowly(report: Report): Promise<void> {
  const cases: readonly [string, Partial<TwilioPlan>, 'back' | 'left'][] = [
    ['REST is silent', { rest: 'silent' }, 'back'],
    ['REST answers 503', { rest: 503 }, 'back'],
    ['REST is silent and does it, busy', { rest: 'doesSilently', person: { then: 'busy', ringMs: 900 } }, 'back'],
    [
      'REST is silent and does it, answered',
      { rest: 'doesSilently', person: { then: 'answers', ringMs: 900 } },
      'left',
    ],
    ['no word of it, and it is answered', { tells: [], person: { then: 'answers', says: SAYS } }, 'left'],
    ['no word of it, and it rings for ever', { tells: [], person: { then: 'ringsForEver' } }, 'back'],
  ]
  await Promise.all([
    ...cases.map(async ([name, plan, then]) => {
      const product = await open()
      try {
        await slow(report, product, name, plan, then)
      } finally {
        await product.stop()
      }
    }),
    outOfTime(report),
  ])
}

function set(product: TwilioProduct, plan: Partial<TwilioPlan>): void {
  Object.assign(product.twilio.plan, { person: { then: 'answers', says: SAYS }, rest: 'does', tells: ALL }, plan)
}

/** A caller who has heard the greeting. */
async function call(product: TwilioProduct): Promise<Line> {
  const line = await product.twilio.call({ to: NUMBER, script: [{ wait: { ended: true, within: 120_000 } }] })
  await until(() => modelSpoke(heard(line.caller), 0))
  await sleep(1500)
  return line
}

const heard = (caller: Caller): Int16Array => caller.recording()?.side('agent') ?? new Int16Array()
const isOver = ({ caller }: Line): boolean => caller.events.some(event => event.type === 'ended')
const none = (product: TwilioProduct): Promise<boolean> => until(async () => (await product.busy()) === 0)
const hangUps = ({ twilio }: TwilioProduct): number =>
  twilio.requests.filter(({ form }) => form['Status'] === 'completed').length

async function answered(report: Report, product: TwilioProduct, by: 'keys' | 'words' | 'model'): Promise<void> {
  set(product, {
    person: { then: 'answers', ringMs: 1500, says: SAYS, ...(by === 'words' && { hangUpAfterMs: 4000 }) },
  })
  const before = hangUps(product)
  const line = await call(product)
  const { caller, view } = line
  const from = heard(caller).length
  if (by === 'words') caller.say({ what: 'asks', samples: expand('ulaw', ASKS) })
  else caller.press(by === 'keys' ? '0' : '5')
  const reached = await until(() => view.people[0]?.answered === true, 15_000)
  const [person] = view.people
  report.check(`dialled by the carrier, by ${by}: the person is called`, reached && person?.to === DESK)
  report.check('  as whom the trunk says', person?.callerId === NUMBER, person?.callerId)
  const rang = ringbackMs(heard(caller).subarray(from))
  report.row({ name: '  the caller hears it ring, ms', value: rang, aim: '>= 800', ok: rang >= 800 })
  report.check('  answered: no call is here any more', await none(product))
  caller.say(OF_CALLER)
  await sleep(2500)
  const toCaller = heardMark(heard(caller), PERSON_MARK)
  const toPerson = heardMark(expand('ulaw', person?.heard() ?? new Uint8Array()), CALLER_MARK)
  for (const [name, { frames, missing }] of [
    ['the caller hears the person', toCaller],
    ['the person hears the caller', toPerson],
  ] as const)
    report.row({
      name: `  ${name}`,
      value: `${frames} frames, ${missing} missing`,
      ok: frames >= 60 && missing <= frames / 10,
    })
  if (by === 'words')
    report.check('  the person hangs up: the call is over for the caller', await until(() => isOver(line), 6000))
  else {
    caller.hangUp()
    report.check('  the caller hangs up: so is the person', await until(() => person?.over === true))
  }
  report.check('  the carrier was not told to hang up', hangUps(product) === before)
  report.check('  nothing that Twilio would not take', view.faults.length === 0, view.faults.join('; '))
  await caller.done
  const wanted = { keys: 'by keys', words: 'by words', model: 'by the agent' }[by]
  report.check('  the record says so', await until(async () => (await recordOf(product)).includes(wanted)))
}

/** Nobody is reached: the same call has a stream again, and the agent goes on. */
async function comesBack(report: Report, product: TwilioProduct, name: string, person: PersonPlan): Promise<void> {
  set(product, { person })
  const line = await call(product)
  const { caller, view } = line
  caller.press('0')
  const called = await until(() => view.people.length === 1, 9000)
  await until(() => view.people[0]?.over === true, RING_S * 1000 + 3000)
  const [from, since] = [heard(caller).length, performance.now()]
  const back = await until(() => modelSpoke(heard(caller), from), 9000)
  report.check(`dialled by the carrier, ${name}: the caller hears the agent again`, called && back && !isOver(line))
  report.row({
    name: '  after',
    value: performance.now() - since,
    unit: 'ms',
    aim: '<= 3000',
    ok: performance.now() - since <= 3000,
  })
  report.check('  in the same call, by a second media URL', (await product.busy()) === 1 && streams(line) === 2)
  await sleep(2500)
  // and it works as before: another turn, and another way to a person
  caller.press('7')
  await sleep(1500)
  const then = heard(caller).length
  report.check('  and is answered by it', await until(() => modelSpoke(heard(caller), then), 9000))
  report.check('  nothing that Twilio would not take', view.faults.length === 0, view.faults.join('; '))
  set(product, {})
  caller.press('0')
  report.check('  a second attempt reaches the person', await until(() => view.people[1]?.answered === true, 12_000))
  caller.hangUp()
  report.check('  no call is left', await none(product))
}

const streams = ({ view }: Line): number => new Set(view.twiml.filter(text => text.includes('<Stream'))).size

async function refused(report: Report, product: TwilioProduct, rest: number): Promise<void> {
  set(product, { rest })
  const line = await call(product)
  const { caller, view } = line
  const asked = product.twilio.requests.length
  caller.press('0')
  await until(() => product.twilio.requests.length > asked, 9000)
  const from = heard(caller).length
  const back = await until(() => modelSpoke(heard(caller), from), 9000)
  report.check(`dialled by the carrier, REST says ${rest}: the caller hears the agent again`, back && !isOver(line))
  report.check('  nobody is called, and the stream is the first one', view.people.length === 0 && streams(line) === 1)
  caller.hangUp()
  report.check('  no call is left', await none(product))
}

/** @param afterMs of the key; null: while it rings */
async function goneWhile(
  report: Report,
  product: TwilioProduct,
  name: string,
  afterMs: number | null,
  tells: TwilioPlan['tells'],
): Promise<void> {
  set(product, { person: { then: 'answers', ringMs: 5000 }, tells })
  const { caller, view } = await call(product)
  caller.press('0')
  if (afterMs === null) await until(() => view.people.length === 1, 9000)
  await sleep(afterMs ?? 800)
  caller.hangUp()
  report.check(`the caller hangs up ${name}: no call is left`, await none(product))
  await caller.done
  report.check(
    '  nobody is called',
    view.people.every(each => !each.answered),
  )
}

async function goneOnTheWayBack(report: Report, product: TwilioProduct): Promise<void> {
  set(product, { person: { then: 'busy' } })
  const { caller, view } = await call(product)
  caller.press('0')
  await until(() => view.people[0]?.over === true, 12_000)
  caller.hangUp()
  report.check('the caller hangs up on the way back: no call is left', await none(product))
}

/** @param then back: the agent speaks again, by itself or when the caller was fetched back; left: the person has the caller */
async function slow(
  report: Report,
  product: TwilioProduct,
  name: string,
  plan: Partial<TwilioPlan>,
  then: 'back' | 'left',
): Promise<void> {
  set(product, plan)
  const line = await call(product)
  const { caller, view } = line
  const asked = product.twilio.requests.length
  caller.press('0')
  await until(() => product.twilio.requests.length > asked, 9000)
  const from = heard(caller).length
  if (then === 'left') {
    report.check(
      `${name}: the person has the caller, the call here is over`,
      await until(async () => (await product.busy()) === 0, 30_000),
    )
    report.check('  and nobody cut them off', !isOver(line) && view.people.at(-1)?.over === false)
  } else {
    const back = await until(() => modelSpoke(heard(caller), from), 30_000)
    report.check(`${name}: the caller hears the agent again`, back && !isOver(line))
    report.check(
      '  nobody rings any more',
      view.people.every(person => person.over),
    )
  }
  caller.hangUp()
  report.check('  no call is left', await none(product))
  if (plan.rest !== undefined && then === 'back' && plan.rest === 'silent') {
    const log = product.process.output()
    report.check('  the log says so', log.includes('SB_GATEWAY_CONTROL'))
  }
}

/** The longest time that a call may last is over while it rings: the last words are heard all the same. */
async function outOfTime(report: Report): Promise<void> {
  const say = { text: 'We have to stop here.' }
  const product = await open({ limits: { call: { max: '10s', then: { say, then: { hangUp: {} } } } } })
  try {
    set(product, { person: { then: 'ringsForEver' } })
    const line = await call(product)
    line.caller.press('0')
    const rings = await until(() => line.view.people.length === 1, 9000)
    const from = heard(line.caller).length
    const said = await until(() => modelSpoke(heard(line.caller), from), 12_000)
    report.check('limits.call.max while it rings: the caller hears the last words', rings && said)
    report.check('  then the call is over', await until(() => isOver(line), 12_000))
    report.check('  nobody is called, no call is left', (await none(product)) && line.view.people.every(p => p.over))
  } finally {
    await product.stop()
  }
}

async function twenty(report: Report, product: TwilioProduct): Promise<void> {
  const plans: readonly PersonPlan[] = [
    { then: 'answers', says: SAYS },
    { then: 'busy' },
    { then: 'answers', hangUpAfterMs: 300 },
    { then: 'answers', ringMs: 5000 },
  ]
  const before = mediaSockets(product)
  let called = 0
  for (const person of plans) {
    set(product, { person })
    const lines = await Promise.all(
      Array.from({ length: 5 }, () =>
        product.twilio.call({ to: NUMBER, script: [{ wait: { ended: true, within: 60_000 } }] }),
      ),
    )
    await until(() => lines.every(({ caller }) => modelSpoke(heard(caller), 0)), 20_000)
    await sleep(1500)
    for (const { caller } of lines) caller.press('0')
    await until(() => lines.every(({ view }) => view.people.length === 1), 12_000)
    await sleep(1200)
    called += lines.filter(({ view }) => view.people.length === 1).length
    for (const { caller } of lines) caller.hangUp()
    await Promise.all(lines.map(({ caller }) => caller.done))
  }
  report.row({ name: '20 transfers by the carrier: people called', value: called, aim: '20', ok: called === 20 })
  report.check('  no call is left', await none(product))
  const left = await until(() => mediaSockets(product) <= before, 12_000)
  report.row({ name: '  sockets of the gateway left', value: mediaSockets(product), aim: `<= ${before}`, ok: left })
}

/** Connections that the gateway has with its carrier. */
function mediaSockets({ process, gatewayPort }: TwilioProduct): number {
  const port = gatewayPort.toString(16).toUpperCase().padStart(4, '0')
  const established = new RegExp(`^ *\\d+: [0-9A-F]+:${port} [0-9A-F:]+ 01 `)
  return readFileSync(`/proc/${process.pid}/net/tcp`, 'utf8')
    .split('\n')
    .filter(line => established.test(line)).length
}
