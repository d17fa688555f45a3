// The Debian package on a fresh Debian: installed, upgraded, removed and purged. WIZYJNO_DEB is the package.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { until } from '../shared/until.js'
import { Lab } from '../lan/lab.js'
import { Machine } from './machine.js'

const PACKAGE = process.env.WIZYJNO_DEB ?? ''

/** @type {Lab} */
let lab
/** @type {Machine} */
let machine

before(async () => {
  assert.ok(PACKAGE, 'WIZYJNO_DEB names a package')
  lab = new Lab('box', 'laptop')
  await lab.avahi('laptop')
  machine = new Machine(lab.network('box'))
  machine.copy(PACKAGE, 'opt/wizyjno.deb')
  await machine.boot()
})
after(async () => {
  await machine?.cutPower()
  lab?.down()
})

const install = () => machine.run('dpkg', '--install', '/opt/wizyjno.deb')
const pid = () => machine.property('MainPID')
const opens = () =>
  until('the page opens by its name on the laptop', () =>
    lab.run('laptop', 'curl', '--silent', '--fail', '--cacert', machine.path('var/lib/private/wizyjno/ca.crt'), 'https://wizyjno.local/'),
  )
/** @param {string[]} paths those that are there */
const present = async (...paths) => (await machine.run('sh', '-c', `ls -d ${paths.join(' ')} 2>/dev/null || true`)).split('\n').filter(Boolean)

/** What `wizyjno service install` writes. */
const BARE = ['/etc/systemd/system/wizyjno.service', '/etc/systemd/system/wizyjno-https.socket', '/usr/local/bin/wizyjno']
/** The bare binary, out of the package. */
const bare = async () => {
  await machine.run('dpkg', '--extract', '/opt/wizyjno.deb', '/opt/bare')
  return '/opt/bare/usr/bin/wizyjno'
}
const keys = () => readFileSync(machine.path('var/lib/private/wizyjno/ca.key'), 'utf8')
/** Which file the process that serves was started from. */
const serves = async () => (await machine.run('readlink', `/proc/${await pid()}/exe`)).trim()

describe('the package, after the bare binary', { timeout: 5 * 60_000 }, () => {
  test('takes over its units and goes on with its keys', async () => {
    const program = await bare()
    await machine.run(program, 'service', 'install')
    await opens()
    const [before, old] = [keys(), await pid()]
    await install()
    assert.deepEqual(await present(...BARE), [])
    assert.match(await machine.property('FragmentPath'), /^(\/usr)?\/lib\/systemd\/system\/wizyjno\.service$/)
    assert.notEqual(await pid(), old)
    assert.equal(await serves(), '/usr/bin/wizyjno')
    assert.equal(await machine.property('UnitFileState'), 'enabled')
    assert.equal(await machine.property('UnitFileState', 'wizyjno-https.socket'), 'enabled')
    assert.equal(keys(), before)
    await opens()
  })

  test('is told apart from units that an older version has left in its way: uninstall takes these away', async () => {
    const program = await bare()
    // As it was left when the package did not take over: both are there, and the bare units go first.
    const units = 'for unit in /usr/lib/systemd/system/wizyjno*; do sed s,/usr/bin/wizyjno,/usr/local/bin/wizyjno, $unit >/etc/systemd/system/${unit##*/}; done'
    await machine.run('sh', '-c', `cp ${program} /usr/local/bin/wizyjno; ${units}; systemctl daemon-reload; systemctl restart wizyjno`)
    assert.equal(await serves(), '/usr/local/bin/wizyjno')
    const before = keys()
    await machine.run(program, 'service', 'uninstall')
    assert.deepEqual(await present(...BARE), [])
    assert.equal(await serves(), '/usr/bin/wizyjno')
    assert.equal(await machine.property('UnitFileState'), 'enabled')
    assert.equal(keys(), before)
    const { status, output } = await machine.try(program, 'service', 'uninstall')
    assert.equal(status, 1)
    assert.match(output, /^wizyjno: a package has installed the service;/)
  })

  test('keeps the keys of a bare service when it is purged', async () => {
    const before = keys()
    await machine.run('dpkg', '--remove', 'wizyjno')
    await machine.run(await bare(), 'service', 'install')
    await opens()
    const old = await pid()
    await machine.run('dpkg', '--purge', 'wizyjno')
    assert.equal(keys(), before)
    assert.equal(await pid(), old, 'and it runs on')
    assert.equal(await machine.property('UnitFileState'), 'enabled')
    assert.equal(await machine.property('UnitFileState', 'wizyjno-https.socket'), 'enabled')
    await opens()
  })

  test('and uninstall takes everything away that install has written, but the keys', async () => {
    await machine.run('wizyjno', 'service', 'uninstall')
    assert.deepEqual(await present(...BARE, '/etc/systemd/system/*/*wizyjno*'), [])
    assert.deepEqual(await present('/var/lib/wizyjno'), ['/var/lib/wizyjno'])
    await machine.run('rm', '-r', '/var/lib/private/wizyjno', '/var/lib/wizyjno')
  })
})

describe('the package', { timeout: 5 * 60_000 }, () => {
  test('serves as soon as it is installed', async () => {
    await install()
    await opens()
    assert.equal(await machine.property('UnitFileState'), 'enabled')
    assert.equal(await machine.property('UnitFileState', 'wizyjno-https.socket'), 'enabled')
    assert.equal((await present('/usr/share/man/man1/wizyjno.1.gz', '/usr/share/bash-completion/completions/wizyjno')).length, 2)
    assert.match(await machine.run('dpkg-query', '--show', '--showformat=${Conffiles}', 'wizyjno'), /\/etc\/wizyjno\.toml/)
  })

  test('leaves the service to apt', async () => {
    const { status, output } = await machine.try('wizyjno', 'service', 'install')
    assert.equal(status, 1)
    assert.match(output, /^wizyjno: a package has installed the service;/)
  })

  test('is upgraded: the new one runs, and the settings are as they were', async () => {
    const before = await pid()
    writeFileSync(machine.path('etc/wizyjno.toml'), 'room-size = 7\n')
    await install()
    assert.notEqual(await pid(), before)
    await opens()
    assert.equal(await machine.run('cat', '/etc/wizyjno.toml'), 'room-size = 7\n')
  })

  test('has a PIN in a file that only root may read: a reload takes it, a new one, and the next start too', async () => {
    const asks = () => lab.run('laptop', 'curl', '--silent', '--insecure', `https://${lab.address('box')}/health`).then(text => JSON.parse(text))
    const file = machine.path('etc/wizyjno.pin')
    const before = await pid()
    const said = async () => (await machine.run('journalctl', '--unit=wizyjno', '--no-pager', '--output=cat')).split('\n').filter(line => /stay as they were|cannot read/.test(line))
    writeFileSync(machine.path('etc/wizyjno.toml'), 'room-size = 7\npin-file = "/etc/wizyjno.pin"\n')
    for (const pin of ['2468\n', '1357\n']) {
      writeFileSync(file, pin, { mode: 0o600 })
      chmodSync(file, 0o600)
      await machine.run('systemctl', 'reload', 'wizyjno')
      assert.equal(await machine.run('sh', '-c', `nsenter --target ${await pid()} --mount cat /run/wizyjno/wizyjno.pin`), pin)
    }
    assert.equal(await pid(), before)
    assert.deepEqual(await said(), [])
    await machine.run('systemctl', 'restart', 'wizyjno')
    assert.ok(await asks())
    assert.equal(await machine.property('NRestarts'), '0')
    assert.deepEqual(await said(), [])
    writeFileSync(machine.path('etc/wizyjno.toml'), 'room-size = 7\n')
    rmSync(file)
    await machine.run('systemctl', 'restart', 'wizyjno')
    await opens()
  })

  test('stays off after an upgrade when its owner has switched it off', async () => {
    await machine.run('systemctl', 'disable', '--quiet', 'wizyjno.service')
    await install()
    assert.equal(await machine.property('UnitFileState'), 'disabled')
    await machine.run('systemctl', 'enable', '--quiet', 'wizyjno.service')
  })

  test('is removed: nothing runs, settings and keys stay', async () => {
    await machine.run('dpkg', '--remove', 'wizyjno')
    assert.equal(await machine.run('ss', '-Hltun', 'sport = :443 or sport = :80 or sport = :3478'), '')
    assert.deepEqual(await present('/usr/bin/wizyjno', '/etc/wizyjno.toml', '/var/lib/wizyjno'), ['/etc/wizyjno.toml', '/var/lib/wizyjno'])
  })

  test('is purged: nothing is left', async () => {
    await machine.run('dpkg', '--purge', 'wizyjno')
    assert.deepEqual(
      await present('/etc/wizyjno.toml', '/var/lib/wizyjno', '/var/lib/private/wizyjno', '/etc/systemd/system/*wizyjno*', '/etc/systemd/system/*/*wizyjno*', '/var/lib/systemd/deb-system-helper*/*wizyjno*'),
      [],
    )
  })
})

test('the commands of docs/hosting.md lead to a host on the internet', { timeout: 60_000 }, async () => {
  const text = readFileSync(new URL('../../docs/hosting.md', import.meta.url), 'utf8')
  const [copy = '', shell = '', ...commands] = text.match(/(?<=\n\n)( {4}.*\n)+/)?.[0].split('\n').map(line => line.trim()).filter(Boolean) ?? []
  assert.ok(copy.startsWith('scp ') && shell.startsWith('ssh ') && commands.length === 3, 'five commands')
  for (const command of commands) await machine.run('sh', '-c', command.replace(/\.\/wizyjno\S*\.deb/, '/opt/wizyjno.deb'))
  const domain = 'call.example.org'
  // No authority can be asked from here, so there is no certificate that a browser trusts.
  const options = ['--silent', '--show-error', '--fail', '--insecure', '--resolve', `${domain}:443:${lab.address('box')}`]
  const page = await until('the page of a space opens by the domain', () => lab.run('laptop', 'curl', ...options, `https://${domain}/s/any-long-name`))
  assert.match(page, /<html data-hosted /)
  await machine.run('wizyjno', 'health')
})
