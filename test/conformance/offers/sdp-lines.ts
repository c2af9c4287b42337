/** A session description as a judge reads it: lines, no interpretation beyond RFC 4566's shape. */
export interface Media {
  readonly type: string
  readonly port: number
  readonly protocol: string
  readonly formats: readonly string[]
  /** Attributes of this m-line, without `a=`. */
  readonly attributes: readonly string[]
}

export interface Description {
  /** Letters of the lines before the first m-line, in order. */
  readonly order: string
  readonly origin: string
  readonly connection: string
  readonly media: readonly Media[]
}

export function readDescription(text: string): Description {
  const lines = text.split('\r\n').filter(line => line !== '')
  const first = lines.findIndex(line => line.startsWith('m='))
  const session = first < 0 ? lines : lines.slice(0, first)
  const media: { -readonly [K in keyof Media]: Media[K] extends readonly string[] ? string[] : Media[K] }[] = []
  for (const line of first < 0 ? [] : lines.slice(first)) {
    if (line.startsWith('m=')) {
      const [type = '', port = '', protocol = '', ...formats] = line.slice(2).trim().split(' ')
      media.push({ type, port: Number(port.split('/')[0]), protocol, formats, attributes: [] })
    } else if (line.startsWith('a=')) media.at(-1)?.attributes.push(line.slice(2))
  }
  const value = (letter: string): string => session.find(line => line.startsWith(`${letter}=`))?.slice(2) ?? ''
  return { order: session.map(line => line[0]).join(''), origin: value('o'), connection: value('c'), media }
}

/** The value of `a=rtpmap:` of a format; '' when there is none. */
export function mappingOf(media: Media, format: string): string {
  return media.attributes.find(a => a.startsWith(`rtpmap:${format} `))?.slice(`rtpmap:${format} `.length) ?? ''
}

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive']

export function directionOf(media: Media): string {
  return media.attributes.find(a => DIRECTIONS.includes(a)) ?? 'sendrecv'
}
