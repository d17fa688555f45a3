// What the relay is for: rooms of three, and two whom their network keeps apart.
import assert from 'node:assert/strict'
import { ends, everybody, goes } from '../shared/room.js'
import { until } from '../shared/until.js'
import { hosts, play } from './play.js'

play('three people see and hear each other through the box behind port 443', { people: ['Ann', 'Bob', 'Cyd'] }, async ({ box, room }) => {
  assert.equal(new URL(box.ready.https).port, '', 'it has the port of HTTPS')
  assert.equal(box.ready.media_port, 3478)
  const [ann, bob, cyd] = await room('Ann', 'Bob', 'Cyd')
  await everybody([ann, bob, cyd], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob, cyd], (one, other) => goes('relay', one, other))
  for (const one of [ann, bob, cyd]) await until('it goes over UDP', async () => (await ends(one)).every(end => end === 'host udp'))
})

play('two whom the network keeps apart are relayed, and go straight when it no longer does', { people: ['Ann', 'Bob'] }, async ({ lab, room }) => {
  for (const host of [hosts.Ann, hosts.Bob]) lab.isolate(host)
  const [ann, bob] = await room('Ann', 'Bob')
  await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob], (one, other) => goes('relay', one, other))

  lab.isolate(hosts.Ann, false)
  await everybody([ann, bob], (one, other) => goes('direct', one, other))
  await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
})

for (const port of [443, 8443]) {
  play(`somebody without UDP is in the call by TCP, with HTTPS on port ${port}`, { people: ['Ann', 'Bob'], box: ['--https-port', String(port)] }, async ({ lab, room }) => {
    lab.blockUdp(hosts.Ann)
    const [ann, bob] = await room('Ann', 'Bob')
    await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
    await everybody([ann, bob], (one, other) => goes('relay', one, other))
    await until('it goes over TCP', async () => (await ends(ann)).some(end => end.endsWith(' tcp')))
  })
}

for (const bytes of [1200, 1000]) {
  play(`pictures come over a link of the box that carries packets of ${bytes} bytes`, { people: ['Ann', 'Bob'] }, async ({ lab, box, room }) => {
    lab.narrow('pi', bytes)
    for (const host of [hosts.Ann, hosts.Bob]) lab.isolate(host)
    const [ann, bob] = await room('Ann', 'Bob')
    await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
    await everybody([ann, bob], (one, other) => goes('relay', one, other))
    for (const one of [ann, bob]) await until('it goes over UDP', async () => (await ends(one)).every(end => end === 'host udp'))
    const figures = await lab.run('pi', 'curl', '--silent', '--cacert', box.ready.ca, `https://localhost:${new URL(box.ready.https).port || 443}/metrics`)
    assert.match(figures, /^wizyjno_media_unsent_datagrams_total\{cause="too_large"\} 0$/m)
  })
}
