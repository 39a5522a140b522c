// The map of the found projects, and the small one of a project's places.
import L from "leaflet";
import "leaflet.markercluster";
import { drawCountries, drawLandmarks } from "./countries.js";
import { offerJumps } from "./out_of_view.js";

document.documentElement.classList.add("scripted"); // the map has no size before

const pin = () =>
  L.divIcon({ className: "pin", html: document.createElement("i"), iconSize: [22, 22], iconAnchor: [11, 11] });

function cluster(number) {
  const size = number < 10 ? 38 : number < 50 ? 46 : 56;
  const bubble = document.createElement("span");
  bubble.textContent = new Intl.NumberFormat(document.documentElement.lang).format(number);
  return L.divIcon({ className: "cluster", html: bubble, iconSize: [size, size] });
}

function popup(place, base) {
  const link = document.createElement("a");
  link.href = base.replace("{id}", encodeURIComponent(place.id));
  link.textContent = place.title;
  const box = document.createElement("div");
  box.className = "popup";
  box.append(link);
  return box;
}

async function show(element) {
  const { tiles, attribution, countries, latitude, longitude, zoom, places, address, projectAddress } = element.dataset;
  const words = JSON.parse(element.dataset.words);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const small = element.dataset.small !== undefined;
  const map = L.map(element, {
    center: [Number(latitude), Number(longitude)],
    zoom: Number(zoom) - (element.clientWidth < 600 ? 1 : 0),
    minZoom: 2,
    maxZoom: tiles ? 18 : 12,
    zoomControl: false,
    scrollWheelZoom: !small,
    zoomAnimation: !calm,
    fadeAnimation: !calm,
    markerZoomAnimation: !calm,
    worldCopyJump: true,
    maxBounds: [[-75, -220], [85, 220]],
  });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "topright", zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  if (tiles) {
    const escaped = document.createElement("span");
    escaped.textContent = attribution;
    L.tileLayer(tiles, { attribution: escaped.innerHTML, maxZoom: 18 }).addTo(map);
  } else {
    await drawCountries(map, countries, L.canvas({ padding: 0.6 }));
    drawLandmarks(map, JSON.parse(element.dataset.landmarks));
    map.attributionControl.addAttribution("Natural Earth");
  }

  const points = places ? { list: JSON.parse(places), truncated: 0 } : await found(address);
  const markers = L.markerClusterGroup({
    iconCreateFunction: (group) => cluster(group.getChildCount()),
    showCoverageOnHover: false,
    animate: !calm,
    maxClusterRadius: 52,
    removeOutsideVisibleBounds: points.list.length > 3000, // else a popup near the edge closes as the map makes room
    spiderLegPolylineOptions: { weight: 1, color: "#1b1f3b", opacity: 0.6 },
  });
  for (const place of points.list) {
    const marker = L.marker([place.latitude, place.longitude], { icon: pin(), title: place.title, alt: place.title });
    if (projectAddress) marker.bindPopup(() => popup(place, projectAddress), { minWidth: 180, maxWidth: 260 });
    markers.addLayer(marker);
  }
  map.addLayer(markers);
  if (points.list.length > 0 && element.dataset.fit !== undefined) {
    map.fitBounds(markers.getBounds().pad(0.15), { maxZoom: small ? 6 : 11, animate: false });
  }
  if (!small) offerJumps(map, points.list, words);
  element.dataset.ready = String(points.list.length);
  tell(points, words);
}

async function found(address) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/geo+json" } });
  if (!answer.ok) throw new Error(`places: ${answer.status}`);
  const collection = await answer.json();
  const list = collection.features.map(({ geometry, properties }) => ({
    longitude: geometry.coordinates[0],
    latitude: geometry.coordinates[1],
    ...properties,
  }));
  return { list, truncated: collection.truncated ?? 0 };
}

function tell(points, words) {
  const status = document.querySelector("#map-status");
  if (!status) return;
  const format = new Intl.NumberFormat(document.documentElement.lang);
  if (points.list.length === 0) status.textContent = words.none;
  else if (points.truncated) status.textContent = words.truncated.replace("{count}", format.format(points.truncated));
  else status.textContent = "";
}

for (const element of document.querySelectorAll("[data-map]")) {
  show(element).catch((problem) => {
    element.dataset.failed = problem.message;
    const status = document.querySelector("#map-status");
    if (status) status.textContent = JSON.parse(element.dataset.words).failed;
  });
}
