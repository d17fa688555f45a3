// What lies in www/vendor is what the lock file's packages make.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { make } from '../../tools/vendor.mjs'

const folder = new URL('../../www/vendor/', import.meta.url)

test('www/vendor is what tools/vendor.mjs makes, byte for byte', async () => {
  const made = await make()
  for (const [file, text] of made) {
    assert.ok(readFileSync(new URL(file, folder), 'utf8') === text, `${file} differs: run node tools/vendor.mjs`)
  }
  const lying = readdirSync(folder).filter(file => !file.endsWith('.d.ts'))
  assert.deepEqual(lying.sort(), [...made.keys()].sort())
})
