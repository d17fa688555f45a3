// Who comes and goes in a call, who falls silent, raises a hand or reacts, for screen readers: others see it.
/** @import { PersonId, Room, Shown } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { useCallback, useEffect, useRef, useState } from '../../vendor/react.js'
import { useWords } from '../hooks/context.js'
import { html } from './html.js'

/** Sentences that stay: what comes close together is read one after the other. */
const KEPT = 5

/** Milliseconds for which reactions are gathered: of a room that applauds there is one sentence. */
const GATHERING = 1_500

/** @param {{ room: Room | null, me: PersonId | null, reactions: readonly Shown[] }} props */
export function Announcements({ room, me, reactions }) {
  const words = useWords()
  const before = useRef(room)
  const [told, setTold] = useState(/** @type {{ key: number, sentence: string }[]} */ ([]))
  const tell = useCallback((/** @type {string[]} */ sentences) => {
    if (sentences.length > 0) setTold(told => [...told, ...sentences.map((sentence, n) => ({ key: (told.at(-1)?.key ?? 0) + n + 1, sentence }))].slice(-KEPT))
  }, [])
  useEffect(() => {
    const sentences = announcements(words, before.current, room, me)
    before.current = room
    tell(sentences)
  }, [room])

  const now = useRef({ words, room, me, reactions })
  now.current = { words, room, me, reactions }
  /** Those that were told and are still shown. */
  const known = useRef(/** @type {readonly string[]} */ ([]))
  const shown = reactions.length > 0
  useEffect(() => {
    if (!shown) return void (known.current = [])
    const timer = setInterval(() => {
      const { words, room, me, reactions } = now.current
      tell(reactionsTold(words, room, me, reactions.filter(one => !known.current.includes(named(one)))))
      known.current = reactions.map(named)
    }, GATHERING)
    return () => clearInterval(timer)
  }, [shown])
  return html`
    <div className="hidden" role="status" aria-atomic="false">
      ${room && told.map(({ key, sentence }) => html`<p key=${key}>${sentence}</p>`)}
    </div>`
}

/** @param {Shown} shown */
const named = ({ from, reaction }) => `${from} ${reaction}`

/**
 * What has changed about the others while one was in the room, and about one's own hand.
 *
 * @param {Words} words @param {Room | null} before @param {Room | null} now @param {PersonId | null} me
 */
export function announcements({ call, data, gestures }, before, now, me) {
  if (before === null || before.id !== now?.id) return []
  const known = new Map(before.members.map(member => [member.id, member]))
  /** @type {string[]} */
  const sentences = []
  for (const { id, name, media } of now.members) {
    const was = known.get(id)
    if (id === me) continue
    if (!was) sentences.push(call.came(name))
    else if (was.media.microphone && !media.microphone) sentences.push(call.isSilent(name))
    if (media.sound_only && !was?.media.sound_only) sentences.push(data.theirs(name))
    if (media.screen && !was?.media.screen) sentences.push(call.showsScreen(name))
  }
  const up = now.members.filter(({ id, hand }) => hand !== undefined && id !== me && known.get(id)?.hand === undefined)
  if (up.length > 0) sentences.push(gestures.up(up.map(({ name }) => name)))
  const mine = now.members.find(({ id }) => id === me)?.hand
  const was = known.get(me ?? 0)?.hand
  if (mine !== undefined && was === undefined) sentences.push(gestures.mine(mine))
  else if (mine === undefined && was !== undefined) sentences.push(gestures.lowered)
  const left = before.members.filter(({ id }) => id !== me && !now.members.some(member => member.id === id))
  return [...sentences, ...left.map(({ name }) => call.went(name))]
}

/** A sentence for each kind. @param {Words} words @param {Room | null} room @param {PersonId | null} me @param {readonly Shown[]} reactions */
export function reactionsTold({ gestures }, room, me, reactions) {
  const others = reactions.filter(({ from }) => from !== me)
  return [...new Set(others.map(({ reaction }) => reaction))].map(kind => {
    const names = others.filter(({ reaction }) => reaction === kind).flatMap(({ from }) => room?.members.find(({ id }) => id === from)?.name ?? [])
    return gestures.reacted(names, gestures.reactions[kind])
  })
}
