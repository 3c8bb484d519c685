// Picks a site's place for its form: a click on the map fills in the coordinates, and coordinates that
// are typed move the marker. The ground is drawn by map.js.

(() => {
  const box = document.querySelector("[data-place]");
  const fields = ["latitude", "longitude"].map((id) => document.getElementById(id));
  if (!box || fields.includes(null)) return;
  const { L } = window;
  const NEAR_ZOOM = 11;
  const DECIMALS = 5;
  const mark = document.documentElement.lang === "de" ? "," : ".";
  const map = L.map(box, { zoomSnap: 0.5, maxZoom: 18, preferCanvas: true });
  const html = `<svg class="icon"><use href="${box.dataset.icons}#icon-map-pin"></use></svg>`;
  const icon = L.divIcon({ className: "site-marker", html, iconSize: [32, 32], iconAnchor: [16, 16] });
  const marker = L.marker([0, 0], { icon, draggable: true, keyboard: false });

  map.attributionControl.setPrefix("Leaflet");
  map.fitBounds(GERMANY);
  background(map, box.dataset);
  map.on("click", ({ latlng }) => choose(latlng.wrap()));
  marker.on("dragend", () => choose(marker.getLatLng().wrap()));
  fields.forEach((field) => field.addEventListener("input", () => show(typed())));
  const first = typed();
  show(first);
  if (first) map.setView(first, NEAR_ZOOM);

  function choose(place) {
    [place.lat, place.lng].forEach((degrees, at) => {
      fields[at].value = degrees.toFixed(DECIMALS).replace(".", mark);
    });
    show(place);
  }

  function typed() {
    const [lat, lng] = fields.map(({ value }) => (value.trim() ? Number(value.replace(",", ".")) : NaN));
    return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? L.latLng(lat, lng) : null;
  }

  function show(place) {
    if (!place) {
      marker.remove();
      return;
    }
    marker.setLatLng(place).addTo(map);
    if (!map.getBounds().contains(place)) map.panTo(place);
  }
})();
