// A call of two browsers whose page and words come through nginx; their pictures go to the box itself.
import { Box } from '../shared/box.js'
import { Person } from '../shared/person.js'
import { stage } from '../shared/play.js'
import { DOMAIN, Proxy } from './proxies.js'

stage('two people see and hear each other through nginx', async test => {
  const box = await Box.start(['--behind-proxy', '--domain', DOMAIN, '--trusted-proxy', '127.0.0.1'])
  test.after(() => box.end())
  const proxy = await Proxy.start('nginx', new URL(box.ready.http).port)
  test.after(() => proxy.end())
  const page = `https://${DOMAIN}:${proxy.port}/?lang=en`
  const log = () => `${box.log}\n${proxy.log}`
  return { page, log, open: (name, options) => Person.open(name, { ca: proxy.ca, resolves: DOMAIN, ...options }) }
}, async ({ lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await bob.answers('Ann', 'Accept')
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
})
