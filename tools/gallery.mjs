// Makes docs/gallery/ anew: `npm run gallery`. Every screen in three sizes, two colour schemes and three
// languages, as one small sheet for each; and some in Safari's engine. The screens are the stories of tests/www/gallery.js,
// so no camera and no box are needed.
//
//   npm run gallery -- FOLDER [WORD…]   every picture by itself, in full size, into that folder;
//                                       only those whose name has all of the words

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { serve } from '../tests/www/gallery-server.js'
import { WebKit } from '../tests/webkit/webkit.js'
import { settled } from '../tests/www/settled.js'
import { sizes } from '../tests/www/sizes.js'

const root = fileURLToPath(new URL('..', import.meta.url))

// The smallest are not among the sheets; they are to be looked at by hand.
const sheets = /** @type {const} */ (['desktop', 'phone', 'landscape'])
const schemes = /** @type {const} */ (['light', 'dark'])
const languages = ['en', 'pl', 'szl']

const [folder, ...wanted] = process.argv.slice(2)
const server = await serve()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
const target = folder ?? join(root, 'docs', 'gallery')
if (!folder) await rm(target, { recursive: true, force: true })
await mkdir(target, { recursive: true })

for (const [size, { viewport, touch }] of Object.entries(sizes)) {
  for (const colorScheme of schemes) {
    for (const language of languages) {
      const name = `${size}-${colorScheme}-${language}`
      if (folder ? !wanted.every(word => !isSetting(word) || name.split('-').includes(word)) : !sheets.includes(/** @type {any} */ (size))) continue
      const context = await browser.newContext({ viewport, colorScheme, hasTouch: touch, isMobile: touch, deviceScaleFactor: 1, reducedMotion: 'reduce' })
      const pictures = await photograph(context, name, language)
      if (!folder && pictures.length) {
        await writeFile(join(target, `${name}.webp`), await sheet(context, pictures, viewport))
        console.log(`${name}: ${pictures.length} screens`)
      }
      await context.close()
    }
  }
}
if (!folder || wanted.includes('webkit')) await photographWebKit()
await browser.close()
server.close()

/** Safari's engine: what it shows before a call, on a computer and in a narrow window. */
async function photographWebKit() {
  const webkit = await WebKit.open()
  try {
    for (const [size, width, height] of /** @type {const} */ ([['desktop', 1280, 800], ['narrow', 450, 839]])) {
      /** @type {{ story: string, bytes: Buffer }[]} */
      const pictures = []
      await webkit.visit(`${server.address}/tests/www/gallery.html?lang=en&story=start`)
      await webkit.resize(width, height)
      for (const language of languages) {
        for (const story of ['start', 'start-unable', 'lobby', 'lobby-crowded']) {
          await webkit.visit(`${server.address}/tests/www/gallery.html?lang=${language}&story=${story}`)
          await webkit.find('/html[@data-ready="yes"]')
          await webkit.run(settled)
          pictures.push({ story: `${story} (${language})`, bytes: await webkit.screenshot() })
          if (folder) await writeFile(join(target, `${story}-webkit-${size}-${language}.png`), pictures[pictures.length - 1].bytes)
        }
      }
      if (folder) continue
      const context = await browser.newContext({ deviceScaleFactor: 1 })
      await writeFile(join(target, `webkit-${size}.webp`), await sheet(context, pictures, { width, height }))
      console.log(`webkit-${size}: ${pictures.length} screens`)
      await context.close()
    }
  } finally {
    await webkit.close()
  }
}

/** It names a size, a scheme or a language, and not a screen. @param {string} word */
function isSetting(word) {
  return word in sizes || /** @type {readonly string[]} */ ([...schemes, ...languages]).includes(word)
}

/** @param {import('playwright-core').BrowserContext} context @param {string} name @param {string} language */
async function photograph(context, name, language) {
  const page = await context.newPage()
  page.on('pageerror', error => console.error(`${name}: ${error.message}`))
  await page.goto(`${server.address}/tests/www/gallery.html?lang=${language}`)
  const stories = await page.locator('li').allInnerTexts()
  /** @type {{ story: string, bytes: Buffer }[]} */
  const pictures = []
  await page.goto(`${server.address}/tests/www/gallery.html?lang=${language}&story=${stories[0]}`)
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
  for (const story of stories) {
    if (!wanted.every(word => isSetting(word) || story.includes(word))) continue
    await page.evaluate(story => /** @type {any} */ (window).gallery(story), story)
    await page.evaluate(settled)
    const bytes = await page.screenshot({ type: 'png' })
    pictures.push({ story, bytes })
    if (folder) await writeFile(join(target, `${story}-${name}.png`), bytes)
  }
  await page.close()
  return pictures
}

/** All of them on one page. @param {import('playwright-core').BrowserContext} context @param {{ story: string, bytes: Buffer }[]} pictures @param {{ width: number, height: number }} viewport */
async function sheet(context, pictures, viewport) {
  const wide = viewport.width > viewport.height
  const width = wide ? 400 : 200
  const columns = wide ? 4 : 8
  const page = await context.newPage()
  await page.setViewportSize({ width: columns * (width + 16) + 16, height: 600 })
  await page.setContent(`<style>
    body { margin: 16px; display: grid; grid-template-columns: repeat(${columns}, ${width}px); gap: 16px; background: #777; color: white; font: 12px sans-serif }
    figure { margin: 0 } img { display: block; width: 100%; margin-block-end: 4px }
  </style>${pictures.map(({ story, bytes }) => `<figure><img src="data:image/png;base64,${bytes.toString('base64')}">${story}</figure>`).join('')}`)
  await page.waitForFunction(() => [...document.images].every(image => image.complete))
  const session = await context.newCDPSession(page)
  const { contentSize } = await session.send('Page.getLayoutMetrics').then(metrics => ({ contentSize: metrics.cssContentSize }))
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp', quality: 55, captureBeyondViewport: true, clip: { x: 0, y: 0, width: contentSize.width, height: contentSize.height, scale: 1 },
  })
  await page.close()
  return Buffer.from(data, 'base64')
}
