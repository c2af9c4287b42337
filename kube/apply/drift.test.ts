import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../object.ts'
import { Drift, ownedBy } from './drift.ts'
import { hashApplied, hashOf } from './hash.ts'
import { ownedFields } from './owned-fields.ts'

const WANTED = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'acme', uid: 'u1', labels: { app: 'x' } },
  spec: {
    containers: [{ name: 'main', image: 'i:1', resources: { limits: { cpu: '1000m' } } }],
    tolerations: [{ key: 'a' }],
  },
}

/** As a server answers: defaults, another manager's fields, a quantity in other words. */
function live(version = '5', change: (o: KubeObject) => void = () => {}): KubeObject {
  const object: KubeObject = {
    metadata: {
      name: 'p',
      namespace: 'acme',
      uid: 'u1',
      resourceVersion: version,
      labels: { app: 'x', theirs: 'y' },
      finalizers: ['a/b'],
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          subresource: 'status',
          fieldsV1: { 'f:status': {} },
        },
        {
          manager: 'us',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsV1: {
            'f:metadata': { 'f:labels': { 'f:app': {} }, 'f:finalizers': { 'v:"a/b"': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"main"}': {
                  '.': {},
                  'f:name': {},
                  'f:image': {},
                  'f:resources': { 'f:limits': { 'f:cpu': {} } },
                },
                'k:{"name":"bare"}': { '.': {} },
              },
              'f:tolerations': {},
            },
          },
        },
      ],
    },
    spec: {
      containers: [
        { name: 'bare', image: 'theirs' },
        { name: 'main', image: 'i:1', terminationMessagePath: '/dev/x', resources: { limits: { cpu: '1' } } },
      ],
      tolerations: [{ key: 'a' }],
      restartPolicy: 'Always',
    },
  }
  change(object)
  return object
}

describe('owned fields', () => {
  it('are what we applied, without defaults and what others set', () => {
    expect(ownedFields(live(), 'us')).toEqual({
      metadata: { labels: { app: 'x' }, finalizers: ['a/b'] },
      spec: {
        containers: [{ name: 'main', image: 'i:1', resources: { limits: { cpu: '1' } } }, { name: 'bare' }],
        tolerations: [{ key: 'a' }],
      },
    })
    expect(ownedFields(live(), 'kubelet')).toBeNull()
  })

  it('are all of an item that has nothing below it, as a server names owner references', () => {
    const owner = { apiVersion: 'v1', kind: 'K', name: 'o', uid: 'u9', controller: true }
    const object = live('5', o => {
      Object.assign(o.metadata, { ownerReferences: [{ ...owner, uid: 'u8' }, owner] })
      const ours = o.metadata.managedFields?.[1]
      if (ours) ours.fieldsV1 = { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"u9"}': {} } } }
    })
    expect(ownedFields(object, 'us')).toEqual({ metadata: { ownerReferences: [owner] } })
  })

  it('are nothing of a subresource that was not applied', () => {
    expect(ownedFields(live(), 'us', 'status')).toBeNull()
  })
})

describe('hashes', () => {
  it.each([
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1, d: undefined, e: null }, true],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: '1' }, { a: 1 }, false],
    [{ a: {} }, {}, false],
  ])('%j and %j', (a, b, same) => {
    expect(hashOf(a) === hashOf(b)).toBe(same)
  })

  it('do not depend on which object it is', () => {
    expect(hashApplied(WANTED)).toBe(hashApplied({ ...WANTED, metadata: { name: 'q', labels: { app: 'x' } } }))
    expect(hashApplied(WANTED)).not.toBe(hashApplied({ ...WANTED, metadata: { name: 'p', labels: { app: 'z' } } }))
  })
})

describe('drift', () => {
  it('applies once after a start when the server writes values in other words, and then never again', () => {
    const drift = new Drift('us')
    expect(drift.reason('u1', WANTED, ownedBy(live('5'), 'us'))).toBe('drifted')
    drift.applied(WANTED, live('5'))
    expect(drift.reason('u1', WANTED, ownedBy(live('5'), 'us'))).toBeNull()
    expect(
      drift.reason(
        'u1',
        WANTED,
        ownedBy(
          live('6', o => (o['status'] = { phase: 'Running' })),
          'us',
        ),
      ),
    ).toBeNull()
  })

  it('costs nothing after a start when what is owned is what is wanted', () => {
    const wanted = { metadata: { name: 'p', labels: { app: 'x' } } }
    const there = live('5', o => {
      const ours = o.metadata.managedFields?.[1]
      if (ours) ours.fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:app': {} } } }
    })
    expect(new Drift('us').reason('u1', wanted, ownedBy(there, 'us'))).toBeNull()
  })

  it('sees a value that was changed by hand, and a field that was taken away', () => {
    const drift = new Drift('us')
    drift.applied(WANTED, live('5'))
    const changed = live('6', o => ((o['spec'] as { tolerations: unknown }).tolerations = []))
    expect(drift.reason('u1', WANTED, ownedBy(changed, 'us'))).toBe('drifted')
    const taken = live('6', o => delete o.metadata.managedFields?.[1]?.fieldsV1?.['f:metadata'])
    expect(drift.reason('u1', WANTED, ownedBy(taken, 'us'))).toBe('drifted')
  })

  it('does not apply again while the cache has not seen our own write', () => {
    const drift = new Drift('us')
    const old = ownedBy(
      live('5', o => (o.metadata.labels = { app: 'old' })),
      'us',
    )
    drift.applied(WANTED, live('7'))
    expect(drift.reason('u1', WANTED, old)).toBeNull()
    expect(drift.reason('u1', WANTED, { ...old, resourceVersion: '8' })).toBe('drifted')
  })

  it('applies what is newly wanted, and what nobody applied yet', () => {
    const drift = new Drift('us')
    expect(drift.reason('u1', WANTED, { hash: null, resourceVersion: '5' })).toBe('wanted')
    drift.applied(WANTED, live('5'))
    expect(drift.reason('u1', { ...WANTED, spec: {} }, ownedBy(live('5'), 'us'))).toBe('wanted')
    drift.forget('u1')
    expect(drift.size).toBe(0)
  })
})
