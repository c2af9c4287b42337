import { describe, expect, it } from 'vitest'
import { partsOf, valuesOf } from './values.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

describe('an image as the chart has it', () => {
  it.each([
    ['localhost/switchboard:dev', { repository: 'localhost/switchboard', tag: 'dev' }],
    ['example.com:5000/voice/switchboard:0.1', { repository: 'example.com:5000/voice/switchboard', tag: '0.1' }],
    ['example.com:5000/voice/switchboard', { repository: 'example.com:5000/voice/switchboard', tag: 'latest' }],
    [`example.com/switchboard@${DIGEST}`, { repository: 'example.com/switchboard', digest: DIGEST }],
    [`example.com/switchboard:dev@${DIGEST}`, { repository: 'example.com/switchboard', digest: DIGEST }],
  ])('%s', (image, parts) => {
    expect(partsOf(image)).toEqual(parts)
  })
})

it('denies workers what the place says is inside', () => {
  const values = valuesOf({ image: 'a/b:c', deny: ['192.0.2.2/32', '10.244.0.0/16'] }, 'http://192.0.2.7:4318')
  expect(values.network).toEqual({ deny: ['192.0.2.2/32', '10.244.0.0/16'] })
  expect(values.otel).toEqual({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://192.0.2.7:4318' })
})
