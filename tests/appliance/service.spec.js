// One file on a fresh Debian: installed as a service, and everything that happens to it in years.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { PROGRAM } from '../shared/box.js'
import { CHROMIUM } from '../shared/browsers.js'
import { Person } from '../shared/person.js'
import { until } from '../shared/until.js'
import { Lab } from '../lan/lab.js'
import words from '../../www/words/en.js'
import { Machine } from './machine.js'

/** Where the service keeps its authority. */
const AUTHORITY = 'var/lib/private/wizyjno/ca.crt'

/** @type {Lab} */
let lab
/** @type {Machine} */
let machine

before(async () => {
  lab = new Lab('box', 'laptop', 'phone')
  await lab.avahi('laptop')
  machine = new Machine(lab.network('box'))
  machine.copy(PROGRAM, 'opt/wizyjno')
  await machine.boot()
})
after(async () => {
  await machine?.cutPower()
  lab?.down()
})

/** What a laptop that trusts the box is given. @param {string} url */
const open = url => lab.run('laptop', 'curl', '--silent', '--show-error', '--fail', '--max-time', '15', '--cacert', machine.path(AUTHORITY), url)
/** The page, as people open it. */
const openByName = (name = 'wizyjno.local') =>
  until(`${name} opens on the laptop`, async () => (await open(`https://${name}/`)).includes('<title>'))
const health = () => `https://${lab.address('box')}/health`

const pid = () => machine.property('MainPID')
/** Waits until a process other than that one serves. @param {string} before */
const servesAnew = before =>
  until('another process serves', async () => {
    const [now, state] = [await pid(), await machine.property('ActiveState')]
    return now !== '0' && now !== before && state === 'active'
  })
const fingerprint = () => new X509Certificate(readFileSync(machine.path(AUTHORITY))).fingerprint256

/** Stops one thread and no other, as a debugger does (ptrace(2)), until the process is killed. */
async function hangOneThread() {
  const tasks = `/proc/${machine.process('wizyjno')}/task`
  const thread = readdirSync(tasks).find(task => readFileSync(`${tasks}/${task}/comm`, 'utf8') === 'media-0\n')
  assert.ok(thread)
  const [PTRACE_ATTACH, WALL] = [16, 0x40000000]
  const debug = `import ctypes, os, time
assert ctypes.CDLL(None).ptrace(${PTRACE_ATTACH}, ${thread}, 0, 0) == 0
os.waitpid(${thread}, ${WALL})
print("it stands", flush=True)
os.waitpid(${thread}, ${WALL})`
  const debugger_ = spawn('python3', ['-c', debug], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(debugger_.stdout, 'data')
}

describe('the service, from the bare binary', { timeout: 8 * 60_000 }, () => {
  test('is not there at first, and says how to get it', async () => {
    const { status, output } = await machine.try('/opt/wizyjno', 'service', 'status')
    assert.equal(status, 1)
    assert.match(output, /^wizyjno: the service is not installed; `sudo wizyjno service install` does that$/m)
  })

  test('is installed by one command, and serves when that is through', async () => {
    const said = await machine.run('/opt/wizyjno', 'service', 'install')
    assert.match(said, /\/usr\/local\/bin\/wizyjno written/)
    assert.match(said, /It serves, and starts with the machine/)
    await openByName()
    assert.match(await machine.run('wizyjno', 'service', 'status'), /The service runs .*people: 0, rooms: 0/)
    await machine.run('sh', '-c', 'systemd-analyze verify --man=no /etc/systemd/system/wizyjno*')
  })

  test('logs to the journal with fields', async () => {
    const entries = await machine.run('journalctl', '--unit=wizyjno', '--output=json', '--no-pager')
    const said = entries.trim().split('\n').map(line => JSON.parse(line)).find(entry => entry.MESSAGE === 'serving')
    assert.equal(said.WIZYJNO_NAME, 'wizyjno.local')
    assert.equal(said.WIZYJNO_HTTPS, '443')
    assert.equal(said.PRIORITY, '5', 'notice, as the journal calls what we call info')
  })

  test('runs as nobody in particular, with no privilege', async () => {
    const status = await machine.run('cat', `/proc/${await pid()}/status`)
    assert.match(status, /^CapBnd:\t0+$/m)
    assert.match(status, /^NoNewPrivs:\t1$/m)
    assert.doesNotMatch(status, /^Uid:\t0/m)
    assert.equal(await machine.property('LimitNOFILE'), '65536')
    const memory = Number(await machine.property('MemoryMax'))
    assert.ok(memory > 0 && memory <= totalmem() / 2, `${memory} bytes`)
    // The kernel's buffers are those that systemd asked for.
    const sockets = await machine.run('ss', '--udp', '--listening', '--numeric', '--memory', 'sport = :3478')
    assert.match(sockets, /rb8388608/)
    assert.equal(await machine.run('journalctl', '--unit=wizyjno', '--priority=warning', '--quiet'), '')
  })

  test('is installed a second time without anything happening', async () => {
    const before = await pid()
    assert.doesNotMatch(await machine.run('/opt/wizyjno', 'service', 'install'), /written/)
    assert.equal(await pid(), before)
  })

  test('only root changes it', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    for (const verb of ['install', 'uninstall']) {
      const { status, output } = await machine.try(...nobody, 'wizyjno', 'service', verb)
      assert.equal(status, 1)
      assert.equal(output, `wizyjno: only root may change services; run \`sudo wizyjno service ${verb}\`\n`)
    }
  })

  test('a restart refuses no connection', async () => {
    const before = await pid()
    const restarted = machine.run('systemctl', 'restart', 'wizyjno')
    await Promise.all(Array.from({ length: 12 }, () => open(health())))
    await restarted
    assert.notEqual(await pid(), before)
  })

  test('a visitor who comes while nothing runs waits, and is served', async () => {
    await machine.run('systemctl', 'stop', 'wizyjno.service')
    assert.equal(await pid(), '0')
    await open(health())
    await openByName()
  })

  test('reads its settings again', async () => {
    const before = await pid()
    writeFileSync(machine.path('etc/wizyjno.toml'), 'name = "chata"\n')
    try {
      await machine.run('systemctl', 'reload', 'wizyjno')
      await openByName('chata.local')
    } finally {
      writeFileSync(machine.path('etc/wizyjno.toml'), '')
      await machine.run('systemctl', 'reload', 'wizyjno')
    }
    await openByName()
    assert.equal(await pid(), before, 'nobody was thrown out for it')
  })

  test('comes back when it is killed', async () => {
    const before = await pid()
    await machine.run('systemctl', 'kill', '--signal=SIGKILL', 'wizyjno')
    await servesAnew(before)
    await openByName()
  })

  for (const [what, hang] of /** @type {const} */ ([
    ['it hangs', () => machine.run('systemctl', 'kill', '--signal=SIGSTOP', 'wizyjno')],
    ['one of its media threads hangs', hangOneThread],
  ])) {
    test(`comes back when ${what}`, async () => {
      await machine.run('mkdir', '-p', '/run/systemd/system/wizyjno.service.d')
      const impatient = '[Service]\nWatchdogSec=4\nTimeoutAbortSec=1\n'
      writeFileSync(join(machine.path('opt'), 'impatient.conf'), impatient)
      await machine.run('cp', '/opt/impatient.conf', '/run/systemd/system/wizyjno.service.d/')
      await machine.run('systemctl', 'daemon-reload')
      await machine.run('systemctl', 'restart', 'wizyjno')
      const before = await pid()
      const bites = async () => (await machine.run('journalctl', '--unit=wizyjno')).split('Watchdog timeout').length
      const bitten = await bites()
      await hang()
      await servesAnew(before)
      assert.ok((await bites()) > bitten)
      await machine.run('rm', '-r', '/run/systemd/system/wizyjno.service.d')
      await machine.run('systemctl', 'daemon-reload')
    })
  }

  test('is there after a reboot and after a power cut, with the same keys', async () => {
    const before = fingerprint()
    await machine.reboot()
    await openByName()
    await machine.cutPower()
    await machine.boot()
    await openByName()
    assert.equal(fingerprint(), before)
  })

  test('leaves a port to who has it, and takes another', async () => {
    await machine.run('systemctl', 'stop', 'wizyjno.service', 'wizyjno-http.socket')
    const web = 'use IO::Socket; $s = IO::Socket::INET->new(Listen => 1, LocalPort => 80) or die; $s->accept'
    await machine.run('systemd-run', '--unit=web', 'perl', '-e', web)
    await until('the other server has the port', () => machine.run('ss', '-Hltn', 'sport = :80'))
    await machine.run('systemctl', 'start', 'wizyjno')
    assert.match(await lab.run('laptop', 'curl', '--silent', `http://${lab.address('box')}:8080/`), /<title>/)
    await openByName()
    await machine.run('systemctl', 'stop', 'web')
    await machine.run('systemctl', 'restart', 'wizyjno')
    assert.match(await lab.run('laptop', 'curl', '--silent', `http://${lab.address('box')}/`), /<title>/)
  })

  test('is updated under two who call, and their call goes on', async () => {
    machine.copy(PROGRAM, 'opt/wizyjno-new')
    appendFileSync(machine.path('opt/wizyjno-new'), '\0') // another file that does the same
    const [running, keys] = [await pid(), fingerprint()]
    const people = /** @type {Person[]} */ ([])
    try {
      for (const [name, host] of [['Ann', 'laptop'], ['Bob', 'phone']]) {
        const browser = lab.program(host, CHROMIUM)
        const person = await Person.open(name, { ca: machine.path(AUTHORITY), browser })
        people.push(person)
        await person.enter({ page: `https://${lab.address('box')}/?lang=en` })
      }
      const [ann, bob] = people
      await ann.call('Bob')
      await bob.answers('Ann', 'Accept')
      await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
      const frames = await ann.framesOf('Bob')

      const said = await machine.run('/opt/wizyjno-new', 'service', 'install')
      assert.match(said, /\/usr\/local\/bin\/wizyjno written/)
      assert.notEqual(await pid(), running)
      await Promise.all(people.map(person => person.reads(words.notices.back)))
      await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
      assert.ok((await ann.framesOf('Bob')) > frames, 'it is still the same stream')
      await bob.hangUp()
      await ann.reads(words.notices.roomEnded.last_left('Bob'))
    } finally {
      await Promise.allSettled(people.map(person => person.close()))
    }
    assert.equal(fingerprint(), keys)
  })

  test('is uninstalled without a trace but the keys, and that twice', async () => {
    assert.match(await machine.run('wizyjno', 'service', 'uninstall'), /The keys stay in \/var\/lib\/wizyjno/)
    assert.equal(await machine.run('sh', '-c', 'ls -d /etc/systemd/system/*/*wizyjno* /etc/systemd/system/*wizyjno* /usr/local/bin/* 2>/dev/null || true'), '')
    assert.equal(await machine.run('ss', '-Hltun', 'sport = :443 or sport = :80 or sport = :3478'), '')
    await machine.run('/opt/wizyjno', 'service', 'uninstall')
    await machine.run('test', '-e', '/var/lib/wizyjno/ca.key')
  })
})
