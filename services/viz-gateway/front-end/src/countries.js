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
  return L.geoJSON(feature(world, world.objects.countries), {
    style: (country) => (country.id === home ? { ...look, fillColor: style("--map-home", element) } : look),
  }).addTo(map);
}

export function drawLandmarks(map, landmarks) {
  for (const place of landmarks) {
    const dot = L.divIcon({ className: "landmark", html: document.createElement("i"), iconSize: [5, 5] });
    const name = document.createElement("span");
    name.textContent = place.name;
    L.marker([place.latitude, place.longitude], { icon: dot, interactive: false, keyboard: false })
      .bindTooltip(name, {
        permanent: true,
        direction: "right",
        offset: [4, 0],
        className: "landmark-name",
      })
      .addTo(map);
  }
}
