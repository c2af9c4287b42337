/** A second call, joined with the caller's: in every outcome, and with the caller hanging up in every state. */
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import {
  CALLER_MARK,
  EARLY_MARK,
  heardMark,
  held,
  markOf,
  modelSpoke,
  NUMBER,
  openStage,
  PERSON_MARK,
  recordOf,
  ringbackMs,
  type Stage,
  until,
} from './stage.ts'

const SAYS = markOf(PERSON_MARK)

export async function runBridged(report: Report): Promise<void> {
  const stage = await openStage({ transfer: 'Bridge' })
  try {
    await answered(report, stage, 'keys')
    await answered(report, stage, 'model')
    await unanswered(report, stage, 'busy', { status: 486, afterMs: 700 })
    await unanswered(report, stage, 'refused', { status: 403 })
    await unanswered(report, stage, 'redirected', { status: 302 })
    await unanswered(report, stage, 'no answer', {})
    await unanswered(report, stage, 'dead', { dead: true })
    await earlyMedia(report, stage)
    await goneWhile(report, stage, 'it is announced', 700, false)
    await goneWhile(report, stage, 'it rings', 2600, true)
    await hundred(report, stage)
  } finally {
    await stage.close()
  }
}

async function answered(report: Report, { product, caller, desk }: Stage, by: 'keys' | 'model'): Promise<void> {
  desk.called = { status: 200, afterMs: 1500, says: SAYS }
  desk.legs.length = 0
  // who speaks without a pause leaves a model no turn; keys work all the same
  const leg = await caller.call(NUMBER, product.sipPort, by === 'keys' ? markOf(CALLER_MARK) : undefined)
  await sleep(2500)
  const said = leg.audio.heard.length
  leg.audio.press(by === 'keys' ? '0' : '5')
  const reached = await until(() => desk.legs.some(each => each.answered), 15_000)
  report.check(`bridged, by ${by}: the person is called`, reached)
  if (by === 'model') leg.audio.repeat(markOf(CALLER_MARK))
  const rang = ringbackMs(leg.audio.heard.subarray(said))
  report.row({ name: '  the caller hears it ring, ms', value: rang, aim: '>= 800', ok: rang >= 800 })
  await sleep(3000)
  const [person] = desk.legs
  leg.audio.press('4')
  await sleep(500)
  const heard = heardMark(leg.audio.heard, PERSON_MARK)
  const spoken = heardMark(person?.audio.heard ?? new Int16Array(), CALLER_MARK)
  const both = (each: typeof heard): boolean => each.frames >= 120 && each.missing <= each.frames / 10
  report.row({
    name: '  the caller hears the person',
    value: `${heard.frames} frames, ${heard.missing} missing`,
    ok: both(heard),
  })
  report.row({
    name: '  the person hears the caller',
    value: `${spoken.frames} frames, ${spoken.missing} missing`,
    ok: both(spoken),
  })
  report.check('  the person gets the key', person?.audio.keys === '4', person?.audio.keys)
  if (by === 'keys') {
    caller.hangUp(leg)
    report.check('  the person is hung up with the caller', await until(() => person?.ended === true))
  } else {
    if (person) desk.hangUp(person)
    report.check('  the caller is hung up with the person', await until(() => leg.ended))
    caller.hangUp(leg)
  }
  report.check('  no call is left', await until(async () => (await product.busy()) === 0))
  report.check(
    '  the record says so',
    await until(async () => (await recordOf(product)).includes(`by ${by === 'keys' ? 'keys' : 'the agent'}`)),
  )
}

/** Nobody is reached: the agent goes on, and says so. */
async function unanswered(report: Report, stage: Stage, name: string, plan: Stage['desk']['called']): Promise<void> {
  const { product, caller, desk } = stage
  desk.called = plan
  desk.legs.length = 0
  const leg = await caller.call(NUMBER, product.sipPort)
  await sleep(2500)
  leg.audio.press('0')
  await sleep(1800)
  const from = leg.audio.heard.length
  const back = await until(() => modelSpoke(leg.audio.heard, from), 14_000)
  report.check(`${name}: the caller hears the agent again`, back && !leg.ended)
  const ended = await until(() => desk.legs.every(each => each.ended), 3000)
  report.check('  nobody’s phone rings on', ended)
  caller.hangUp(leg)
  report.check('  no call is left', await until(async () => (await product.busy()) === 0))
}

async function earlyMedia(report: Report, { product, caller, desk }: Stage): Promise<void> {
  desk.called = {
    status: 200,
    afterMs: 2500,
    early: Buffer.concat([markOf(EARLY_MARK), markOf(EARLY_MARK)]),
    says: SAYS,
  }
  desk.legs.length = 0
  const leg = await caller.call(NUMBER, product.sipPort)
  await sleep(2500)
  leg.audio.press('0')
  await until(() => desk.legs.some(each => each.answered), 9000)
  await sleep(1500)
  const early = heardMark(leg.audio.heard, EARLY_MARK)
  report.row({
    name: 'early media: heard before the answer, frames',
    value: early.frames,
    aim: '>= 60',
    ok: early.frames >= 60,
  })
  report.check('  and the person after it', heardMark(leg.audio.heard, PERSON_MARK).frames >= 40)
  caller.hangUp(leg)
  report.check('  no call is left', await until(async () => (await product.busy()) === 0))
}

async function goneWhile(
  report: Report,
  { product, caller, desk }: Stage,
  when: string,
  ms: number,
  called: boolean,
): Promise<void> {
  desk.called = {}
  desk.legs.length = 0
  const leg = await caller.call(NUMBER, product.sipPort)
  await sleep(2500)
  leg.audio.press('0')
  await sleep(ms)
  caller.hangUp(leg)
  report.check(
    `the caller hangs up while ${when}: no call is left`,
    await until(async () => (await product.busy()) === 0),
  )
  await sleep(300)
  const cancelled = desk.legs.every(each => each.ended && each.seen.includes('CANCEL'))
  report.check('  whoever was called is called no more', cancelled && desk.legs.length === (called ? 1 : 0))
}

/** Many at once, in every outcome; then everything is as it was. */
async function hundred(report: Report, { product, caller, desk }: Stage): Promise<void> {
  const before = await held(product)
  const plans: Stage['desk']['called'][] = [{ status: 200 }, { status: 486 }, { status: 200, hangUpAfterMs: 300 }, {}]
  let reached = 0
  for (let round = 0; round < 10; round++) {
    desk.called = plans[round % plans.length] ?? {}
    desk.legs.length = 0
    const legs = await Promise.all(Array.from({ length: 10 }, () => caller.call(NUMBER, product.sipPort)))
    await sleep(800)
    for (const leg of legs) leg.audio.press('0')
    await until(() => desk.legs.length === 10, 6000)
    await sleep(400 + 100 * round)
    reached += desk.legs.length
    for (const leg of legs) caller.hangUp(leg)
    await until(async () => (await product.busy()) === 0)
    caller.legs.length = 0
  }
  report.row({ name: '100 transfers: people called', value: reached, aim: '100', ok: reached === 100 })
  let after = await held(product)
  await until(async () => {
    after = await held(product)
    return after.calls === before.calls && after.sockets <= before.sockets
  }, 12_000)
  report.row({ name: '  calls left', value: after.calls, aim: '0', ok: after.calls === 0 })
  report.row({
    name: '  UDP sockets left',
    value: after.sockets,
    aim: `<= ${before.sockets}`,
    ok: after.sockets <= before.sockets,
  })
}
