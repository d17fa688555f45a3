// Stylesheets of what is not on the first screen.

/** Adds them to the page; resolves when they count. @param {string[]} names */
export const sheets = (...names) => Promise.all(names.map(name => new Promise(come => {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = `style/${name}.css`
  link.onload = link.onerror = come // without its sheet a screen is plain, but there
  document.head.append(link)
})))
