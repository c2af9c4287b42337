/** A plain Kamailio in front: a stateful, record-routing proxy that relays everything out of dialog to one address. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, sleep, start } from './process.ts'

export interface Kamailio {
  readonly port: number
  log(): string
  stop(): Promise<void>
}

/** Starts a proxy on 127.0.0.1 that relays to `to` (host:port) over `transport`. */
export async function startKamailio(to: string, transport: 'udp' | 'tcp'): Promise<Kamailio> {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-'))
  const port = await freePort()
  const file = join(folder, 'kamailio.cfg')
  writeFileSync(file, config(port, to, transport))
  const child = start('kamailio', [
    '-f',
    file,
    '-DD',
    '-E',
    '-m',
    '32',
    '-M',
    '4',
    '-w',
    folder,
    '-Y',
    folder,
    '-P',
    join(folder, 'pid'),
  ])
  await sleep(1500)
  return {
    port,
    log: () => child.output(),
    stop: async () => {
      await child.stop(5000)
    },
  }
}

function config(port: number, to: string, transport: string): string {
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
modparam("rr", "enable_double_rr", 1)
modparam("tm", "fr_timer", 10000)

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  t_check_trans();
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  $du = "sip:${to};transport=${transport}";
  if (!t_relay()) sl_reply_error();
}
`
}
