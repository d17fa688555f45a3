// A home network on one machine: a switch, and hosts in network namespaces of their own. Needs root.
// The switch has a namespace to itself, so nothing is sent on the machine's own interfaces.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { Running } from '../shared/running.js'
import { until } from '../shared/until.js'

const NETWORK = '10.77.0'
const NETWORK_6 = 'fd77:77:77:'

/** A connection to a port of loopback, for node to carry what is said by way of standard input and output. */
const FROM_INSIDE = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1')
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
`

/** Names carry the process's id, so that two runs do not meet and what a killed one left is found. */
const PREFIX = 'wizyjno-lab-'

export class Lab {
  #folder = join(tmpdir(), `${PREFIX}${process.pid}`)
  #hosts = /** @type {string[]} */ ([])
  #buses = /** @type {Map<string, Running>} */ (new Map())
  #down = false

  /** The first host is 10.77.0.1. @param {readonly string[]} hosts */
  constructor(...hosts) {
    clearLeftovers()
    mkdirSync(this.#folder)
    process.on('exit', this.down)
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1))
    ip('netns', 'add', this.#namespace('switch'))
    this.bridge('br0')
    for (const host of hosts) this.#add(host)
  }

  /** A network by itself, to which nothing leads from the other ones. @param {string} name */
  bridge(name) {
    const at = this.#namespace('switch')
    // A home switch floods multicast; snooping would want somebody to ask who listens.
    ip('-n', at, 'link', 'add', name, 'type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0')
    ip('-n', at, 'link', 'set', name, 'up')
  }

  /** Ends every process in the network, and the network. */
  down = () => {
    if (this.#down) return
    this.#down = true
    removeAll(process.pid)
  }

  /** @param {string} host */
  address(host) {
    return `${NETWORK}.${this.#hosts.indexOf(host) + 1}`
  }

  /** @param {string} host */
  address6(host) {
    return `${NETWORK_6}:${this.#hosts.indexOf(host) + 1}`
  }

  /** A folder of this network, removed with it. @param {string} name */
  folder(name) {
    const folder = join(this.#folder, name)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  /** Runs a command to its end and returns what it printed. @param {string} host @param {string[]} command */
  async run(host, ...command) {
    return (await promisify(execFile)(this.#inside(host), command, { timeout: 20_000 })).stdout
  }

  /** Starts a command that stays. @param {string} host @param {string[]} command */
  start(host, ...command) {
    return new Running(spawn(this.#inside(host), command, { stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /**
   * A file that runs a program on a host, for those who want to start it themselves.
   * @param {string} host @param {string} program
   * @param {[option: string, instead: string]} [change] what to say instead of one of the options that it is given
   */
  program(host, program, [option, instead] = ['', '']) {
    const file = join(this.#folder, host, basename(program))
    script(file, `
      for each do
        shift
        [ "$each" = "${option}" ] && each="${instead}"
        set -- "$@" "$each"
      done
      exec ${this.#inside(host)} ${program} "$@"`)
    return file
  }

  /**
   * Opens a port of a host's own loopback here, under a number that is free in both places.
   * @param {string} host @returns {Promise<number>}
   */
  async loopback(host) {
    const server = createServer(socket => {
      const inside = spawn(this.#inside(host), [process.execPath, '-e', FROM_INSIDE, String(port)], { stdio: ['pipe', 'pipe', 'ignore'] })
      socket.pipe(inside.stdin)
      inside.stdout.pipe(socket)
      // Either side may end first, and the other one's pipe then breaks.
      for (const stream of [socket, inside.stdin, inside.stdout]) stream.on('error', () => socket.destroy())
      socket.on('close', () => inside.kill())
    }).listen(0, '127.0.0.1')
    server.unref()
    await once(server, 'listening')
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
    return port
  }

  /**
   * avahi on a host, as on a Linux desktop, and D-Bus if it does not run there yet.
   * @param {string} host
   * @param {string} name what it calls itself
   * @param {string} publishing more settings of what it publishes
   * @param {string} server more settings of where it does
   */
  async avahi(host, name = host, publishing = 'publish-workstation=no', server = '') {
    const home = join(this.#folder, host)
    const settings = join(home, 'avahi.conf')
    writeFileSync(settings, `[server]\nhost-name=${name}\nuse-ipv6=yes\n${server}\n[publish]\n${publishing}\n[rlimits]\n`)
    let bus = this.#buses.get(host)
    if (!bus || bus.child.exitCode !== null) {
      bus = this.start(host, 'dbus-daemon', '--system', '--nofork', '--nopidfile')
      this.#buses.set(host, bus)
    }
    await until('D-Bus runs', () => existsSync(join(home, 'run/dbus/system_bus_socket')))
    const daemon = ['avahi-daemon', '--file', settings, '--no-drop-root', '--no-rlimits', '--no-chroot']
    const avahi = this.start(host, ...daemon)
    await avahi.says('Server startup complete')
    return { avahi, bus }
  }

  /**
   * Which module of nss-mdns a host looks `.local` up by: Debian's own choice asks for IPv4 only.
   * @param {string} host @param {'mdns4_minimal' | 'mdns6_minimal'} module
   */
  looksUpBy(host, module) {
    writeFileSync(join(this.#folder, host, 'nsswitch.conf'), `hosts: files ${module} [NOTFOUND=return] dns\n`)
  }

  /** A host has a name in its own list. @param {string} host @param {string} name @param {string} address */
  knows(host, name, address) {
    appendFileSync(join(this.#folder, host, 'hosts'), `${address} ${name}\n`)
  }

  /** Whom a host asks for the names of the world. @param {string} host @param {string} address */
  resolvesBy(host, address) {
    writeFileSync(join(this.#folder, host, 'resolv.conf'), `nameserver ${address}\n`)
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

  /** Client isolation, as guest networks have it: those who are isolated reach everybody but each other. @param {string} host */
  isolate(host, isolated = true) {
    ip('-n', this.#namespace('switch'), 'link', 'set', `to-${host}`, 'type', 'bridge_slave', 'isolated', isolated ? 'on' : 'off')
  }

  /** Whether a host's datagrams are dropped, as by a strict firewall; TCP goes on. @param {string} host */
  blockUdp(host, blocked = true) {
    for (const tables of ['iptables', 'ip6tables']) {
      for (const chain of ['INPUT', 'OUTPUT']) {
        const rule = [blocked ? '-A' : '-D', chain, '-p', 'udp', '-j', 'DROP']
        execFileSync('ip', ['netns', 'exec', this.#namespace(host), tables, '-w', ...rule])
      }
    }
  }

  /** Drops a part of the datagrams that come to a host, as a bad Wi-Fi does; 0: no more. @param {string} host @param {number} part 0 to 1 */
  lose(host, part) {
    for (const tables of ['iptables', 'ip6tables']) {
      const inside = ['netns', 'exec', this.#namespace(host), tables, '-w']
      execFileSync('ip', [...inside, '-F', 'INPUT'])
      if (part) execFileSync('ip', [...inside, '-A', 'INPUT', '-p', 'udp', '-m', 'statistic', '--mode', 'random', '--probability', String(part), '-j', 'DROP'])
    }
  }

  /**
   * A link of a host that carries no larger packets (a tunnel, a modem), with a router before it that says so to
   * everybody who sends: the others split what is too large for it.
   * @param {string} host @param {number} bytes
   */
  narrow(host, bytes) {
    this.ip(host, 'link', 'set', 'eth0', 'mtu', String(bytes))
    for (const other of this.#hosts.filter(other => other !== host)) {
      this.ip(other, 'route', 'replace', this.address(host), 'dev', 'eth0', 'mtu', 'lock', String(bytes))
    }
  }

  /**
   * Another interface of a host, in the same network or at another bridge.
   * @param {string} host @param {string} name @param {string} address
   */
  wire(host, name, address, bridge = 'br0') {
    const [at, hub] = [this.#namespace(host), this.#namespace('switch')]
    const port = name === 'eth0' ? `to-${host}` : `${name}-${host}`
    ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', name, 'netns', at)
    ip('-n', hub, 'link', 'set', port, 'master', bridge, 'up')
    ip('-n', at, 'address', 'add', `${address}/24`, 'broadcast', '+', 'dev', name)
    ip('-n', at, 'link', 'set', name, 'up')
  }

  /** @param {string} host @param {string} name */
  unwire(host, name) {
    ip('-n', this.#namespace(host), 'link', 'delete', name)
  }

  /** Where a host's network is, for programs that join it. @param {string} host */
  network(host) {
    return join('/run/netns', this.#namespace(host))
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
    // An address that is still being checked changes a moment later, and browsers then drop what they load.
    execFileSync('ip', ['netns', 'exec', at, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0'])
    this.wire(host, 'eth0', this.address(host))
    ip('-n', at, 'address', 'add', `${NETWORK_6}:${number}/64`, 'dev', 'eth0', 'nodad')
    const home = join(this.#folder, host)
    for (const folder of ['run/dbus', 'run/avahi-daemon']) mkdirSync(join(home, folder), { recursive: true })
    // `ip netns exec` comes with a view of the mounts of its own: there a host has its own sockets of D-Bus and
    // avahi in /run, and looks names up as a Linux desktop does.
    script(
      this.#inside(host),
      `exec ip netns exec ${at} sh -c '
        mount --bind ${home}/run /run &&
        for file in hosts nsswitch.conf resolv.conf; do mount --bind ${home}/$file /etc/$file || exit; done
        exec "$@"' sh "$@"`,
    )
    writeFileSync(join(home, 'hosts'), '127.0.0.1 localhost\n::1 localhost\n')
    writeFileSync(join(home, 'resolv.conf'), '')
    this.looksUpBy(host, 'mdns4_minimal')
  }

  /** What runs a command on a host when put before it. @param {string} host */
  #inside(host) {
    return join(this.#folder, host, 'on')
  }

  /** @param {string} host */
  #namespace(host) {
    return `${PREFIX}${process.pid}-${host}`
  }
}

/** @param {string} file @param {string} text */
function script(file, text) {
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
}

/** @param {string[]} args */
function ip(...args) {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Ends what runs in a process's namespaces, and removes them. @param {number} owner */
function removeAll(owner) {
  for (const namespace of namespaces().filter(name => name.startsWith(`${PREFIX}${owner}-`))) {
    for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has ended by itself meanwhile.
      }
    }
    ip('netns', 'delete', namespace)
  }
  rmSync(join(tmpdir(), `${PREFIX}${owner}`), { recursive: true, force: true })
}

/** A run that was killed could not tidy up. */
function clearLeftovers() {
  for (const name of [...namespaces(), ...readdirSync(tmpdir())]) {
    const [, owner] = name.match(`^${PREFIX}(\\d+)`) ?? []
    if (owner && !existsSync(`/proc/${owner}`)) removeAll(Number(owner))
  }
}

function namespaces() {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : []
}
