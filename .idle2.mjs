// idle lobby with Chromium's own fake camera (1280x720 as the page asks, 20-30 fps), main thread by /proc (user+system), and the whole renderer
import { chromium } from 'playwright-core'
import { Box } from '/work/wt/page/tests/browser/box.js'
import { readFileSync, readdirSync, mkdtempSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
const off = process.argv[2] === 'off'
const box = await Box.start()
const home = mkdtempSync('/tmp/idle-')
const ctx = await chromium.launchPersistentContext(home, { executablePath: '/usr/bin/chromium', headless: true, ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 },
  args: ['--no-sandbox', '--disable-gpu', '--mute-audio', '--use-fake-ui-for-media-stream', ...(off ? [] : ['--use-fake-device-for-media-stream=fps=30'])] })
const page = ctx.pages()[0]
await page.goto(box.page)
await page.getByRole('textbox', { name: 'Your name' }).fill('Ann')
await page.getByRole('button', { name: 'Enter', exact: true }).click()
await page.getByRole('list', { name: 'People' }).waitFor()
await new Promise(r => setTimeout(r, 5000))
const browser = await ctx.newCDPSession(page)
const pids = readdirSync('/proc').filter(p => /^\d+$/.test(p)).filter(p => { try { const c = readFileSync(`/proc/${p}/cmdline`, 'utf8'); return c.includes(home) || false } catch { return false } })
// renderers do not carry the profile; find children of the browser
const main = pids.find(p => !readFileSync(`/proc/${p}/cmdline`, 'utf8').includes('--type='))
const tree = () => { const all = readdirSync('/proc').filter(p => /^\d+$/.test(p)).map(p => { try { const s = readFileSync(`/proc/${p}/stat`, 'utf8').split(') ').pop().split(' '); return { p, parent: s[1], cmd: readFileSync(`/proc/${p}/cmdline`, 'utf8') } } catch { return null } }).filter(Boolean); const mine = new Set([main]); for (let i = 0; i < 5; i++) for (const { p, parent } of all) if (mine.has(parent)) mine.add(p); return all.filter(({ p }) => mine.has(p)) }
const renderers = tree().filter(({ cmd }) => cmd.includes('--type=renderer'))
const ticks = path => { try { const s = readFileSync(path, 'utf8').split(') ').pop().split(' '); return +s[11] + +s[12] } catch { return 0 } }
const threads = () => Object.fromEntries(renderers.flatMap(({ p }) => { try { return readdirSync(`/proc/${p}/task`).map(t => [`${p}/${t} ${readFileSync(`/proc/${p}/task/${t}/comm`, 'utf8').trim()}`, ticks(`/proc/${p}/task/${t}/stat`)]) } catch { return [] } }))
const look = () => Object.fromEntries(renderers.map(({ p }) => [p, { main: ticks(`/proc/${p}/task/${p}/stat`), all: ticks(`/proc/${p}/stat`) }]))
await browser.send('Performance.enable', { timeDomain: process.argv[3] ?? 'threadTicks' })
const get = async () => Object.fromEntries((await browser.send('Performance.getMetrics')).metrics.map(m => [m.name, m.value]))
console.log(await page.evaluate(() => { const v = document.querySelector('.tile video'); return [document.visibilityState, v?.videoWidth, v?.videoHeight, v?.getVideoPlaybackQuality().totalVideoFrames] }))
const th = threads()
const a = look(), m = await get(), t = Date.now()
await new Promise(r => setTimeout(r, 20000))
const b = look(), n = await get(), dt = (Date.now() - t) / 1000
const th2 = threads(); for (const k in th2) if (th2[k] - (th[k] ?? 0) > 1) console.log('   ', k, ((th2[k] - (th[k] ?? 0)) / dt).toFixed(2))
for (const p in a) console.log(p, 'main thread', ((b[p].main - a[p].main) / dt).toFixed(2), '%  process', ((b[p].all - a[p].all) / dt).toFixed(2), '%')
console.log('TaskDuration', ((n.TaskDuration - m.TaskDuration) / dt * 100).toFixed(3), '% script', ((n.ScriptDuration - m.ScriptDuration) / dt * 100).toFixed(3))
console.log(await page.evaluate(() => { const v = document.querySelector('.tile video'); return [v?.videoWidth, v?.getVideoPlaybackQuality().totalVideoFrames] }))
await ctx.close(); await box.end()
