/** REFER: accepted, refused, silent, busy; and the second way where there is one. */
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { DESK, modelSpoke, NUMBER, openStage, type Stage, until } from './stage.ts'

interface Case {
  readonly name: string
  readonly plan: Stage['caller']['refer']
  /** How it must go. */
  readonly then: 'left' | 'back' | 'bridged'
  readonly waitMs?: number
}

const CASES: readonly Case[] = [
  {
    name: 'accepted',
    plan: { status: 202, notify: ['SIP/2.0 100 Trying', 'SIP/2.0 180 Ringing', 'SIP/2.0 200 OK'] },
    then: 'left',
  },
  { name: 'accepted with 200', plan: { status: 200, notify: ['SIP/2.0 200 OK'] }, then: 'left' },
  {
    name: 'target busy',
    plan: { status: 202, notify: ['SIP/2.0 180 Ringing', 'SIP/2.0 486 Busy Here'] },
    then: 'back',
  },
  { name: 'no answer', plan: { status: 202, notify: ['SIP/2.0 480 Temporarily Unavailable'] }, then: 'back' },
  { name: 'refused', plan: { status: 403 }, then: 'back' },
  { name: 'not known', plan: { status: 501 }, then: 'back' },
  { name: 'silent after 202', plan: { status: 202 }, then: 'back', waitMs: 34_000 },
  { name: 'no response', plan: {}, then: 'back', waitMs: 36_000 },
]

export async function runReferred(report: Report): Promise<void> {
  const stage = await openStage({ transfer: 'Refer' })
  try {
    for (const each of CASES.filter(one => one.waitMs === undefined)) await run(report, stage, each)
    await goneWhileReferring(report, stage)
  } finally {
    await stage.close()
  }
}

/** Half a minute of patience each: in a stage of their own. */
export async function runSilent(report: Report): Promise<void> {
  const stages = await Promise.all(
    CASES.filter(one => one.waitMs !== undefined).map(async one => ({
      one,
      stage: await openStage({ transfer: 'Refer' }),
    })),
  )
  await Promise.all(
    stages.map(async ({ one, stage }) => {
      try {
        await run(report, stage, one)
      } finally {
        await stage.close()
      }
    }),
  )
}

export async function runFallback(report: Report): Promise<void> {
  const stage = await openStage({ transfer: 'ReferElseBridge' })
  try {
    stage.desk.called = { status: 200 }
    await run(report, stage, { name: 'refused, else a second call', plan: { status: 405 }, then: 'bridged' })
    await run(report, stage, {
      name: 'busy is busy by any way',
      plan: { status: 202, notify: ['SIP/2.0 486 Busy Here'] },
      then: 'back',
    })
  } finally {
    await stage.close()
  }
}

async function run(
  report: Report,
  { product, caller, desk }: Stage,
  { name, plan, then, waitMs }: Case,
): Promise<void> {
  caller.refer = plan
  desk.legs.length = 0
  const leg = await caller.call(NUMBER, product.sipPort)
  await sleep(2500)
  leg.audio.press('0')
  const asked = await until(() => leg.seen.includes('REFER'), 9000)
  report.check(`REFER, ${name}: asked`, asked && (plan.status === undefined || leg.referTo.includes(DESK)), leg.referTo)
  const from = leg.audio.heard.length
  if (then === 'left') report.check('  the call is hung up at once', await until(() => leg.ended, 3000))
  else if (then === 'back') {
    const back = await until(() => modelSpoke(leg.audio.heard, from), waitMs ?? 9000)
    report.check('  the caller hears the agent again', back && !leg.ended)
    report.check('  nobody else is called', desk.legs.length === 0)
  } else report.check('  a second leg is called', await until(() => desk.legs.some(each => each.answered), 6000))
  caller.hangUp(leg)
  report.check('  no call is left', await until(async () => (await product.busy()) === 0))
}

async function goneWhileReferring(report: Report, { product, caller }: Stage): Promise<void> {
  caller.refer = { status: 202 }
  const leg = await caller.call(NUMBER, product.sipPort)
  await sleep(2500)
  leg.audio.press('0')
  await until(() => leg.seen.includes('REFER'), 9000)
  caller.hangUp(leg)
  report.check(
    'the caller hangs up after REFER: no call is left',
    await until(async () => (await product.busy()) === 0),
  )
}
