import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { CASES, CHART, NAMESPACE } from './chart.ts'
import { openHelm } from './helm.ts'

const cases = readdirSync(CASES).map(file => file.replace('.yaml', ''))

describe.each(['helm', 'helmFour'] as const)('%s', key => {
  const { helm, close } = openHelm(inject(key))
  afterAll(close)

  it.each(cases)('finds the chart sound: %s', async name => {
    const said = await helm('lint', '--strict', CHART, '-f', `${CASES}/${name}.yaml`, '-n', NAMESPACE)
    expect(said.out).toContain('1 chart(s) linted, 0 chart(s) failed')
    expect(said.code).toBe(0)
  })

  // One snapshot for both: they must not differ. `vitest -u` writes them anew; read what changed.
  it.each(cases)('renders %s as reviewed', async name => {
    const said = await helm('template', 'switchboard', CHART, '-f', `${CASES}/${name}.yaml`, '-n', NAMESPACE)
    expect({ code: said.code, err: said.err }).toEqual({ code: 0, err: '' })
    await expect(said.out).toMatchFileSnapshot(`snapshots/${name}.yaml`)
  })
})
