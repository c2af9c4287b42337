/** Wrong values are refused by Helm before anything is rendered, and the refusal names them. */
import { afterAll, describe, expect, inject, it } from 'vitest'
import { CHART } from './chart.ts'
import { openHelm } from './helm.ts'

const WRONG: readonly (readonly [set: string, says: RegExp])[] = [
  ['operator.replica=2', /operator.*replica/s],
  ['operators.replicas=2', /operators/],
  ['operator.replicas=zero', /operator[./]replicas/],
  ['operator.replicas=0', /operator[./]replicas/],
  ['operator.logLevel=verbose', /operator[./]logLevel/],
  ['operator.spread=preferred', /operator[./]spread/],
  ['operator.resources.request.cpu=1', /operator[./]resources.*request/s],
  ['operator.resources.requests.memory=256MB', /operator[./]resources[./]requests[./]memory/],
  ['image.repository=', /image[./]repository/],
  ['image.digest=sha256:abc', /image[./]digest/],
  ['image.pullPolicy=Sometimes', /image[./]pullPolicy/],
  ['network.metricsFrom={monitoring:prometheus}', /network[./]metricsFrom/],
  ['network.deny={10.0.0.1}', /network[./]deny/],
  ['network.deny={10.244/16}', /network[./]deny/],
  ['network.deny={10.244.0.0/99}', /network[./]deny/],
  ['network.deny={0.0.0.0/0}', /network[./]deny/],
  ['network.dns={169.254.20.10/33}', /network[./]dns/],
  ['worker.memory=256MB', /worker[./]memory/],
  ['worker.priorityClass.value=2000000000', /worker[./]priorityClass[./]value/],
  ['worker.priorityClass.preemptionPolicy=Always', /worker[./]priorityClass[./]preemptionPolicy/],
  ['otel.endpoint=http://collector:4318', /otel.*endpoint/s],
  ['flowControl.precedence=9500', /flowControl[./]precedence/],
  ['monitoring.interval=30', /monitoring[./]interval/],
  ['simulator.enabled=yes', /simulator[./]enabled/],
  ['aggregatedRoles=view', /aggregatedRoles/],
]

describe.each(['helm', 'helmFour'] as const)('%s refuses', key => {
  const { helm, close } = openHelm(inject(key))
  afterAll(close)

  it.each(WRONG)('%s', async (set, says) => {
    const said = await helm('template', 'switchboard', CHART, '--set', set)
    expect(said.code).not.toBe(0)
    expect(said.err).toContain("values don't meet the specifications of the schema")
    expect(said.err).toMatch(says)
  })
})
