// The screens on which the gallery is shown.
export const sizes = {
  desktop: { viewport: { width: 1280, height: 800 }, touch: false },
  phone: { viewport: { width: 412, height: 839 }, touch: true },
  slim: { viewport: { width: 360, height: 740 }, touch: true },
  landscape: { viewport: { width: 844, height: 390 }, touch: true },
  /** Such a phone with the browser's own bars. */
  low: { viewport: { width: 667, height: 300 }, touch: true },
  tiny: { viewport: { width: 320, height: 568 }, touch: true },
}
