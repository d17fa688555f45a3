// Every screen of the gallery, looked at by a machine: for everybody's eyes and hands, and narrow enough.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import { CHROMIUM } from '../shared/browsers.js'
import { covered } from '../www/covered.js'
import { serve } from '../www/gallery-server.js'
import { settled } from '../www/settled.js'
import { sizes } from '../www/sizes.js'

/** @import { Browser, BrowserContextOptions, Page } from 'playwright-core' */

/** 200 % of a phone, or a small phone at 100 %. */
const NARROW = { width: 320, height: 640 }

/** A finger's target in CSS pixels (WCAG 2.2, 2.5.5). */
const TARGET = 44

/** @type {Browser} */
let browser
/** @type {Awaited<ReturnType<typeof serve>>} */
let server
before(async () => {
  server = await serve()
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
})
after(async () => {
  await browser.close()
  server.close()
})

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  describe(`in ${colorScheme} colours`, { timeout: 240_000 }, () => {
    it('every screen is accessible', () => walk({ colorScheme, viewport: { width: 1280, height: 800 } }, async (page, story) => {
      await page.evaluate(axe.source)
      // By night only the colours are others.
      const found = await page.evaluate(async rules => {
        const { violations } = await /** @type {typeof axe} */ (Reflect.get(window, 'axe')).run(rules)
        return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(node => node.target.join(' ')) }))
      }, colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {})
      assert.deepEqual(found, [], story)
    }))
  })
}

describe('on a screen of 320 pixels', { timeout: 240_000 }, () => {
  it('nothing sticks out, and fingers find every button', () => walk({ viewport: NARROW, hasTouch: true, isMobile: true }, async (page, story) => {
    const { width, small } = await page.evaluate(target => ({
      width: document.documentElement.scrollWidth,
      small: [...document.querySelectorAll('button, select, input, summary')]
        .map(element => /** @type {HTMLElement} */ (element.closest('label') ?? element))
        .filter(element => element.checkVisibility())
        .map(element => ({ name: element.getAttribute('aria-label') ?? element.textContent, box: element.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < target - 0.5)
        .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`),
    }), TARGET)
    assert.ok(width <= NARROW.width, `${story} is ${width} px wide`)
    assert.deepEqual(small, [], story)
  }))
})

for (const [width, height] of [[1000, 700], [844, 390], [320, 640]]) {
  describe(`in a window of ${width} × ${height}`, { timeout: 240_000 }, () => {
    it('every choice of a menu can be pressed', async () => {
      const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' })
      for (const story of ['call-three', 'call-eight']) {
        await page.goto(`${server.address}/tests/www/gallery.html?story=${story}`)
        await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
        const hidden = await page.evaluate(async () => {
          const frame = () => new Promise(requestAnimationFrame)
          /** @type {string[]} */
          const hidden = []
          for (const button of document.querySelectorAll('.tile-menu button')) {
            const menu = /** @type {HTMLElement} */ (button)
            menu.click()
            for (let n = 0; n < 2; n += 1) await frame()
            const items = [...document.querySelectorAll('[role=menuitem]')]
            if (items.length === 0) hidden.push(`nothing opens: ${menu.ariaLabel}`)
            for (const item of items) {
              const { left, top, width, height } = item.getBoundingClientRect()
              if (document.elementFromPoint(left + width / 2, top + height / 2) !== item) hidden.push(`${menu.ariaLabel}: ${item.textContent}`)
            }
            menu.click()
            for (let n = 0; n < 2; n += 1) await frame()
          }
          return hidden
        })
        assert.deepEqual(hidden, [], story)
      }
      await page.close()
    })
  })
}

for (const [name, { viewport, touch }] of Object.entries(sizes)) {
  // A walk mostly waits for frames.
  describe(`on a ${name} screen no control lies over the middle of another, with the list and without`, { timeout: 240_000, concurrency: 3 }, () => {
    for (const notices of [0, 1, 3]) {
      it(`and with ${notices} notices`, () => walk({ viewport, hasTouch: touch, isMobile: touch }, async (page, story) => {
        await page.evaluate(settled)
        assert.deepEqual(await page.evaluate(covered), [], story)
        const list = page.locator('.controls > [aria-expanded]')
        if (await page.locator('dialog:modal').count() || !await list.count()) return
        const open = await list.getAttribute('aria-expanded')
        await list.click()
        assert.notEqual(await list.getAttribute('aria-expanded'), open)
        await page.evaluate(settled)
        assert.deepEqual(await page.evaluate(covered), [], `${story} with the list ${open === 'true' ? 'closed' : 'open'}`)
        await list.click()
      }, notices))
    }
  })
}

/**
 * Shows one story after the other.
 * @param {BrowserContextOptions} options @param {(page: Page, story: string) => Promise<void>} look
 * @param {number} [notices] so many of them, if a story has fewer
 */
async function walk(options, look, notices = 0) {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' })
  const page = await context.newPage()
  /** @type {string[]} */
  const faults = []
  page.on('pageerror', error => faults.push(String(error)))
  await page.goto(`${server.address}/tests/www/gallery.html`)
  const stories = await page.locator('li').allInnerTexts()
  assert.ok(stories.length > 25)
  await page.goto(`${server.address}/tests/www/gallery.html?story=${stories[0]}`)
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
  for (const story of stories) {
    await page.evaluate(([story, notices]) => /** @type {any} */ (window).gallery(story, notices), /** @type {const} */ ([story, notices]))
    await look(page, story)
  }
  await context.close()
  assert.deepEqual(faults, [])
}
