"""What a reader with a keyboard or a screen reader needs of a page, as far as a script can tell (WCAG 2.2, AA)."""
# ruff: noqa: E501 - a script of another language

from playwright.async_api import Page

_SCRIPT = """() => {
  const faults = [];
  const visible = (e) => { const s = getComputedStyle(e); const r = e.getBoundingClientRect();
    return s.visibility !== 'hidden' && s.display !== 'none' && r.width > 0 && r.height > 0; };
  const name = (e) => e.getAttribute('aria-label') || (e.getAttribute('aria-labelledby') || '').split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim()
    || [...(e.labels ?? [])].map((l) => l.textContent).join(' ').trim() || e.textContent.trim() || e.title || e.alt || '';
  const say = (what, e) => faults.push(`${what}: ${e.outerHTML.slice(0, 140)}`);
  if (!document.documentElement.lang) faults.push('no language');
  if (!document.title.trim()) faults.push('no title');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
  if (!document.querySelector('a.skip[href="#content"]') || !document.querySelector('#content')) faults.push('no skip link');
  for (const e of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    if (![...(e.labels ?? [])].some((l) => l.textContent.trim()) && !e.getAttribute('aria-label')) say('no label', e);
  }
  for (const e of document.querySelectorAll('a[href], button, summary')) {
    if (visible(e) && !name(e)) say('no name', e);
  }
  for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) say('no alt', e);
  for (const e of document.querySelectorAll('svg')) {
    if (!e.closest('.leaflet-container') && e.getAttribute('aria-hidden') !== 'true') say('svg is read aloud', e);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`id twice: ${id}`);
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  let before = 0;
  for (const e of document.querySelectorAll('main h1, main h2, main h3, main h4, main h5')) {
    const level = Number(e.tagName[1]);
    if (before && level > before + 1) say(`heading jumps from ${before} to ${level}`, e);
    before = level;
  }
  for (const e of document.querySelectorAll('nav')) {
    if (document.querySelectorAll('nav').length > 1 && !e.getAttribute('aria-label')) say('nav without a name', e);
  }
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return { r: m[0], g: m[1], b: m[2], a: m[3] ?? 1 }; };
  const lum = ({ r, g, b }) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (e) => { for (let at = e; at; at = at.parentElement) {
    const c = getComputedStyle(at).backgroundColor; if (c.startsWith('rgb') && parse(c).a > 0.95) return parse(c); }
    return { r: 255, g: 255, b: 255 }; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !visible(e) || e.closest('.leaflet-container, .hidden, script, noscript, .skip, option')) continue;
    const s = getComputedStyle(e);
    if (!s.color.startsWith('rgb')) continue;
    let share = 1; for (let at = e; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    const under = ground(e), over = parse(s.color);
    const mixed = { r: over.r * share + under.r * (1 - share), g: over.g * share + under.g * (1 - share), b: over.b * share + under.b * (1 - share) };
    const [light, dark] = [lum(mixed), lum(under)].sort((a, b) => b - a);
    const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && Number(s.fontWeight) >= 700);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, e);
  }
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('the page is wider than the screen');
  return faults;
}"""


async def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands; nothing, if all is well."""
    found: list[str] = await page.evaluate(_SCRIPT)
    return found
