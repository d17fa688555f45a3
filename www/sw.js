// Keeps the page at hand: it opens at once, and also while the box is away. An improvement only; without it,
// everything works. It also shows calls as notifications that can be answered.

const CACHE_NAME = 'page'

/** Milliseconds that the box may take before the kept page is shown. */
const NETWORK_TIMEOUT = 3_000

/** What a link to a room adds to the page's address. */
const ROOM = /\/r\/\d+$/

/** @type {any} The worker's own global, which the page's types do not know. */
const worker = self

worker.addEventListener('install', () => worker.skipWaiting())
worker.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()))

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  const address = pathname.replace(ROOM, '') || '/'
  if (request.mode === 'navigate' && isPage(address)) event.respondWith(page(request, address))
  else if (pathname.startsWith('/v/')) event.respondWith(file(request))
})

/** Whether it is the page there: of the lobby, or of a space. @param {string} pathname */
const isPage = pathname => /^\/(s\/[^/]+)?$/.test(pathname)

/** The newest page if the box answers soon, else the one that was kept. @param {Request} request @param {string} pathname */
async function page(request, pathname) {
  const cache = await caches.open(CACHE_NAME)
  const kept = await cache.match(pathname)
  const fresh = fetch(request).then(async answer => {
    if (answer.ok) await keep(cache, pathname, answer.clone())
    return answer
  })
  if (!kept) return fresh
  const late = new Promise(resolve => setTimeout(resolve, NETWORK_TIMEOUT, kept))
  return Promise.race([fresh, late]).catch(() => kept)
}

/** Keeps the page; of the files and of other spaces' pages only those of its own version. @param {Cache} cache @param {string} page @param {Response} answer */
async function keep(cache, page, answer) {
  const [, folder] = (await answer.clone().text()).match(/<base href="(\/v\/[^"]+)">/) ?? []
  if (!folder) return
  await cache.put(page, answer)
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url)
    const isOwn = isPage(pathname) ? (await (await cache.match(url))?.text())?.includes(folder) : pathname.startsWith(folder)
    if (!isOwn) await cache.delete(url)
  }
}

/** Below /v/ nothing ever changes. @param {Request} request */
async function file(request) {
  const cache = await caches.open(CACHE_NAME)
  const kept = await cache.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}

worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  const { notification, action } = event
  notification.close()
  event.waitUntil(answer(notification.data, action))
})

/**
 * Tells the page, and brings it forward unless the call was declined. Pages of other spaces have other calls.
 *
 * @param {{ invitation: number, space: string }} call @param {string} action
 */
async function answer({ invitation, space }, action) {
  for (const page of await worker.clients.matchAll({ type: 'window' })) {
    const [path = ''] = new URL(page.url).pathname.match(/^\/s\/[^/]+/) ?? []
    if (path !== space) continue
    page.postMessage({ invitation, action })
    if (action !== 'decline') await page.focus()
  }
}
