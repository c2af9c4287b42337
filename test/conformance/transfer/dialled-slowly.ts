/** Over Twilio's media streams, where the carrier or the person takes very long: nobody is left in silence, and nothing is left behind. */
import type { TwilioPlan } from '#simulators/twilio/start.ts'
import type { Report } from '#test/harness/report.ts'
import type { TwilioProduct } from '#test/product/twilio-product.ts'
import { asksForPerson, call, heard, isOver, leaves, none, open, SAYS, set } from './dialled-line.ts'
import { modelSpoke, until } from './stage.ts'

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
  const from = await asksForPerson(product, caller)
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
  await leaves(report, product, caller)
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
