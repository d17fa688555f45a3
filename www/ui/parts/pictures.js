// The pictures of a call, each at its place: everybody's, shared screens, one's own. No place is another element:
// whatever moves, a <video> stays the same.
/** @import { Member, Other, Path, PersonId, Room, State, Who } from '../../state/types.d.ts' */
/** @import { ReactNode } from '../../vendor/react.js' */
/** @import { Words } from '../../words/index.js' */

import { weak } from '../../state/call/call-report.js'
import { audible, closed, mirrored, silent, spotlight, visible, volumeOf } from '../../state/selectors.js'
import { useEffect, useLayoutEffect, useRef, useState } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { useLazy } from '../hooks/lazy.js'
import { arrange, nearest } from './arrange.js'
import { Button } from './button.js'
import { h, html } from './html.js'
import { Menu } from './menu.js'
import { Tile } from './tile.js'

/** What one may do with a picture. @typedef {{ text: string, onChoose: () => void }} Item */

/** How loud somebody is here: whether at all, and what sets it. @typedef {(who: Other, name: string) => { silent: boolean, above: ReactNode }} Sound */

/** Where a picture lies, and how. @typedef {Pick<Parameters<typeof Tile>[0], 'box' | 'large' | 'cornered' | 'pinned' | 'near' | 'onNear' | 'onPin' | 'onDrop'>} Common */

/** @type {readonly import('../../state/types.d.ts').Corner[]} clockwise */
const CORNERS = ['topStart', 'topEnd', 'bottomEnd', 'bottomStart']

/** @param {{ state: State, over: boolean, inert: boolean }} props over: the controls lie on the pictures; inert: the list does */
export function Pictures({ state, over, inert }) {
  const words = useWords()
  const dispatch = useDispatch()
  const [place, { size, gap, clear }] = usePlace()
  const { room, me, view } = state
  const rest = room?.members.filter(({ id }) => id !== me.id) ?? []
  const screens = state.dataUse === 'sound' ? [] : rest.filter(({ media }) => media.screen)
  const signs = useSigns(state)
  /** @type {Who[]} */
  const all = [...screens.map(({ id }) => /** @type {const} */ (`screen ${id}`)), ...rest.map(({ id }) => id)]
  // It is what there is to see where nobody else is.
  const hidden = view.ownHidden && all.length > 0
  // Me among them, seen or not.
  const count = all.length + 1
  if (!hidden) all.push('me')
  useFocusOn(place, hidden)
  const { pin, closer, sound, hide, move } = useChoices(state)
  const large = spotlight(state)
  const at = large === null ? -1 : all.indexOf(large)
  const cornered = all.length === 2 && at >= 0
  // Up to two fill the whole screen, under the controls; of many each is small, and none hides.
  const boxes = arrange({
    count: all.length, focus: at < 0 ? null : at, corner: cornered ? view.corner : null, size, gap, clear, under: over && count <= 2,
  })

  /** @param {number} n */
  const common = n => ({
    // Measured first, it does not grow out of nothing.
    box: size.width > 0 ? boxes[n] : undefined,
    large: n === at || all.length === 1,
    cornered: cornered && n !== at,
    pinned: view.pinned === all[n],
    near: view.near === all[n],
    onNear: all[n] === 'me' ? undefined : (/** @type {boolean} */ near) => dispatch({ type: 'nearChosen', who: all[n], near }),
    // Alone there is nothing to choose from.
    onPin: all.length > 1 ? () => dispatch({ type: 'pinToggled', who: all[n] }) : undefined,
    onDrop: cornered && n !== at ? (/** @type {import('./arrange.js').Box} */ box) => dispatch({ type: 'cornerChosen', corner: nearest(box, size) }) : undefined,
  })

  return html`
    <div className="tiles" ref=${place} data-count=${count} data-large=${at >= 0} data-corner=${cornered ? view.corner : undefined} inert=${inert}>
      ${screens.map(({ id, name }, n) => h(ScreenTile, { key: `screen ${id}`, id, name, items: [pin(`screen ${id}`), closer(`screen ${id}`)], sound, common: common(n) }))}
      ${rest.map((member, n) => h(MemberTile, {
        key: member.id, member, room: /** @type {Room} */ (room), state, items: [pin(member.id), ...(shows(state, member) ? [closer(member.id)] : [])], sound, signs: signs(member.id), common: common(screens.length + n),
      }))}
      ${hidden && h(Button, { key: 'hidden', label: words.call.showMe, icon: 'camera', kind: 'tile', onClick: hide })}
      ${!hidden && h(Tile, {
        key: 'me', who: 'me', person: me.id ?? 0, name: me.shownName, shown: visible(state), muted: !audible(state), note: room && state.dataUse === 'sound' ? words.data.soundOnly : undefined, mirrored: mirrored(state), lit: room !== null,
        speaking: state.activeSpeakers.includes(me.id ?? 0), weak: weak(state, null), host: rest.length > 1 && room?.host === me.id, signs: signs(me.id),
        // On a phone it is too small for words.
        trouble: closed(state) && !over ? words.devices.closed : undefined, ...common(all.length - 1),
        menu: all.length > 1 && h(Menu, {
          label: words.call.options(words.call.you), icon: 'more', kind: 'tile',
          items: [pin('me'), ...(cornered && large !== 'me' ? [{ text: words.call.moveCorner, onChoose: move }] : []), { text: words.call.hideMe, onChoose: hide }],
        }),
      })}
    </div>`
}

/** What one may do with each picture, one's own and others'. @param {State} state */
function useChoices(state) {
  const words = useWords()
  const dispatch = useDispatch()
  const { view, room } = state
  const loudness = useLazy((room?.members.length ?? 0) > 1, () => import('./loudness.js'))
  const pin = (/** @type {Who} */ who) => ({
    text: view.pinned === who ? words.call.unpin : words.call.pin,
    onChoose: () => dispatch({ type: 'pinToggled', who }),
  })
  const closer = (/** @type {Who} */ who) => ({
    text: view.near === who ? words.call.whole : words.call.closer,
    onChoose: () => dispatch({ type: 'nearChosen', who, near: view.near !== who }),
  })
  /** @param {Other} who @param {string} name */
  const sound = (who, name) => ({
    silent: silent(state, who),
    above: loudness && h(loudness.Loudness, { who, name, volume: volumeOf(state, who) }),
  })
  const hide = () => dispatch({ type: 'ownHiddenToggled' })
  const move = () => dispatch({ type: 'cornerChosen', corner: CORNERS[(CORNERS.indexOf(view.corner) + 1) % CORNERS.length] })
  return { pin, closer, sound, hide, move }
}

/** Who hid their picture, or took it back, goes on where it stood. @param {import('../../vendor/react.js').RefObject<HTMLElement | null>} place @param {boolean} hidden */
function useFocusOn(place, hidden) {
  const was = useRef(hidden)
  useEffect(() => {
    if (was.current === hidden) return
    was.current = hidden
    if (document.activeElement !== document.body) return
    const instead = place.current?.querySelector(hidden ? '.tiles > .button' : '[data-who=me] .menu > .button')
    if (instead instanceof HTMLElement) instead.focus({ preventScroll: true })
  }, [hidden])
}

/** What somebody shows of the screen. @param {{ id: PersonId, name: string, items: Item[], sound: Sound, common: Common }} props */
function ScreenTile({ id, name, items, sound, common }) {
  const words = useWords()
  const label = words.call.screenOf(name)
  const { silent, above } = sound(`screen ${id}`, label)
  return h(Tile, {
    ...common,
    who: `screen ${id}`, person: id, name: label, shown: true, muted: false, silent, path: 'relay',
    menu: h(Menu, { label: words.call.options(label), icon: 'more', kind: 'tile', above, items }),
  })
}

/**
 * @param {object} props
 * @param {Member} props.member
 * @param {Room} props.room
 * @param {State} props.state
 * @param {Item[]} props.items
 * @param {Sound} props.sound
 * @param {ReactNode} props.signs
 * @param {Common} props.common
 */
function MemberTile({ member, room, state, items, sound, signs, common }) {
  const words = useWords()
  const dispatch = useDispatch()
  const path = state.paths.get(member.id)
  const host = room.host === state.me.id
  const { silent, above } = sound(member.id, member.name)
  return h(Tile, {
    ...common,
    who: member.id, person: member.id, name: member.name,
    shown: shows(state, member),
    muted: !member.media.microphone,
    silent,
    note: member.media.sound_only ? words.data.soundOnly : undefined,
    speaking: state.activeSpeakers.includes(member.id),
    path: path?.kind,
    weak: weak(state, member),
    trouble: trouble(words, member, path),
    host: room.members.length > 2 && room.host === member.id,
    signs,
    menu: h(Menu, {
      label: words.call.options(member.name), icon: 'more', kind: 'tile', above,
      items: [
        ...items,
        { text: words.call.information, onChoose: () => dispatch({ type: 'callInfoToggled', open: true, about: member.id }) },
        ...(host && member.hand !== undefined ? [{ text: words.gestures.lower, onChoose: () => dispatch({ type: 'lowerHandClicked', member: member.id }) }] : []),
        ...(host && member.media.microphone ? [{ text: words.call.askToMute, onChoose: () => dispatch({ type: 'askToMuteClicked', member: member.id }) }] : []),
        ...(host ? [{ text: words.call.remove, onChoose: () => dispatch({ type: 'removeClicked', member: member.id }), apart: true }] : []),
      ],
    }),
  })
}

/** Hand and reactions of each member. @param {State} state */
function useSigns({ room, reactions }) {
  const gestures = useLazy(room !== null, () => import('./gestures.js'))
  return (/** @type {PersonId | null} */ member) => gestures && h(gestures.Signs, {
    hand: room?.members.find(({ id }) => id === member)?.hand, reactions: reactions.filter(({ from }) => from === member),
  })
}

/** There is a picture of that member. @param {State} state @param {Member} member */
function shows(state, member) {
  return state.dataUse !== 'sound' && member.media.camera && (state.paths.get(member.id)?.sees ?? false)
}

/** @param {Words} words @param {Member} member @param {Path | undefined} path */
function trouble(words, member, path) {
  switch (path?.status) {
    case 'connected': return undefined // the call goes on, even if the box has lost them
    case 'interrupted': return member.reconnecting ? words.call.reconnecting : words.call.interrupted
    case 'failed': return member.reconnecting ? words.call.reconnecting : words.call.failed
    default: return member.reconnecting ? words.call.reconnecting : words.call.connecting
  }
}

/** The place for the pictures. The sheet says how far apart they lie, and by its padding what they keep clear of. */
function usePlace() {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null))
  const [measures, set] = useState({ size: { width: 0, height: 0 }, gap: 0, clear: { above: 0, below: 0, start: 0, end: 0 } })
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (place.current)
    const measure = () => {
      const style = getComputedStyle(element)
      set({
        size: { width: element.clientWidth, height: element.clientHeight },
        gap: parseFloat(style.columnGap) || 0,
        clear: {
          above: parseFloat(style.paddingTop), below: parseFloat(style.paddingBottom),
          start: parseFloat(style.paddingLeft), end: parseFloat(style.paddingRight),
        },
      })
    }
    measure()
    const watch = new ResizeObserver(measure)
    watch.observe(element)
    return () => watch.disconnect()
  }, [])
  return /** @type {const} */ ([place, measures])
}
