const THEME = 'slipway-review-theme';

/** @param {string | null} theme */
function setTheme(theme) {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
}

function switchTheme() {
  const chosen = document.documentElement.dataset['theme'];
  const dark = chosen === undefined ? window.matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  const theme = dark ? 'light' : 'dark';
  setTheme(theme);
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // a page from a file may have no storage; the choice then lasts as long as the page
  }
}

/** The choice that was made before, else what the system prefers. */
function startTheme() {
  try {
    setTheme(localStorage.getItem(THEME));
  } catch {
    // as above
  }
  byId('theme').addEventListener('click', switchTheme);
}
