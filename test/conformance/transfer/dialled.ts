/** Over Twilio's media streams: the carrier is asked to call, and joins the two; in every outcome, and with the caller hanging up in every state. */
import { readFileSync } from 'node:fs'
import { expand } from '#simulators/speech/g711.ts'
import type { PersonPlan, TwilioPlan } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import type { TwilioProduct } from '#test/product/twilio-product.ts'
import {
  ALL,
  asksForPerson,
  call,
  hangUps,
  heard,
  isOver,
  leaves,
  none,
  nothingRefused,
  open,
  RING_S,
  SAYS,
  set,
  streams,
} from './dialled-line.ts'
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

const OF_CALLER = { what: 'mark', samples: expand('ulaw', Buffer.concat([markOf(CALLER_MARK), markOf(CALLER_MARK)])) }

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
  nothingRefused(report, view)
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
  nothingRefused(report, view)
  set(product, {})
  caller.press('0')
  report.check('  a second attempt reaches the person', await until(() => view.people[1]?.answered === true, 12_000))
  await leaves(report, product, caller)
}

async function refused(report: Report, product: TwilioProduct, rest: number): Promise<void> {
  set(product, { rest })
  const line = await call(product)
  const { caller, view } = line
  const from = await asksForPerson(product, caller)
  const back = await until(() => modelSpoke(heard(caller), from), 9000)
  report.check(`dialled by the carrier, REST says ${rest}: the caller hears the agent again`, back && !isOver(line))
  report.check('  nobody is called, and the stream is the first one', view.people.length === 0 && streams(line) === 1)
  await leaves(report, product, caller)
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
