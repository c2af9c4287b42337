/** A proxy that wants to know who calls; and words instead of keys. */
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { ASKS, NUMBER, openStage, until } from './stage.ts'

const credentials = { username: 'acme', password: 'correct horse' }

export async function runCredentials(report: Report): Promise<void> {
  const stage = await openStage({
    transfer: 'Bridge',
    credentials,
    human: { keys: '' },
  })
  const { product, caller, desk } = stage
  try {
    for (const [algorithm, password, reached] of [
      ['MD5', credentials.password, true],
      ['SHA-256', credentials.password, true],
      ['SHA-256', 'another', false],
    ] as const) {
      desk.called = { status: 200, challenge: { algorithm, user: credentials.username, password } }
      desk.legs.length = 0
      const leg = await caller.call(NUMBER, product.sipPort)
      await sleep(2500)
      leg.audio.say(ASKS)
      const came = await until(() => desk.legs.some(each => each.answered), reached ? 12_000 : 6000)
      const name = reached
        ? `digest, ${algorithm}, asked for by words: the person is called`
        : 'digest, wrong password: nobody is called'
      report.check(name, came === reached)
      caller.hangUp(leg)
      report.check('  no call is left', await until(async () => (await product.busy()) === 0))
    }
  } finally {
    await stage.close()
  }
}
