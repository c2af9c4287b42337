import { deflateRawSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { unzipped } from './zip-entry.ts'

/** An archive of files, each deflated or stored. */
function zip(files: Readonly<Record<string, string>>, method: 0 | 8, comment = ''): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const data = method === 8 ? deflateRawSync(text) : Buffer.from(text)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(3, 28)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(data.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(at, 42)
    // The local header has an extra field that the directory has not.
    const entry = Buffer.concat([local, Buffer.from(name), Buffer.from('ext'), data])
    parts.push(entry)
    directory.push(central, Buffer.from(name))
    at += entry.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, ...directory, end, Buffer.from(comment)])
}

const FILES = { 'a/b': 'first', 'helm/helm': 'second'.repeat(100) }

it.each([
  [0, ''],
  [8, ''],
  [8, 'a comment'],
] as const)('finds a file by its name: method %d, %j', (method, comment) => {
  expect(unzipped(zip(FILES, method, comment), 'helm/helm').toString()).toBe(FILES['helm/helm'])
})

it('says what is not there', () => {
  expect(() => unzipped(zip(FILES, 8), 'kubectl')).toThrow('the archive has no kubectl')
  expect(() => unzipped(Buffer.alloc(100), 'helm/helm')).toThrow('no zip archive')
})
