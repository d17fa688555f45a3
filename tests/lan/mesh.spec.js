// A firewall before the box lets the page through and no media: up to four people go straight to each other.
import english from '../../www/words/en.js'
import { everybody, goes, invited, together } from '../shared/room.js'
import { play } from './play.js'

play('four see and hear each other directly where the port of media is blocked, and read why', {
  people: ['Ann', 'Bob', 'Cyd', 'Fay'],
}, async ({ lab, box, lobby }) => {
  const port = box.ready.media_port
  for (const protocol of ['udp', 'tcp']) {
    await lab.run('pi', 'iptables', '-w', '-A', 'INPUT', '-i', 'eth0', '-p', protocol, '--dport', String(port), '-j', 'DROP')
  }
  const all = await lobby('Ann', 'Bob', 'Cyd', 'Fay')
  const [ann, bob, cyd, fay] = all
  await together(ann, bob)
  await invited(ann, cyd)
  await invited(ann, fay)
  await everybody(all, (one, other) => one.seesAndHears(other.name))
  await everybody(all, (one, other) => goes('direct', one, other))
  await cyd.reads(english.notices.meshed)
})
