// Refreshes the page's content while it is visible, and the two buttons of the header. Without this script all pages work, but do not refresh.
const main = document.getElementById('main');
const lost = document.getElementById('lost');
const source = main.dataset.source ?? location.href; // the answer to a form has a path that cannot be read again
let lastAnswer = new Date();

// Makes one element like another, and changes no more than differs: so the keyboard's focus, what was typed and what is open stay.
function morph(from, to) {
  if (from.hasAttribute('data-keep')) return;
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== 'open') from.removeAttribute(name);
  const wanted = [...to.childNodes];
  wanted.forEach((node, i) => {
    const key = node.dataset?.key;
    let here = from.childNodes[i];
    if (key && here?.dataset?.key !== key) {
      const known = [...from.children].find(child => child.dataset.key === key);
      here = from.insertBefore(known ?? document.importNode(node, true), here ?? null);
    }
    if (!here) from.appendChild(document.importNode(node, true));
    else if (here.nodeName !== node.nodeName) from.replaceChild(document.importNode(node, true), here);
    else if (node.nodeType === Node.ELEMENT_NODE) morph(here, node);
    else if (here.data !== node.data) here.data = node.data;
  });
  while (from.childNodes.length > wanted.length) from.lastChild.remove();
}

async function refresh() {
  try {
    const answer = await fetch(source, { headers: { 'X-Refresh': '1' }, cache: 'no-store', signal: AbortSignal.timeout(10000) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!isPaused()) morph(main, page.getElementById('main'));
    lastAnswer = new Date();
    lost.hidden = true;
  } catch {
    lost.querySelector('time').textContent = lastAnswer.toISOString().slice(0, 19).replace('T', ' ');
    lost.hidden = false;
  }
}

const pause = document.getElementById('pause');
const isPaused = () => pause?.getAttribute('aria-pressed') === 'true';
if (pause) {
  const set = paused => {
    pause.setAttribute('aria-pressed', paused);
    pause.querySelector('[data-text]').textContent = paused ? 'Paused' : 'Live';
  };
  set(sessionStorage.getItem('paused') === 'true');
  pause.hidden = false;
  pause.onclick = () => {
    set(!isPaused());
    sessionStorage.setItem('paused', isPaused());
  };
}

const interval = Number(main.dataset.live);
if (interval) {
  const next = () => setTimeout(async () => {
    if (!document.hidden && !isPaused()) await refresh();
    next();
  }, interval);
  next();
}

const theme = document.getElementById('theme');
const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const showName = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; };
showName();
theme.hidden = false;
theme.onclick = () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  localStorage.setItem('theme', document.documentElement.dataset.theme);
  showName();
};

document.addEventListener('submit', event => {
  if (event.target.dataset.confirm && !confirm(event.target.dataset.confirm)) event.preventDefault();
});
