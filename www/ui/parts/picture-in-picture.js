// The small window over everything else: who speaks, and the two buttons that matter. Where a browser
// has no such windows for documents, the picture alone floats.
/** @import { Store } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { audible, spotlight, visible } from '../../state/selectors.js'
import { createRoot } from '../../vendor/react-dom.js'
import { useSyncExternalStore } from '../../vendor/react.js'
import { DispatchContext, useWords, WordsContext } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { Button } from './button.js'
import { h, html } from './html.js'
import { Tile } from './tile.js'

sheets('picture-in-picture')

/** @param {Store} store @param {Words} words @param {() => void} closed @returns {Promise<() => void>} how to close it */
export async function openPictureInPicture(store, words, closed) {
  const { documentPictureInPicture } = /** @type {{ documentPictureInPicture?: { requestWindow(size: { width: number, height: number }): Promise<Window> } }} */ (/** @type {unknown} */ (window))
  if (!documentPictureInPicture) return floatVideo(closed)
  const small = await documentPictureInPicture.requestWindow({ width: 360, height: 270 })
  const { document: page } = small
  page.documentElement.lang = document.documentElement.lang
  page.title = 'Wizyjno Godka'
  for (const { href } of /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel=stylesheet]'))) {
    const link = page.createElement('link')
    link.rel = 'stylesheet'
    link.href = href
    page.head.append(link)
  }
  const root = createRoot(page.body.appendChild(page.createElement('div')))
  root.render(h(WordsContext.Provider, { value: words }, h(DispatchContext.Provider, { value: store.dispatch }, h(Float, { store }))))
  small.addEventListener('pagehide', () => {
    root.unmount()
    closed()
  }, { once: true })
  return () => small.close()
}

/** @param {() => void} closed */
async function floatVideo(closed) {
  const video = /** @type {HTMLVideoElement | null} */ (document.querySelector('.tile[data-large=true] video, .tile[data-who=other] video'))
  if (!video) throw new Error('nobody is there to be seen')
  await video.requestPictureInPicture()
  video.addEventListener('leavepictureinpicture', closed, { once: true })
  return () => void (document.pictureInPictureElement === video && document.exitPictureInPicture().catch(() => {}))
}

/** @param {{ store: Store }} props */
function Float({ store }) {
  const state = useSyncExternalStore(store.subscribe, store.getState)
  const words = useWords()
  const { room, me, view, paths } = state
  const others = room?.members.filter(({ id }) => id !== me.id) ?? []
  const who = spotlight(state) ?? view.speaker ?? others[0]?.id ?? 'me'
  const member = others.find(({ id }) => id === who || who === `screen ${id}`)
  const screen = member !== undefined && who !== member.id
  const speaking = audible(state)
  return html`
    <main className="picture-in-picture">
      ${h(Tile, {
        who, person: member?.id ?? me.id ?? 0, name: member ? (screen ? words.call.screenOf(member.name) : member.name) : me.shownName,
        shown: member ? screen || (member.media.camera && (paths.get(member.id)?.sees ?? false)) : visible(state),
        muted: member ? !screen && !member.media.microphone : !speaking,
      })}
      <div className="picture-in-picture-controls">
        ${h(Button, {
          label: speaking ? words.call.mute : words.call.unmute, icon: speaking ? 'microphone' : 'microphoneOff', kind: 'tile', round: true, off: !speaking,
          onClick: () => store.dispatch({ type: 'muteToggled' }),
        })}
        ${room && h(Button, { label: words.call.hangUp, icon: 'hangUp', kind: 'stop', round: true, onClick: () => store.dispatch({ type: 'hangUpClicked' }) })}
      </div>
    </main>`
}
