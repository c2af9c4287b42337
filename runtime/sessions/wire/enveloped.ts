/** Audio in a JSON text whose rest never changes: base64 needs no escape, so nothing is stringified. */
export function enveloped(before: string, after: string): (audio: Uint8Array) => Buffer {
  const head = Buffer.from(before)
  const tail = Buffer.from(after)
  return audio => {
    const bytes = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength)
    const base64 = bytes.toString('base64')
    const message = Buffer.allocUnsafe(head.length + base64.length + tail.length)
    message.set(head)
    message.write(base64, head.length, 'latin1')
    message.set(tail, head.length + base64.length)
    return message
  }
}
