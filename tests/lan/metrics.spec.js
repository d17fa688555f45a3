// The figures as a real Prometheus takes them, on another device. Run ./prepare first.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

const PROMETHEUS = fileURLToPath(new URL('../../target/prometheus/usr/bin/prometheus', import.meta.url))

/** @type {Lab} */
let lab
before(() => void (lab = new Lab('pi', 'owner')))
after(() => lab?.down())

test('Prometheus scrapes the box as docs/metrics.md has it', async () => {
  const box = await startBox(lab, 'pi', '--no-mdns')
  const folder = lab.folder('prometheus')
  const settings = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'wizyjno',
        scheme: 'https',
        static_configs: [{ targets: [`${lab.address('pi')}:${new URL(box.ready.https).port || 443}`] }],
        tls_config: { ca_file: box.ready.ca },
      },
    ],
  }
  writeFileSync(join(folder, 'settings.yml'), JSON.stringify(settings)) // all JSON is YAML
  const files = [`--config.file=${join(folder, 'settings.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`]
  const prometheus = lab.start('owner', PROMETHEUS, ...files, '--web.listen-address=127.0.0.1:9090')
  /** @param {string} question @returns {Promise<any>} */
  const ask = async question =>
    JSON.parse(await lab.run('owner', 'curl', '--silent', '--fail', `http://127.0.0.1:9090/api/v1/${question}`)).data
  try {
    const of = async (/** @type {string} */ metric) => (await ask(`query?query=${metric}`)).result[0]
    await until('it has been scraped', async () => (await of('up'))?.value[1] === '1')
    assert.equal((await of('wizyjno_people')).value[1], '0')
    assert.equal((await of('wizyjno_media_thread_up')).value[1], '1')
    assert.ok((await of('wizyjno_build_info')).metric.version)
    const { wizyjno_people: people, wizyjno_pages_opened: pages } = await ask('metadata')
    assert.deepEqual([people[0].type, pages[0].type], ['gauge', 'counter'])
  } catch (error) {
    console.error(prometheus.output)
    throw error
  } finally {
    await prometheus.end()
    await box.end()
  }
})
