"""A believable provider with its customers: invented companies and people at real towns' coordinates."""

from dataclasses import dataclass

PASSWORD = "Kessel-Wartung-im-Oktober"


@dataclass(frozen=True)
class SampleSite:
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    equipment: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class SampleCompany:
    name: str
    number: str
    first_name: str
    last_name: str
    mailbox: str
    sites: tuple[SampleSite, ...]


PROVIDER = {
    "name": "Lechtaler Wärmetechnik GmbH",
    "email": "info@lechtaler-waermetechnik.example",
    "phone": "+49 821 555 010",
    "address": "Zeugplatz 7, 86150 Augsburg",
}
STAFF_MAILBOX = "disposition"
TECHNICIANS = ("Sepp Brandl", "Ayşe Demir", "Franz Gruber")

_BOILER = ("Gasbrennwertkessel", "Viessmann", "Vitocrossal 200")
_SMALL_BOILER = ("Gasbrennwerttherme", "Vaillant", "ecoTEC plus")
_HEAT_PUMP = ("Luft-Wasser-Wärmepumpe", "Stiebel Eltron", "WPL 25")
_STORAGE = ("Warmwasserspeicher", "Buderus", "Logalux SU300")
_VENTILATION = ("Lüftungsanlage", "Helios", "KWL EC 500")
_PELLETS = ("Pelletkessel", "ÖkoFEN", "Pellematic 32")

COMPANIES = (
    SampleCompany(
        "Bäckerei Müller & Söhne",
        "10021",
        "Jörg",
        "Müller",
        "joerg.mueller",
        (
            SampleSite(
                "Backstube", "Jakoberstraße 12, 86152 Augsburg", 48.3715, 10.9080, (_BOILER, _STORAGE)
            ),
            SampleSite(
                "Filiale Friedberg", "Ludwigstraße 4, 86316 Friedberg", 48.3553, 10.9846, (_SMALL_BOILER,)
            ),
            SampleSite(
                "Filiale Königsbrunn",
                "Bürgermeister-Wohlfarth-Straße 90, 86343 Königsbrunn",
                48.2689,
                10.8908,
            ),
            SampleSite(
                "Filiale Gersthofen",
                "Augsburger Straße 15, 86368 Gersthofen",
                48.4242,
                10.8727,
                (_SMALL_BOILER,),
            ),
        ),
    ),
    SampleCompany(
        "Hausverwaltung Grünwald",
        "10044",
        "Sabine",
        "Grünwald",
        "sabine.gruenwald",
        (
            SampleSite(
                "Wohnanlage Pfersee",
                "Augsburger Straße 33, 86157 Augsburg",
                48.3639,
                10.8665,
                (_BOILER, _STORAGE),
            ),
            SampleSite(
                "Wohnanlage Haunstetten",
                "Hofackerstraße 8, 86179 Augsburg",
                48.3065,
                10.9053,
                (_HEAT_PUMP, _VENTILATION),
            ),
            SampleSite(
                "Stadthaus Landsberg",
                "Hauptplatz 150, 86899 Landsberg am Lech",
                48.0490,
                10.8760,
                (_PELLETS,),
            ),
            SampleSite(
                "Ärztehaus Aichach", "Stadtplatz 21, 86551 Aichach", 48.4580, 11.1340, (_BOILER, _VENTILATION)
            ),
            SampleSite(
                "Büropark Dachau", "Münchner Straße 64, 85221 Dachau", 48.2567, 11.4386, (_HEAT_PUMP,)
            ),
            SampleSite(
                "Mehrfamilienhaus Mering", "Bahnhofstraße 3, 86415 Mering", 48.2653, 10.9870, (_SMALL_BOILER,)
            ),
        ),
    ),
    SampleCompany(
        "Brauerei Zum Goldenen Löwen",
        "10052",
        "Xaver",
        "Höß",
        "xaver.hoess",
        (
            SampleSite("Sudhaus", "Marktplatz 1, 86470 Thannhausen", 48.2830, 10.4690, (_BOILER, _STORAGE)),
            SampleSite("Gasthof", "Marktplatz 2, 86470 Thannhausen", 48.2832, 10.4697, (_SMALL_BOILER,)),
            SampleSite("Lager Günzburg", "Ulmer Straße 40, 89312 Günzburg", 48.4530, 10.2770),
        ),
    ),
    SampleCompany(
        "Kindertagesstätten Regenbogen e. V.",
        "10067",
        "Özlem",
        "Kaya",
        "oezlem.kaya",
        (
            SampleSite(
                "Kita Sonnenschein",
                "Gögginger Straße 105, 86199 Augsburg",
                48.3440,
                10.8790,
                (_HEAT_PUMP, _VENTILATION),
            ),
            SampleSite(
                "Kita Wirbelwind", "Fuggerstraße 9, 86830 Schwabmünchen", 48.1790, 10.7570, (_SMALL_BOILER,)
            ),
            SampleSite(
                "Hort Lechhausen", "Blücherstraße 26, 86165 Augsburg", 48.3800, 10.9290, (_SMALL_BOILER,)
            ),
            SampleSite("Kita Neubau", "Baugebiet am Bach, 86420 Diedorf", None, None),
        ),
    ),
    SampleCompany(
        "Maschinenbau Ritter AG",
        "10080",
        "Dr. Katharina",
        "von Stein",
        "katharina.vonstein",
        (
            SampleSite(
                "Werk 1", "Industriestraße 2, 86405 Meitingen", 48.5470, 10.8510, (_BOILER, _VENTILATION)
            ),
            SampleSite("Werk 2", "Daimlerstraße 18, 89079 Ulm", 48.3660, 9.9500, (_BOILER, _STORAGE)),
            SampleSite("Verwaltung", "Leopoldstraße 200, 80804 München", 48.1740, 11.5870, (_HEAT_PUMP,)),
            SampleSite(
                "Schulungszentrum",
                "Seestraße 30, 82211 Herrsching am Ammersee",
                47.9990,
                11.1760,
                (_PELLETS,),
            ),
        ),
    ),
    SampleCompany(
        "Hotel Alpenblick",
        "10093",
        "Lena",
        "Zöllner",
        "lena.zoellner",
        (
            SampleSite("Haupthaus", "Reichenstraße 44, 87629 Füssen", 47.5700, 10.7010, (_PELLETS, _STORAGE)),
            SampleSite("Gästehaus", "Alpseestraße 12, 87645 Schwangau", 47.5577, 10.7367, (_HEAT_PUMP,)),
            SampleSite("Skihütte", "Tiroler Straße 60, 87459 Pfronten", 47.5820, 10.5600, (_SMALL_BOILER,)),
            SampleSite(
                "Personalhaus", "Kemptener Straße 8, 87629 Füssen", 47.5740, 10.6930, (_SMALL_BOILER,)
            ),
        ),
    ),
)

# Who is no customer of the portal yet.
PROSPECTS = (
    SampleCompany(
        "Autohaus Lindner",
        "10101",
        "Petra",
        "Lindner",
        "petra.lindner",
        (SampleSite("Werkstatt", "Donauwörther Straße 210, 86154 Augsburg", 48.4010, 10.8830, (_BOILER,)),),
    ),
)

# What becomes of each customer's requests: title, description, and how far it has come.
REQUESTS = (
    (
        "Heizkörper im Büro bleiben kalt",
        "Seit Montag werden drei Heizkörper im ersten Stock nicht warm.",
        "submitted",
    ),
    ("Jährliche Wartung", "Bitte die Wartung wieder wie im letzten Jahr einplanen.", "scheduled"),
    ("Warmwasser nur lauwarm", "Am Waschbecken kommt nach fünf Minuten noch kein heißes Wasser.", "done"),
    ("Pumpe brummt laut", "Das Geräusch ist vor allem nachts zu hören.", "accepted"),
    ("Angebot für eine Klimaanlage", "Wir denken über eine Kühlung für den Serverraum nach.", "declined"),
    ("Thermostat tauschen", "Hat sich erledigt, es war nur die Batterie.", "withdrawn"),
)
