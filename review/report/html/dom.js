/** @typedef {import('./page-data').PageData} PageData */
/** @typedef {import('./page-data').PageChange} PageChange */
/** @typedef {import('./page-data').PageFinding} PageFinding */
/** @typedef {import('./page-data').PageField} PageField */
/** @typedef {Node | string | false | null | undefined} Child */

/**
 * An element. Text becomes text nodes only, so nothing from a file is ever read as HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | EventListener>} [attributes] a function listens to the event of that name
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) {
    if (child !== false && child !== null && child !== undefined) made.append(child);
  }
  return made;
}

/**
 * The element of the template with an id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Text in which what stands between backticks is code.
 *
 * @param {string} text
 * @returns {Node[]}
 */
function withCode(text) {
  return text
    .split(/`([^`]+)`/)
    .map((piece, index) => (index % 2 === 1 ? element('code', {}, piece) : document.createTextNode(piece)));
}

/**
 * `3 errors`.
 *
 * @param {number} count
 * @param {string} one
 */
function counted(count, one) {
  return `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
}

/**
 * A button that copies text, where the browser lets it.
 *
 * @param {string} text
 */
function copyButton(text) {
  const button = element('button', { type: 'button', class: 'copy', title: `Copy ${text}` }, 'Copy');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text).then(
      () => (button.textContent = 'Copied'),
      () => (button.textContent = 'Not allowed'),
    );
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return button;
}
