/**
 * `npm run conformance -- offers [--only NAME] [--update]`: INVITEs in the shape of real carriers, PBXs and phones, each sent as it stands
 * over UDP and TCP. Judged three times: by rules for every answer, by what its file expects, and against the answer that was reviewed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Options } from '#test/harness/command.ts'
import type { Report } from '#test/harness/report.ts'
import { sleep } from '#test/phones/process.ts'
import { type Product, startProduct } from '#test/product/product.ts'
import { eventsOf } from '#test/product/simulator-view.ts'
import { answerText } from './answer-text.ts'
import { exchange } from './exchange.ts'
import { type Offer, readOffers } from './offer-file.ts'

const AT_ONCE = 6
const LEAST = 25

export async function run(report: Report, options: Options): Promise<void> {
  const offers = readOffers().filter(o => options['only'] === undefined || o.name.includes(options['only']))
  const product = await startProduct({
    simulate: ['--speech', 'watermark'],
    agent: { greeting: { text: 'Acme Dental, how can I help?' } },
    dialPlan: { countryCode: '1', internationalPrefix: '011' },
  })
  try {
    if (options['only'] === undefined)
      report.row({
        name: 'INVITEs in the collection',
        value: offers.length,
        aim: `>= ${LEAST}`,
        ok: offers.length >= LEAST,
      })
    for (const transport of ['udp', 'tcp'] as const)
      await inTurns(offers, async offer => {
        const wrong = await judge(offer, transport, product, options['update'] !== undefined)
        report.check(`${transport}: ${offer.name}`, wrong.length === 0, wrong.join('; '))
      })
    report.check('no call is left behind', (await leftBehind(product)) === 0)
  } finally {
    await product.stop()
  }
}

async function judge(offer: Offer, transport: 'udp' | 'tcp', product: Product, update: boolean): Promise<string[]> {
  const { wrong, response, places } = await exchange(offer, transport, product.sipPort, () => told(product))
  if (response === null) return [...wrong]
  const seen = answerText(response, places)
  if (update && wrong.length === 0) writeFileSync(offer.snapshot, seen)
  if (!existsSync(offer.snapshot)) return [...wrong, 'its answer was never reviewed: run with --update and read it']
  const known = readFileSync(offer.snapshot, 'utf8')
  return known === seen ? [...wrong] : [...wrong, `not the answer that was reviewed: ${difference(known, seen)}`]
}

/** What models were told as text. */
async function told(product: Product): Promise<string> {
  const texts = (await eventsOf(product.simulatorUrl))
    .filter(e => e.dir === 'in' && e.type === 'conversation.item.create')
    .map(e => JSON.stringify(e.event))
  return texts.join('\n')
}

function difference(known: string, seen: string): string {
  const [a, b] = [known.split('\n'), seen.split('\n')]
  const at = a.findIndex((line, i) => line !== b[i])
  return `“${b[at < 0 ? a.length : at] ?? ''}” for “${a[at] ?? ''}”`
}

async function inTurns(offers: readonly Offer[], run: (offer: Offer) => Promise<void>): Promise<void> {
  const left = [...offers]
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function leftBehind(product: Product): Promise<number> {
  for (let waited = 0; waited < 3000; waited += 50) {
    if ((await product.busy()) === 0) return 0
    await sleep(50)
  }
  return product.busy()
}
