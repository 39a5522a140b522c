// Places that the map's first view does not show, overseas above all: how many there are, and a way to each group.
import L from "leaflet";

// The parts of France away from Europe: south, west, north, east in degrees (WGS 84), generous and apart from each other.
const TERRITORIES = [
  { names: { fr: "Guadeloupe", en: "Guadeloupe" }, box: [15.7, -61.95, 16.65, -60.85] },
  { names: { fr: "Martinique", en: "Martinique" }, box: [14.3, -61.35, 15, -60.7] },
  { names: { fr: "Guyane", en: "French Guiana" }, box: [2, -54.8, 6, -51.4] },
  { names: { fr: "La Réunion", en: "Réunion" }, box: [-21.5, 55.1, -20.8, 55.95] },
  { names: { fr: "Mayotte", en: "Mayotte" }, box: [-13.2, 44.9, -12.5, 45.4] },
  { names: { fr: "Saint-Martin et Saint-Barthélemy", en: "Saint Martin and Saint Barthélemy" }, box: [17.8, -63.2, 18.2, -62.7] },
  { names: { fr: "Saint-Pierre-et-Miquelon", en: "Saint Pierre and Miquelon" }, box: [46.6, -56.6, 47.3, -56] },
  { names: { fr: "Nouvelle-Calédonie", en: "New Caledonia" }, box: [-23.5, 163, -18, 169] },
  { names: { fr: "Polynésie française", en: "French Polynesia" }, box: [-28.5, -155, -7, -134] },
  { names: { fr: "Wallis-et-Futuna", en: "Wallis and Futuna" }, box: [-14.7, -178.6, -12.9, -175.8] },
];
const NARROW = 600;

export function offerJumps(map, places, words) {
  const groups = groupsOutside(map.getBounds(), places, words.elsewhere);
  if (groups.length === 0) return;
  const first = { centre: map.getCenter(), zoom: map.getZoom() };
  const heading = groups.some((group) => group.elsewhere) ? words.outside : words.overseas;
  const details = document.createElement("details");
  details.className = "jumps";
  const summary = document.createElement("summary");
  const list = document.createElement("ul");
  details.append(summary, list);

  const number = new Intl.NumberFormat(document.documentElement.lang);
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const jump = (text, go) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => {
      go();
      if (map.getContainer().clientWidth >= NARROW) return;
      details.open = false; // it would cover what was asked for
      summary.focus();
    });
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
    return item;
  };
  for (const { name, bounds, points } of groups)
    jump(`${name} (${number.format(points.length)})`, () => map.fitBounds(bounds.pad(0.3), { maxZoom: 9, animate: false }));
  const back = jump(words.back, () => map.setView(first.centre, first.zoom, { animate: false }));

  const tell = () => {
    const view = map.getBounds();
    const count = groups.flatMap(({ points }) => points).filter((point) => !view.contains(point)).length;
    summary.textContent = heading[count === 0 ? "zero" : plural.select(count)].replace("{count}", number.format(count));
    back.hidden = map.getZoom() === first.zoom && view.contains(first.centre);
  };
  map.on("moveend", tell);
  tell();

  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => {
    L.DomEvent.disableClickPropagation(details);
    L.DomEvent.disableScrollPropagation(details);
    return details;
  };
  control.addTo(map);
}

// What the first view leaves out, territory by territory; what is in none of them comes last.
function groupsOutside(view, places, elsewhere) {
  const outside = places.map((place) => L.latLng(place.latitude, place.longitude)).filter((point) => !view.contains(point));
  const language = document.documentElement.lang;
  const groups = TERRITORIES.map(({ names, box: [south, west, north, east] }) => {
    const area = L.latLngBounds([south, west], [north, east]);
    return { name: names[language] ?? names.en, points: outside.filter((point) => area.contains(point)) };
  });
  const named = new Set(groups.flatMap(({ points }) => points));
  groups.push({ name: elsewhere, points: outside.filter((point) => !named.has(point)), elsewhere: true });
  return groups.filter(({ points }) => points.length > 0).map((group) => ({ ...group, bounds: L.latLngBounds(group.points) }));
}
