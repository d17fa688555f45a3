// Sentences to be read: how a call ended, every error, and what is wrong for a while. What one may press keeps clear of them.
/** @import { Event, Notice, NoticeText, State } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { useLayoutEffect, useRef } from '../../vendor/react.js'
import { missed } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from './button.js'
import { h, html } from './html.js'

/** Errors interrupt a screen reader, the rest waits its turn. Both places stand empty, so that what comes is read.
 * @param {{ state: State }} props */
export function Notices({ state }) {
  // Calls that were missed stand in the lobby.
  const notices = state.notices.filter(({ text }) => !missed(text))
  const errors = notices.filter(({ text }) => text.type === 'error')
  const others = notices.filter(({ text }) => text.type !== 'error')
  const place = usePlace(notices.length)
  return html`
    <div className="notices" ref=${place}>
      ${h(Banner, { state })}
      <div role="status" aria-atomic="false">${others.map(notice => h(NoticeCard, { key: notice.id, notice, state }))}</div>
      <div role="alert" aria-atomic="false">${errors.map(notice => h(NoticeCard, { key: notice.id, notice, state }))}</div>
    </div>`
}

/** Tells the sheets how high they are, as `--notices`, and shows the newest. @param {number} count */
function usePlace(count) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null))
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (place.current)
    const watch = new ResizeObserver(() => document.documentElement.style.setProperty('--notices', `${element.offsetHeight}px`))
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  useLayoutEffect(() => void place.current?.scrollTo(0, place.current.scrollHeight), [count])
  return place
}

/** What is wrong with the whole page for a while. @param {{ state: State }} props */
function Banner({ state: { connection, me, room, soundBlocked } }) {
  const words = useWords()
  const lost = connection.status === 'lost' && me.id !== null
  return html`
    <div className="banner" role="status">
      ${lost && html`<p>${room ? words.connection.lostInCall : words.connection.lost}</p>`}
      ${soundBlocked && html`<p>${words.connection.soundBlocked}</p>`}
    </div>`
}

/** @param {{ notice: Notice, state: State }} props */
function NoticeCard({ notice: { id, text }, state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const help = remedy(words, state, text)
  const act = (/** @type {Event} */ event) => {
    dispatch({ type: 'noticeDismissed', id })
    dispatch(event)
  }
  return html`
    <div className="notice" data-error=${text.type === 'error'}>
      <p>${sentence(words, text)}</p>
      <span className="notice-answers">
        ${help && h(Button, { label: help.label, text: help.text, onClick: () => act(help.event) })}
        ${h(Button, { label: words.notices.dismiss, icon: 'close', round: true, kind: 'quiet', onClick: () => dispatch({ type: 'noticeDismissed', id }) })}
      </span>
    </div>`
}

/** What one may do about it at once. @param {Words} words @param {State} state @param {NoticeText} text @returns {{ label: string, text?: string, event: Event } | null} */
function remedy(words, state, text) {
  if (text.type === 'updated') return { label: words.notices.reload, event: { type: 'reloadClicked' } }
  if (text.type === 'asked_to_mute' && state.mutedByHost !== null) return { label: words.call.unmute, event: { type: 'muteToggled' } }
  if (text.type === 'link_elsewhere') return { label: words.notices.leaveAndKnock, event: { type: 'leaveAndKnockClicked', room: text.room } }
  if (text.type === 'came') return { label: (state.room ? words.people.invitePerson : words.people.callPerson)(text.name), text: state.room ? words.people.invite : words.people.call, event: { type: 'inviteClicked', to: text.person } }
  return null
}

/** @param {Pick<Words, "notices">} words @param {NoticeText} text @returns {string} */
export function sentence({ notices }, text) {
  switch (text.type) {
    case 'invitation_ended': {
      const { outcome, name, mine } = text
      if (!mine) return notices.theirs[outcome.how](name)
      return notices.mine[outcome.how === 'declined' ? outcome.reason ?? 'declined' : outcome.how](name)
    }
    case 'room_left': {
      const { why } = text
      switch (why.why) {
        case 'last_left':
        case 'last_lost': return notices.roomEnded[why.why](why.name)
        case 'nobody_came': return sentence({ notices }, { type: 'invitation_ended', name: why.name, outcome: why.outcome, mine: true })
        default: return notices.roomEnded[why.why]
      }
    }
    case 'knock_ended': return notices.knock[text.outcome]
    case 'asked_to_mute': return notices.askedToMute(text.name)
    case 'error': return notices.errors[text.code]
    case 'link': return (text.locked ? `${notices.linkLocked} ` : '') + (text.address === null ? notices.linkCopied : notices.linkShown(text.address))
    case 'link_elsewhere': return notices.linkElsewhere
    case 'space_closed': return notices.spaceClosed[text.why]
    case 'came': return notices.came(text.name)
    case 'back': return notices.back
    case 'updated': return notices.updated
    case 'device_lost': return notices.deviceLost[text.kind]
    case 'path_failed': return notices.pathFailed(text.name)
    case 'meshed': return notices.meshed
    case 'mesh_full': return notices.meshFull
    case 'strained': return notices.strained
  }
}
