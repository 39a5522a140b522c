// The map without tiles: countries from a file of our own server, in the colours of the style sheet.
import { feature } from "topojson-client";
import L from "leaflet";

const style = (name, element) => getComputedStyle(element).getPropertyValue(name).trim();

export async function drawCountries(map, address, renderer) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`countries: ${answer.status}`);
  const world = await answer.json();
  const element = map.getContainer();
  const look = {
    renderer,
    interactive: false,
    color: style("--map-border", element),
    weight: 1,
    fillColor: style("--map-land", element),
    fillOpacity: 1,
  };
  const home = element.dataset.home;
  const countries = feature(world, world.objects.countries);
  for (const { geometry } of countries.features) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    for (const ring of polygons.flat()) unwrap(ring);
  }
  return L.geoJSON(countries, {
    style: (country) => (country.id === home ? { ...look, fillColor: style("--map-home", element) } : look),
  }).addTo(map);
}

// A ring that crosses the antimeridian jumps from 180 to -180, which a flat map draws as a line right across itself.
function unwrap(ring) {
  for (let at = 1; at < ring.length; at++) {
    const step = ring[at][0] - ring[at - 1][0];
    if (Math.abs(step) > 180) ring[at] = [ring[at][0] - 360 * Math.sign(step), ring[at][1]];
  }
}

const TOWNS_FROM_ZOOM = 5;

// Names of towns below the markers: they help to find one's way, and give way to what was found.
export function drawLandmarks(map, landmarks) {
  const pane = map.createPane("landmarks");
  pane.style.zIndex = 450;
  pane.style.pointerEvents = "none";
  const names = L.layerGroup();
  for (const place of landmarks) {
    const name = document.createElement("span");
    name.textContent = place.name;
    const icon = L.divIcon({ className: "landmark", html: name, iconSize: [120, 20], iconAnchor: [60, -20] });
    names.addLayer(L.marker([place.latitude, place.longitude], { icon, pane: "landmarks", interactive: false, keyboard: false }));
  }
  const show = () => (map.getZoom() >= TOWNS_FROM_ZOOM ? names.addTo(map) : names.remove());
  map.on("zoomend", show);
  show();
}
