/** Bounds on everything a peer can make us hold or walk through. A message beyond one is answered or dropped, never half read. */
export const LIMITS = {
  /** One message, head and body: what fits in a UDP datagram. Above: 513. */
  message: 65_535,
  /** The head alone, start line and headers. */
  head: 32_768,
  /** Request-URI. Above: 414. */
  uri: 1024,
  /** One header field after unfolding. */
  headerValue: 8192,
  headerName: 64,
  headers: 200,
  /** Values in one comma separated list, and over all repeats of one header. */
  listValues: 70,
  /** Parameters of one URI, Via or address. */
  parameters: 40,
  /** Body that is read as SDP. Above: 413. */
  body: 16_384,
  sdpLines: 400,
  sdpMedia: 16,
  sdpFormats: 64,
  bodyParts: 8,
  /** Routes kept of one dialog. */
  routes: 20,
  /** Headers handed to the upper layer with a call, and characters of each. */
  keptHeaders: 40,
  keptHeaderValue: 1024,
  /** Provisional dialogs of one outgoing INVITE (forking). */
  forks: 12,
  /** Retries of a re-INVITE that met another one (491). */
  glareRetries: 6,
} as const
