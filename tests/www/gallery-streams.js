// Pictures and voices for the gallery, where nobody is: a painted portrait instead of a camera.
/** @import { Who } from '../../www/state/types.d.ts' */

/** @param {HTMLVideoElement} video @param {Who} who */
export function attachStream(video, who) {
  video.poster = `data:image/svg+xml,${encodeURIComponent(portrait(typeof who === 'number' ? who : 0))}`
  return () => video.removeAttribute('poster')
}

/** Only person 3 speaks. @param {Who} who @param {(level: number) => void} tell */
export function watchLevel(who, tell) {
  tell(who === 3 ? 0.5 : who === 'me' ? 0.6 : 0)
  return () => {}
}

/** @param {number} person */
function portrait(person) {
  const hue = (person * 67 + 30) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480" preserveAspectRatio="xMidYMid slice">
    <defs><linearGradient id="wall" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="hsl(${hue} 25% 70%)"/><stop offset="1" stop-color="hsl(${hue} 30% 38%)"/></linearGradient></defs>
    <rect width="640" height="480" fill="url(#wall)"/>
    <rect x="60" y="50" width="130" height="190" rx="8" fill="hsl(45 60% 88%)"/>
    <path d="M125 50v190M60 140h130" stroke="hsl(${hue} 20% 45%)" stroke-width="8"/>
    <path d="M150 480c5-130 75-170 170-170s165 40 170 170Z" fill="hsl(${(hue + 150) % 360} 30% 32%)"/>
    <ellipse cx="320" cy="215" rx="78" ry="98" fill="hsl(25 45% 68%)"/>
    <path d="M238 215c-12-90 40-125 84-125s96 30 82 128c-16-30-22-52-28-66-40 20-92 18-112 6-10 20-18 38-26 57Z" fill="hsl(${(hue + 20) % 360} 35% 20%)"/>
  </svg>`
}

export const choosesLoudness = () => true
