// Who comes and goes in a call, and who falls silent, for screen readers: others see it.
/** @import { PersonId, Room } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { useEffect, useRef, useState } from '../../vendor/react.js'
import { useWords } from '../hooks/context.js'
import { html } from './html.js'

/** Sentences that stay: what comes close together is read one after the other. */
const KEPT = 5

/** @param {{ room: Room | null, me: PersonId | null }} props */
export function Announcements({ room, me }) {
  const words = useWords()
  const before = useRef(room)
  const [told, tell] = useState(/** @type {{ key: number, sentence: string }[]} */ ([]))
  useEffect(() => {
    const sentences = announcements(words, before.current, room, me)
    before.current = room
    if (sentences.length > 0) tell(told => [...told, ...sentences.map((sentence, n) => ({ key: (told.at(-1)?.key ?? 0) + n + 1, sentence }))].slice(-KEPT))
  }, [room])
  return html`
    <div className="hidden" role="status" aria-atomic="false">
      ${room && told.map(({ key, sentence }) => html`<p key=${key}>${sentence}</p>`)}
    </div>`
}

/**
 * What has changed about the others while one was in the room.
 *
 * @param {Words} words @param {Room | null} before @param {Room | null} now @param {PersonId | null} me
 */
export function announcements({ call }, before, now, me) {
  if (before === null || before.id !== now?.id) return []
  const known = new Map(before.members.map(member => [member.id, member]))
  /** @type {string[]} */
  const sentences = []
  for (const { id, name, media } of now.members) {
    const was = known.get(id)
    known.delete(id)
    if (id === me) continue
    if (!was) sentences.push(call.came(name))
    else if (was.media.microphone && !media.microphone) sentences.push(call.isSilent(name))
    if (media.screen && !was?.media.screen) sentences.push(call.showsScreen(name))
  }
  known.delete(me ?? 0)
  return [...sentences, ...[...known.values()].map(({ name }) => call.went(name))]
}
