// A home network on one machine: a switch, and hosts in network namespaces of their own. Needs root.
// The switch has a namespace to itself, so nothing is sent on the machine's own interfaces.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../browser/until.js'

const NETWORK = '10.77.0'
const NETWORK_6 = 'fd77:77:77:'

/** Namespaces carry the process's id, so that two runs do not meet and what a killed one left is found. */
const PREFIX = 'wizyjno-'

export class Lab {
  #folder = mkdtempSync(join(tmpdir(), 'wizyjno-lab-'))
  #hosts = /** @type {string[]} */ ([])
  #down = false

  /** The first host is 10.77.0.1. @param {readonly string[]} hosts */
  constructor(...hosts) {
    clearLeftovers()
    process.on('exit', this.down)
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1))
    const at = this.#namespace('switch')
    ip('netns', 'add', at)
    // A home switch floods multicast; snooping would want somebody to ask who listens.
    ip('-n', at, 'link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0')
    ip('-n', at, 'link', 'set', 'br0', 'up')
    for (const host of hosts) this.#add(host)
  }

  /** Ends every process in the network, and the network. */
  down = () => {
    if (this.#down) return
    this.#down = true
    for (const host of [...this.#hosts, 'switch']) remove(this.#namespace(host))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** @param {string} host */
  address(host) {
    return `${NETWORK}.${this.#hosts.indexOf(host) + 1}`
  }

  /** A folder of this network, removed with it. @param {string} name */
  folder(name) {
    const folder = join(this.#folder, name)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  /**
   * What runs a command on a host when put before it: in its network, with its own sockets of D-Bus and avahi
   * in /run, and names resolved as on a Linux desktop.
   * @param {string} host
   */
  on(host) {
    const home = join(this.#folder, host)
    const mount = 'for f in hosts nsswitch.conf resolv.conf; do mount --bind "$0/$f" "/etc/$f"; done'
    const script = `set -e; mount --bind "$0/run" /run; ${mount}; exec "$@"`
    return ['ip', 'netns', 'exec', this.#namespace(host), 'sh', '-c', script, home]
  }

  /** Runs a command to its end and returns what it printed. @param {string} host @param {string[]} command */
  async run(host, ...command) {
    const [program, ...rest] = [...this.on(host), ...command]
    return (await promisify(execFile)(program, rest, { timeout: 20_000 })).stdout
  }

  /** Starts a command that stays. @param {string} host @param {string[]} command */
  start(host, ...command) {
    const [program, ...rest] = [...this.on(host), ...command]
    return new Running(spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /**
   * D-Bus and avahi on a host, as on a Linux desktop.
   * @param {string} host
   * @param {string} name what it calls itself
   */
  async avahi(host, name = host) {
    const home = join(this.#folder, host)
    const settings = join(home, 'avahi.conf')
    writeFileSync(settings, `[server]\nhost-name=${name}\nuse-ipv6=yes\n[publish]\npublish-workstation=no\n[rlimits]\n`)
    const bus = this.start(host, 'dbus-daemon', '--system', '--nofork', '--nopidfile')
    await until('D-Bus runs', () => existsSync(join(home, 'run/dbus/system_bus_socket')))
    const daemon = ['avahi-daemon', '--file', settings, '--no-drop-root', '--no-rlimits', '--no-chroot']
    const avahi = this.start(host, ...daemon)
    await until('avahi has its name', () => avahi.output.includes('Server startup complete'))
    return { avahi, bus }
  }

  /** Pulls the cable out. @param {string} host */
  unplug(host) {
    ip('-n', this.#namespace('switch'), 'link', 'set', `to-${host}`, 'down')
  }

  /** @param {string} host */
  plug(host) {
    ip('-n', this.#namespace('switch'), 'link', 'set', `to-${host}`, 'up')
  }

  /** Leaves the link up, but takes it out of the network: another network. @param {string} host */
  detach(host) {
    ip('-n', this.#namespace('switch'), 'link', 'set', `to-${host}`, 'nomaster')
  }

  /** @param {string} host */
  attach(host) {
    ip('-n', this.#namespace('switch'), 'link', 'set', `to-${host}`, 'master', 'br0')
  }

  /**
   * Another interface of a host in the same network.
   * @param {string} host @param {string} name @param {string} address
   */
  wire(host, name, address) {
    const [at, hub] = [this.#namespace(host), this.#namespace('switch')]
    const port = name === 'eth0' ? `to-${host}` : `${name}-${host}`
    ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', name, 'netns', at)
    ip('-n', hub, 'link', 'set', port, 'master', 'br0', 'up')
    ip('-n', at, 'address', 'add', `${address}/24`, 'broadcast', '+', 'dev', name)
    ip('-n', at, 'link', 'set', name, 'up')
  }

  /** @param {string} host @param {string} name */
  unwire(host, name) {
    ip('-n', this.#namespace(host), 'link', 'delete', name)
  }

  /** `ip` in a host's namespace. @param {string} host @param {string[]} args */
  ip(host, ...args) {
    return ip('-n', this.#namespace(host), ...args)
  }

  /** Bytes over a host's link since the start, both ways. @param {string} host */
  bytes(host) {
    const [link] = JSON.parse(this.ip(host, '-json', '-statistics', 'link', 'show', 'eth0'))
    return link.stats64.rx.bytes + link.stats64.tx.bytes
  }

  /** @param {string} host */
  #add(host) {
    const number = this.#hosts.push(host)
    const at = this.#namespace(host)
    ip('netns', 'add', at)
    ip('-n', at, 'link', 'set', 'lo', 'up')
    this.wire(host, 'eth0', this.address(host))
    ip('-n', at, 'address', 'add', `${NETWORK_6}:${number}/64`, 'dev', 'eth0', 'nodad')
    const home = join(this.#folder, host)
    for (const folder of ['run/dbus', 'run/avahi-daemon']) mkdirSync(join(home, folder), { recursive: true })
    writeFileSync(join(home, 'hosts'), '127.0.0.1 localhost\n::1 localhost\n')
    writeFileSync(join(home, 'resolv.conf'), '')
    writeFileSync(join(home, 'nsswitch.conf'), 'hosts: files mdns4_minimal [NOTFOUND=return] dns\n')
  }

  /** @param {string} host */
  #namespace(host) {
    return `${PREFIX}${process.pid}-${host}`
  }
}

/** A program that runs on a host. */
export class Running {
  /** Everything it has printed. */
  output = ''
  /** @type {Promise<number | null>} its exit status, or null after a signal */
  ended

  /** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child */
  constructor(child) {
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (this.output += text))
    }
    this.ended = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal = 'SIGTERM') {
    this.child.kill(signal)
    return this.ended
  }
}

/** @param {string[]} args */
function ip(...args) {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Ends what runs in a namespace, then removes it. @param {string} namespace */
function remove(namespace) {
  if (!existsSync(`/run/netns/${namespace}`)) return
  for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  ip('netns', 'delete', namespace)
}

/** A run that was killed could not tidy up. */
function clearLeftovers() {
  if (!existsSync('/run/netns')) return
  for (const namespace of readdirSync('/run/netns')) {
    const [, pid] = namespace.match(`^${PREFIX}(\\d+)-`) ?? []
    if (pid && !existsSync(`/proc/${pid}`)) remove(namespace)
  }
}
