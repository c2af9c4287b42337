/**
 * The way in: a plain Kamailio that spreads calls over workers, asks the next when one refuses or is silent, and stays in each call's path; and
 * rtpengine, which relays the media. Both have one foot outside and one on the nodes' network. Pure.
 */

const MEDIA_PORTS = { from: 30_000, to: 39_999 } as const

/** Where an edge stands. Addresses of two networks: by the one that something comes in at it knows a caller from a worker. */
export interface Feet {
  /** Where phones call. */
  readonly outside: string
  /** Where workers know it. */
  readonly inside: string
  /** Of SIP, on both. */
  readonly port: number
  /** On loopback, where Kamailio tells rtpengine what to do. */
  readonly control: number
}

/** @param folder where its list of workers and its socket for commands are */
export function kamailioConfig(folder: string, { outside, inside, port, control }: Feet): string {
  const out = `direction=outside direction=inside`
  const back = `direction=inside direction=outside`
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=4
tcp_children=2
auto_aliases=no
mhomed=1
listen=udp:${outside}:${port}
listen=tcp:${outside}:${port}
listen=udp:${inside}:${port}
listen=tcp:${inside}:${port}
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "ctl.so"
loadmodule "dispatcher.so"
loadmodule "rtpengine.so"
modparam("ctl", "binrpc", "unix:${controlSocket(folder)}")
modparam("rr", "enable_double_rr", 1)
modparam("tm", "fr_timer", 2000)
modparam("tm", "fr_inv_timer", 90000)
modparam("dispatcher", "list_file", "${workersFile(folder)}")
# Remembers the others of a set, to ask them next.
modparam("dispatcher", "flags", 2)
# Pods come and go when they like: no pause between two lists.
modparam("dispatcher", "reload_delta", 0)
modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:${control}")
# It may still be starting: asked again after a second, not a minute.
modparam("rtpengine", "rtpengine_disable_tout", 1)

request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  force_rport();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { route(MEDIA); t_on_reply("MEDIA"); t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  t_check_trans();
  # Whoever calls from inside is not a caller of ours.
  if ($Ri != "${outside}") { sl_send_reply("403", "Outbound calls are not carried"); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (!is_method("INVITE")) { sl_send_reply("405", "Method Not Allowed"); exit; }
  record_route();
  if (!ds_select_dst("1", "4")) { sl_send_reply("480", "No worker"); exit; }
  route(MEDIA);
  t_on_reply("MEDIA");
  t_on_failure("NEXT");
  xlog("L_ALERT", "route $ci of $fU to $du\\n");
  if (!t_relay()) sl_reply_error();
}

route[MEDIA] {
  if ($Ri == "${outside}") rtpengine_manage("replace-origin ICE=remove ${out}");
  else rtpengine_manage("replace-origin ICE=remove ${back}");
}

onreply_route[MEDIA] {
  # An offer when the request had none, else an answer, to which no direction matters.
  if ($Ri == "${outside}") rtpengine_manage("replace-origin ICE=remove ${out}");
  else rtpengine_manage("replace-origin ICE=remove ${back}");
}

failure_route[NEXT] {
  if (t_is_canceled()) exit;
  if (t_check_status("408|480|486|5[0-9][0-9]") && ds_next_dst()) {
    xlog("L_ALERT", "route $ci of $fU to $du\\n");
    t_on_reply("MEDIA");
    t_on_failure("NEXT");
    t_relay();
    exit;
  }
}
`
}

export function rtpengineFlags(folder: string, { outside, inside, control }: Feet): string[] {
  return [
    '--config-file=none',
    '--foreground',
    '--log-stderr',
    '--log-level=4',
    // No module in the kernel.
    '--table=-1',
    `--interface=outside/${outside}`,
    `--interface=inside/${inside}`,
    `--listen-ng=127.0.0.1:${control}`,
    `--port-min=${MEDIA_PORTS.from}`,
    `--port-max=${MEDIA_PORTS.to}`,
    '--num-threads=2',
    `--pidfile=${folder}/rtpengine.pid`,
  ]
}

export function workersFile(folder: string): string {
  return `${folder}/workers.list`
}

export function controlSocket(folder: string): string {
  return `${folder}/kamailio.ctl`
}

/** Kamailio's list of destinations. @param workers `10.88.1.5:5060` */
export function workersList(workers: readonly string[]): string {
  return workers.map(worker => `1 sip:${worker}\n`).join('')
}

/** A call as the edge knows it. */
export interface Routed {
  readonly callId: string
  /** User of the From header. */
  readonly from: string
  /** `10.88.1.5:5060`. */
  readonly worker: string
}

/** Where calls went, from what Kamailio logged: one per worker that was asked, in order. */
export function routesIn(log: string): Routed[] {
  return [...log.matchAll(/route (\S+) of (\S+) to sip:(\S+)/g)].map(([, callId = '', from = '', worker = '']) => ({
    callId,
    from,
    worker,
  }))
}
