// The Debian package on a fresh Debian: installed, upgraded, removed and purged. WIZYJNO_DEB is the package.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { until } from '../browser/until.js'
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
