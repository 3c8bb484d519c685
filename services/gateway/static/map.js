// The map of the sites: outlines or tiles, a marker a site, and the way between marker and list.

const GERMANY = [[47.2, 5.8], [55.1, 15.1]];
// What is drawn, and fetched, only from far away or from close by.
const NEEDED = { "far-countries": (zoom) => zoom < 5, districts: (zoom) => zoom >= 8 };
const CLOSE_ZOOM = 11;
const CHANGING = ["sites", "requests", "orders", "appointments"];

const element = document.querySelector("[data-map]");
if (element?.closest("[hidden]")) element.addEventListener("map:show", () => start(element), { once: true });
else if (element) start(element);

async function start(element) {
  const { L } = window;
  // Outlines show nothing more from close by.
  const maxZoom = element.dataset.tiles ? 18 : 12;
  const map = L.map(element, { zoomSnap: 0.5, maxZoom, worldCopyJump: true });
  const { tiles, tilesAttribution, outlinesAttribution } = element.dataset;
  map.attributionControl.setPrefix("Leaflet").addAttribution(escaped(tiles ? tilesAttribution : outlinesAttribution));
  map.fitBounds(GERMANY);
  const shown = { cluster: null, markers: new Map() };
  await show(map, element, shown);
  background(map, element.dataset);
  link(element, shown);
  document.addEventListener("portal:changed", ({ detail }) => {
    if (!detail.sections || detail.sections.some((section) => CHANGING.includes(section))) show(map, element, shown);
  });
}

// What lies under the markers. Tiles come from a server that was configured; outlines are always here.

function background(map, { tiles, outlines }) {
  if (tiles) {
    window.L.tileLayer(tiles, { maxZoom: 18 }).addTo(map);
    return;
  }
  const files = JSON.parse(outlines);
  const layers = ["far-countries", "countries", "states", "districts"].map((name, level) => areas(map, name, level));
  const fetched = new Set();
  const look = () => {
    for (const { name, layer } of layers) {
      const needed = NEEDED[name]?.(map.getZoom()) ?? true;
      if (needed && !fetched.has(name)) {
        fetched.add(name);
        fill(layer, files[name], name);
      }
      if (needed) layer.addTo(map);
      else layer.remove();
    }
  };
  map.on("zoomend", look);
  look();
}

function areas(map, name, level) {
  const pane = map.createPane(name);
  pane.style.zIndex = String(210 + level);
  pane.style.pointerEvents = "none";
  return { name, layer: window.L.layerGroup([], { pane }).addTo(map) };
}

const LOOKS = {
  "far-countries": { color: "#c3cbd3", weight: 0.7, fillColor: "#eef1f0" },
  countries: { color: "#c3cbd3", weight: 0.7, fillColor: "#eef1f0" },
  states: { color: "#9aa7b4", weight: 1, fillColor: "#ffffff" },
  districts: { color: "#c9d2da", weight: 0.7, fill: false },
};

async function fill(layer, address, name) {
  const answer = await fetch(address);
  if (!answer.ok) return;
  const { grid, rings, names } = await answer.json();
  const renderer = window.L.canvas({ pane: name, padding: 0.5 });
  const options = { ...LOOKS[name], fillOpacity: 1, interactive: false, renderer, pane: name, smoothFactor: 1 };
  layer.addLayer(window.L.polygon(rings.map((steps) => [unpacked(steps, grid)]), options));
  for (const [text, lng, lat] of names) {
    const icon = window.L.divIcon({ className: "area-name", html: `<span aria-hidden="true">${escaped(text)}</span>`, iconSize: [0, 0] });
    layer.addLayer(window.L.marker([lat * grid, lng * grid], { icon, pane: name, interactive: false, keyboard: false }));
  }
}

function unpacked(steps, grid) {
  const points = [];
  let lng = 0;
  let lat = 0;
  for (let at = 0; at < steps.length; at += 2) {
    lng += steps[at];
    lat += steps[at + 1];
    points.push([lat * grid, lng * grid]);
  }
  return points;
}

// Markers. They can't be reached by keyboard: the list beside the map has everything that is on it.

async function show(map, element, shown) {
  const { L } = window;
  const answer = await fetch(element.dataset.points).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const sites = (await answer.json()).map(([id, name, lat, lng, requests, appointments]) => ({ id, name, lat, lng, requests, appointments }));
  const cluster = L.markerClusterGroup({
    showCoverageOnHover: false,
    maxClusterRadius: 46,
    chunkedLoading: true,
    iconCreateFunction: (group) => clusterIcon(group, element.dataset),
  });
  const markers = new Map();
  for (const site of sites) {
    const marker = L.marker([site.lat, site.lng], { icon: icon(site, element.dataset), keyboard: false, title: site.name, site });
    marker.bindPopup(() => popup(site, element.dataset), { minWidth: 180 });
    marker.on("popupopen", () => mark(site.id));
    marker.on("popupclose", () => mark(null));
    markers.set(site.id, marker);
  }
  cluster.addLayers([...markers.values()]);
  if (shown.cluster) shown.cluster.remove();
  else if (sites.length) map.fitBounds(cluster.getBounds(), { padding: [36, 36], maxZoom: CLOSE_ZOOM, animate: false });
  map.addLayer(cluster);
  Object.assign(shown, { cluster, markers });
}

function icon({ requests, appointments }, { icons }) {
  const { L } = window;
  const kind = requests ? "open" : appointments ? "coming" : "quiet";
  const symbol = { open: "icon-message-2", coming: "icon-calendar-event", quiet: "icon-map-pin" }[kind];
  const html = `<svg class="icon"><use href="${icons}#${symbol}"></use></svg>`;
  return L.divIcon({ className: `site-marker site-marker-${kind}`, html, iconSize: [32, 32], iconAnchor: [16, 16], popupAnchor: [0, -14] });
}

function clusterIcon(group, { sitesWord }) {
  const sites = group.getAllChildMarkers().map((marker) => marker.options.site);
  const kind = sites.some((site) => site.requests) ? "open" : sites.some((site) => site.appointments) ? "coming" : "quiet";
  const html = `<span>${sites.length}<span class="visually-hidden"> ${escaped(sitesWord)}</span></span>`;
  return window.L.divIcon({ className: `site-cluster site-cluster-${kind}`, html, iconSize: [40, 40] });
}

function popup(site, { newRequest, ...words }) {
  const box = document.createElement("div");
  const add = (parent, name, text) => {
    const child = parent.appendChild(document.createElement(name));
    child.textContent = text;
    return child;
  };
  add(box, "strong", site.name);
  if (site.requests) add(box, "p", words.openRequests.replace("{}", site.requests));
  if (site.appointments) add(box, "p", words.comingAppointments.replace("{}", site.appointments));
  const links = box.appendChild(document.createElement("p"));
  if (words.choose) {
    const button = add(links, "button", words.choose);
    button.type = "button";
    button.className = "btn btn-sm btn-primary";
    button.addEventListener("click", () => choose(site));
  } else {
    add(links, "a", words.requestHere).href = newRequest + encodeURIComponent(site.id);
  }
  return box;
}

function choose(site) {
  document.dispatchEvent(new CustomEvent("site:chosen", { detail: site.id }));
}

// The way from the list to the marker and back.

function link(element, shown) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-site]");
    if (button && open(element, shown, button.dataset.showSite)) event.preventDefault();
  });
  // Who comes from the list on another page wants to see that site.
  if (!element.dataset.choose) open(element, shown, new URLSearchParams(location.search).get("site"));
}

function open(element, shown, id) {
  const marker = shown.markers.get(id);
  if (!marker) return false;
  mark(id);
  element.scrollIntoView({ block: "nearest" });
  shown.cluster.zoomToShowLayer(marker, () => marker.openPopup());
  return true;
}

function mark(id) {
  for (const entry of document.querySelectorAll("[data-site]")) {
    const chosen = entry.dataset.site === id;
    entry.classList.toggle("is-chosen", chosen);
    const list = entry.closest(".site-scroll");
    if (chosen && list) list.scrollTop = entry.offsetTop - list.offsetTop - 8;
  }
}

function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}
