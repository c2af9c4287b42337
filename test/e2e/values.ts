/** Values of the chart for an e2e run. Pure. */
import { SIMULATOR_SCRIPT } from './conversation.ts'
import type { Place } from './place.ts'

/** As the chart has it. */
export interface ImageParts {
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

/** @param otlp where workers send their traces */
export function valuesOf({ image, deny }: Pick<Place, 'image' | 'deny'>, otlp: string) {
  return {
    image: partsOf(image),
    network: { deny },
    otel: { OTEL_EXPORTER_OTLP_ENDPOINT: otlp },
    simulator: { enabled: true, script: SIMULATOR_SCRIPT },
  }
}

/** Of `registry.example.com:5000/voice/switchboard:dev`, or `…@sha256:…`. */
export function partsOf(image: string): ImageParts {
  const at = image.indexOf('@')
  if (at !== -1) return { repository: withoutTag(image.slice(0, at)), digest: image.slice(at + 1) }
  const repository = withoutTag(image)
  return repository === image ? { repository, tag: 'latest' } : { repository, tag: image.slice(repository.length + 1) }
}

/** A colon before the last slash is that of a port. */
function withoutTag(image: string): string {
  return image.replace(/:[^:/]*$/, '')
}
