/** A second call, joined with the caller's. */
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { CALLER_MARK, heardMark, markOf, NUMBER, openStage, PERSON_MARK, type Stage, until } from './stage.ts'

export async function runBridged(report: Report, _only?: string): Promise<void> {
  const stage = await openStage({ transfer: 'Bridge' })
  try {
    await answered(report, stage)
  } finally {
    await stage.close()
  }
}

async function answered(report: Report, { product, caller, desk }: Stage): Promise<void> {
  desk.called = { status: 200, afterMs: 1500, says: markOf(PERSON_MARK) }
  const leg = await caller.call(NUMBER, product.sipPort, markOf(CALLER_MARK))
  await sleep(3000)
  leg.audio.press('0')
  const reached = await until(() => desk.legs.some(each => each.answered))
  report.check('the person is called', reached)
  await sleep(3000)
  const [person] = desk.legs
  leg.audio.press('4')
  await sleep(500)
  const heard = heardMark(leg.audio.heard, PERSON_MARK)
  const said = heardMark(person?.audio.heard ?? new Int16Array(), CALLER_MARK)
  report.row({ name: 'the caller hears the person, frames', value: heard.frames, ok: heard.frames > 100 })
  report.row({ name: 'the person hears the caller, frames', value: said.frames, ok: said.frames > 100 })
  report.check('the person gets the key', person?.audio.keys === '4', person?.audio.keys ?? '')
  caller.hangUp(leg)
  report.check('the person is hung up with the caller', await until(() => person?.ended === true))
  report.check('no call is left', await until(async () => (await product.busy()) === 0))
}
