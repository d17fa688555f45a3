// The image of the Dockerfile, and what each platform's file makes of it: a root of these files alone, under a user that
// may do nothing, as bubblewrap gives it. No image is built, and nobody outside is asked for anything.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { PROGRAM } from '../shared/box.js'
import { Running } from '../shared/running.js'
import { until } from '../shared/until.js'
import { freePorts } from './ports.js'
import { handshake } from './visitor.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A file of YAML or TOML as data. @param {string} name @returns {any} */
function parsed(name) {
  const how = name.endsWith('.toml') ? 'tomllib.load(open(f, "rb"))' : 'yaml.safe_load(open(f))'
  const script = `import json, sys, tomllib, yaml; f = sys.argv[1]; print(json.dumps(${how}))`
  return JSON.parse(execFileSync('python3', ['-c', script, join(ROOT, name)], { encoding: 'utf8' }))
}

/** What the Dockerfile says of the image: its last stage. */
function image() {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  const stage = text.slice(text.lastIndexOf('\nFROM ')).replaceAll('\\\n', ' ')
  const lines = stage.split('\n').filter(line => /^[A-Z]/.test(line)).map(line => line.match(/^(\w+) (.*)$/)?.slice(1) ?? [])
  const said = (/** @type {string} */ word) => lines.filter(([first]) => first === word).map(([, rest]) => rest)
  const words = (/** @type {string} */ word) => said(word).join(' ').split(' ').filter(Boolean)
  return {
    from: words('FROM'),
    user: words('USER').join().split(':').map(Number),
    environment: Object.fromEntries(words('ENV').map(one => one.split('='))),
    ports: words('EXPOSE'),
    volume: words('VOLUME').join(),
    files: said('COPY').map(copy => copy.split(' ').at(-1) ?? ''),
    health: JSON.parse(said('HEALTHCHECK').join().replace(/.*CMD /, '')),
    entry: JSON.parse(said('ENTRYPOINT').join()),
  }
}

/** A container of that image. */
class Container {
  #folder = mkdtempSync(join(tmpdir(), 'wizyjno-image-'))
  #image = image()
  #bwrap
  #environment
  running

  /** @param {Record<string, string>} environment what the platform sets besides */
  constructor(environment) {
    for (const folder of ['root', 'state']) mkdirSync(join(this.#folder, folder))
    const { files, user: [uid, gid], volume } = this.#image
    assert.deepEqual(files, ['/wizyjno', '/etc/ssl/certs/ca-certificates.crt', '/state'])
    this.#place(PROGRAM, '/wizyjno')
    // The program of tests is not static: what it is linked to comes along.
    const linked = spawnSync('ldd', [PROGRAM], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? []
    for (const library of linked.filter(path => path.startsWith('/lib'))) this.#place(library, library)
    for (const folder of ['proc', 'dev', 'state']) mkdirSync(join(this.#folder, 'root', folder))
    this.#bwrap = [
      '--unshare-user', '--uid', `${uid}`, '--gid', `${gid}`, '--cap-drop', 'ALL', '--die-with-parent', '--clearenv',
      '--ro-bind', join(this.#folder, 'root'), '/', '--bind', join(this.#folder, 'state'), volume, '--proc', '/proc', '--dev', '/dev',
    ]
    this.#environment = { ...this.#image.environment, ...environment, WIZYJNO_READY_FILE: join(volume, 'ready.json') }
    const [program, ...more] = this.#command(this.#image.entry)
    this.running = new Running(spawn(program ?? '', more, { stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  /** @param {string} from @param {string} to */
  #place(from, to) {
    const there = join(this.#folder, 'root', to)
    mkdirSync(dirname(there), { recursive: true })
    copyFileSync(from, there)
  }

  /** @param {readonly string[]} command */
  #command(command) {
    const set = Object.entries(this.#environment).flatMap(([name, value]) => ['--setenv', name, value])
    return ['bwrap', ...this.#bwrap, ...set, '--', ...command]
  }

  /** What the health check says. */
  health() {
    const [program = '', ...more] = this.#command(this.#image.health)
    const { status, stderr } = spawnSync(program, more, { encoding: 'utf8' })
    return { status, said: stderr }
  }

  get kept() {
    return readdirSync(join(this.#folder, 'state'))
  }

  /** As a container's runtime ends it. */
  async end() {
    const { pid } = JSON.parse(readFileSync(join(this.#folder, 'state/ready.json'), 'utf8'))
    process.kill(pid)
    const status = await this.running.ended
    rmSync(this.#folder, { recursive: true, force: true })
    return status
  }
}

/** Plays with a container, and ends it. @param {Record<string, string>} environment @param {(container: Container) => Promise<void>} story */
async function run(environment, story) {
  // Only loopback is listened at, and no authority outside is asked.
  const here = { WIZYJNO_LISTEN: '127.0.0.1', WIZYJNO_ACME_DIRECTORY: 'https://127.0.0.1:1/directory' }
  const container = new Container({ ...environment, ...here })
  try {
    await until('it is well', () => container.health().status === 0)
    await story(container)
  } catch (error) {
    console.error(container.running.output)
    container.running.child.kill('SIGKILL')
    throw error
  }
  assert.equal(await container.end(), 0)
}

/** @param {string} port @param {string} host @returns {Promise<{ status?: number, body: string }>} */
function page(port, host) {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, headers: { host } }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', text => (body += text)).on('end', () => resolve({ status: response.statusCode, body }))
    }).on('error', reject)
  })
}

test('the image has one program, a user without rights, and says how it is', async () => {
  const { from, user, ports, volume, environment, health, entry } = image()
  assert.deepEqual([from, entry, health], [['scratch'], ['/wizyjno'], ['/wizyjno', 'health']])
  assert.ok(user.length === 2 && user.every(id => id > 0))
  assert.deepEqual(ports, ['443/tcp', '80/tcp', '3478/udp', '3478/tcp'])
  assert.equal(environment.WIZYJNO_STATE_DIR, volume)
})

test('as compose and fly.io start it, it serves its domain, keeps its keys and is well', async () => {
  const compose = parsed('hosting/compose.yaml').services.wizyjno
  const published = compose.ports.map((/** @type {string} */ port) => port.replace(/^(\d+):\1/, '$1'))
  assert.deepEqual(published.toSorted(), image().ports.toSorted())
  assert.deepEqual(compose.volumes, [`state:${image().volume}`])
  const fly = parsed('hosting/fly.toml')
  const served = fly.services.map((/** @type {any} */ { internal_port, protocol, ports: [{ port }] }) => {
    assert.equal(port, internal_port)
    return `${port}/${protocol}`
  })
  assert.deepEqual([served.toSorted(), fly.mounts.destination, fly.build.dockerfile], [image().ports.toSorted(), image().volume, 'Dockerfile'])
  for (const environment of [compose.environment, fly.env]) {
    const [https, http] = await freePorts(2)
    const ports = { WIZYJNO_HTTPS_PORT: `${https}`, WIZYJNO_HTTP_PORT: `${http}` }
    await run({ ...environment, ...ports }, async container => {
      const shown = await handshake(`https://127.0.0.1:${https}`, environment.WIZYJNO_DOMAIN.split(',')[0])
      assert.match(shown.issuer, /Wizyjno/, 'its own authority vouches until there is another')
      assert.ok(container.kept.includes('ca.key'), container.kept.join())
    })
  }
})

test('where only HTTP passes, it is at the port of the platform, and says what it cannot do', async () => {
  const [render] = parsed('hosting/render.yaml').services
  assert.deepEqual([render.runtime, render.healthCheckPath, render.numInstances], ['docker', '/health', 1])
  const environment = Object.fromEntries(render.envVars.map((/** @type {any} */ { key, value }) => [key, value]))
  const [port] = (await freePorts(1)).map(String)
  assert.ok(port)
  await run({ ...environment, PORT: port }, async container => {
    const { status, body } = await page(port, environment.WIZYJNO_DOMAIN)
    assert.ok(status === 200 && body.includes('<html data-hosted '), body)
    assert.match(container.running.output, /WARN.* no relay/)
  })
})

test('what cloud-init writes are settings that the box takes', async () => {
  const { write_files: files, runcmd } = parsed('hosting/cloud-init.yaml')
  assert.ok(runcmd.every((/** @type {unknown} */ command) => Array.isArray(command)))
  const folder = mkdtempSync(join(tmpdir(), 'wizyjno-cloud-'))
  const [settings, pin] = ['/etc/wizyjno.toml', '/etc/wizyjno.pin'].map(path => files.find((/** @type {any} */ file) => file.path === path))
  assert.equal(pin.permissions, '0600')
  writeFileSync(join(folder, 'pin'), pin.content)
  writeFileSync(join(folder, 'wizyjno.toml'), settings.content.replace(pin.path, join(folder, 'pin')))
  const options = ['--config', join(folder, 'wizyjno.toml'), '--state-dir', join(folder, 'state'), '--acme-directory', 'none']
  const box = new Running(spawn(PROGRAM, [...options, '--listen', '127.0.0.1', '--https-port', '0', '--http-port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] }))
  await box.says('serving')
  assert.equal(await box.end(), 0)
  rmSync(folder, { recursive: true, force: true })
})
