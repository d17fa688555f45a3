// Makes the icons that phones want as pixels, from www/icon.svg: `node tools/icons.mjs`, after the mark has changed.

import { readFileSync, writeFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const www = new URL('../www/', import.meta.url)
const mark = `data:image/svg+xml;base64,${readFileSync(new URL('icon.svg', www)).toString('base64')}`

/** `share`: of the side that the mark takes; `ground`: what is behind it. A phone cuts its own shape out of a full one. */
const icons = [
  { file: 'icon-192.png', side: 192, share: 1, ground: 'transparent' },
  { file: 'icon-512.png', side: 512, share: 1, ground: 'transparent' },
  { file: 'icon-full.png', side: 512, share: 0.62, ground: '#2a2320' },
  { file: 'icon-touch.png', side: 180, share: 0.74, ground: '#2a2320' },
]

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
for (const { file, side, share, ground } of icons) {
  const page = await browser.newPage({ viewport: { width: side, height: side } })
  await page.setContent(`<style>body { margin: 0; display: grid; place-items: center; block-size: 100vh; background: ${ground} } img { inline-size: ${share * 100}% }</style><img src="${mark}">`)
  await page.waitForFunction(() => document.images[0].complete)
  writeFileSync(new URL(file, www), await page.screenshot({ omitBackground: true }))
  await page.close()
}
await browser.close()
