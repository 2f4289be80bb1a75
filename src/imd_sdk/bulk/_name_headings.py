# ruff: noqa: RUF001 letters of many scripts
"""The headings under which sheets write names, whole and in parts, by language."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

FAMILY_NAME_FIRST = frozenset({"hu", "ja", "ko", "vi", "zh"})


class Role(Enum):
    """What a column holds of a name."""

    WHOLE = "whole"
    GIVEN = "given"
    MIDDLE = "middle"
    FAMILY = "family"
    SECOND_FAMILY = "second family"


@dataclass(frozen=True)
class Vocabulary:
    """Headings of one language, separated by commas."""

    given: str = ""
    family: str = ""
    middle: str = ""
    second_family: str = ""
    whole: str = ""
    unclear: str = ""
    """The language's word for a name: whole on its own, the missing part beside another."""
    short_given: str = ""
    short_family: str = ""
    short_middle: str = ""
    """Words so common that they count only beside another heading of their language."""


VOCABULARIES = {
    "am": Vocabulary(
        given="የመጀመሪያ ስም, የግል ስም",
        family="የአባት ስም, የመጨረሻ ስም, የቤተሰብ ስም",
        second_family="የአያት ስም",
        whole="ሙሉ ስም",
        unclear="ስም",
    ),
    "ar": Vocabulary(
        given="الاسم الأول, الاسم الشخصي, الاسم الصغير",
        family="اللقب, لقب العائلة, اسم العائلة, الاسم العائلي, الاسم الأخير, الكنية, النسب, "
        "العائلة, الشهرة, اسم الشهرة",
        middle="اسم الأب, الاسم الأوسط, الاسم الثاني, اسم الجد, الاسم الثالث",
        whole="الاسم الكامل, الاسم الثلاثي, الاسم الرباعي, الاسم بالكامل",
        unclear="الاسم, اسم",
    ),
    "az": Vocabulary(family="soyad, soyadı", middle="ata adı", short_given="ad, adı"),
    "be": Vocabulary(family="прозвішча", middle="імя па бацьку", whole="поўнае імя", unclear="імя"),
    "bg": Vocabulary(
        given="собствено име, първо име, лично име",
        family="фамилия, фамилно име",
        middle="бащино име",
        whole="пълно име, трите имена",
        unclear="име",
    ),
    "bn": Vocabulary(
        given="প্রথম নাম, নামের প্রথম অংশ",
        family="শেষ নাম, পদবি, পদবী, বংশের নাম, পারিবারিক নাম, নামের শেষ অংশ",
        middle="মধ্য নাম, মাঝের নাম",
        whole="পুরো নাম, পূর্ণ নাম, সম্পূর্ণ নাম",
        unclear="নাম",
    ),
    "ca": Vocabulary(
        given="nom de pila, nom de fonts",
        family="cognom, cognoms, primer cognom",
        second_family="segon cognom",
        whole="nom complet",
        unclear="nom, noms",
    ),
    "cs": Vocabulary(
        given="křestní jméno, rodné jméno",
        family="příjmení",
        middle="prostřední jméno, druhé jméno",
        whole="celé jméno",
        unclear="jméno",
    ),
    "da": Vocabulary(
        given="fornavn, fornavne",
        family="efternavn, etternavn, slægtsnavn, slektsnavn",
        middle="mellemnavn, mellomnavn",
        whole="fulde navn, fullt navn, hele navn",
        unclear="navn",
    ),
    "de": Vocabulary(
        given="Vorname, Vornamen, Rufname, erster Vorname",
        family="Nachname, Nachnamen, Familienname, Zuname",
        middle="zweiter Vorname, zweitname, Mittelname, weitere Vornamen",
        whole="vollständiger Name, ganzer Name, Vor- und Nachname, Vor- und Zuname",
        unclear="Name",
    ),
    "el": Vocabulary(
        given="μικρό όνομα, κύριο όνομα",
        family="επώνυμο, επίθετο",
        middle="μεσαίο όνομα",
        whole="ονοματεπώνυμο, πλήρες όνομα",
        unclear="όνομα",
    ),
    "en": Vocabulary(
        given="first name, first names, given name, given names, forename, forenames, fname, "
        "christian name, name first, 1st name",
        family="last name, last names, family name, family names, surname, surnames, lname, "
        "name last, second name",
        middle="middle name, middle names, middle initial, middle initials, mname, name middle, "
        "other names, other name",
        second_family="second surname, second last name, second family name, maternal surname",
        whole="full name, complete name, whole name, first and last name, signer name, "
        "name of signer, signatory",
        unclear="name, names, your name",
        short_given="first, given, initials",
        short_family="last, family",
        short_middle="middle, mi",
    ),
    "es": Vocabulary(
        given="nombre de pila, nombres de pila, primer nombre",
        family="apellido, apellidos, primer apellido, apellido paterno, apellido 1, "
        "paterno, ap paterno, a paterno",
        middle="segundo nombre, otros nombres",
        second_family="segundo apellido, apellido materno, apellido 2, materno, ap materno, "
        "a materno",
        whole="nombre completo, nombre entero",
        unclear="nombre, nombres",
    ),
    "et": Vocabulary(
        given="eesnimi", family="perekonnanimi, perenimi", whole="täisnimi", unclear="nimi"
    ),
    "fa": Vocabulary(
        given="نام کوچک, نام اول",
        family="نام خانوادگی, نام فامیل, نام فامیلی, فامیل, فامیلی, تخلص",
        middle="نام میانی",
        whole="نام کامل",
        unclear="نام, اسم",
    ),
    "fi": Vocabulary(
        given="etunimi, etunimet, kutsumanimi",
        family="sukunimi",
        middle="toinen nimi",
        whole="koko nimi",
        unclear="nimi",
    ),
    "fil": Vocabulary(
        given="unang pangalan",
        family="apelyido, apelido, huling pangalan",
        middle="gitnang pangalan, panggitnang pangalan",
        whole="buong pangalan, kumpletong pangalan",
        unclear="pangalan",
    ),
    "fr": Vocabulary(
        given="prénom, prénoms, prénom usuel, premier prénom",
        family="nom de famille, noms de famille, patronyme, nom patronymique, nom d'usage, "
        "nom de naissance",
        middle="deuxième prénom, second prénom, 2e prénom, autres prénoms, postnom",
        whole="nom complet, nom entier, noms complets",
        unclear="nom, noms, votre nom",
    ),
    "ha": Vocabulary(
        given="suna na farko, sunan farko, sunan yanka",
        family="sunan mahaifi, sunan uba, suna na ƙarshe, sunan ƙarshe, sunan iyali, sunan dangi",
        middle="sunan tsakiya, suna na tsakiya",
        whole="cikakken suna",
        unclear="suna",
    ),
    "he": Vocabulary(
        given="שם פרטי",
        family="שם משפחה",
        middle="שם אמצעי",
        whole="שם מלא",
        unclear="שם",
    ),
    "hi": Vocabulary(
        given="पहला नाम, प्रथम नाम, दिया गया नाम",
        family="उपनाम, कुलनाम, अंतिम नाम, आख़िरी नाम, आखिरी नाम, सरनेम, पारिवारिक नाम",
        middle="मध्य नाम, बीच का नाम",
        whole="पूरा नाम",
        unclear="नाम",
    ),
    "hr": Vocabulary(family="prezime", middle="srednje ime", whole="puno ime", unclear="ime"),
    "ht": Vocabulary(
        given="prenon, premye non",
        family="siyati, non fanmi, dènye non",
        middle="dezyèm non, non mitan",
        whole="non konplè, tout non",
        short_given="non",
    ),
    "hu": Vocabulary(
        given="keresztnév, utónév",
        family="vezetéknév, családnév, családi név",
        middle="második keresztnév, második utónév",
        whole="teljes név",
        unclear="név",
    ),
    "hy": Vocabulary(family="ազգանուն", middle="հայրանուն", unclear="անուն"),
    "id": Vocabulary(
        given="nama depan, nama pertama, nama kecil",
        family="nama belakang, nama keluarga, nama akhir, nama terakhir, nama marga, marga",
        middle="nama tengah",
        whole="nama lengkap, nama penuh",
        unclear="nama",
    ),
    "is": Vocabulary(
        given="fornafn, eiginnafn",
        family="eftirnafn, kenninafn",
        middle="millinafn",
        whole="fullt nafn",
        unclear="nafn",
    ),
    "it": Vocabulary(
        given="nome di battesimo, primo nome, nome proprio",
        family="cognome, cognomi, nome di famiglia",
        middle="secondo nome",
        whole="nome completo, nome intero, nominativo",
        unclear="nome",
    ),
    "ja": Vocabulary(
        given="名, 下の名前",
        family="姓, 苗字, 名字",
        middle="ミドルネーム",
        whole="氏名, お名前, フルネーム",
        unclear="名前",
    ),
    "ka": Vocabulary(family="გვარი", whole="სრული სახელი", unclear="სახელი"),
    "ko": Vocabulary(
        family="성, 성씨", middle="중간 이름", whole="성명, 성함, 전체 이름", unclear="이름"
    ),
    "ku": Vocabulary(family="paşnav", whole="navê temam", unclear="nav"),
    "lt": Vocabulary(family="pavardė", unclear="vardas"),
    "lv": Vocabulary(family="uzvārds", unclear="vārds"),
    "mk": Vocabulary(family="презиме", unclear="име"),
    "my": Vocabulary(
        given="ပထမအမည်, ရှေ့အမည်, ပထမနာမည်",
        family="နောက်ဆုံးအမည်, နောက်အမည်, မိသားစုအမည်, မျိုးရိုးအမည်, မျိုးရိုးနာမည်",
        middle="အလယ်အမည်, အလယ်နာမည်",
        whole="အမည်အပြည့်အစုံ, နာမည်အပြည့်အစုံ",
        unclear="အမည်, နာမည်",
    ),
    "ne": Vocabulary(
        given="पहिलो नाम",
        family="थर, अन्तिम नाम, अन्तिम थर, पारिवारिक नाम",
        middle="बीचको नाम",
        whole="पूरा नाम, पुरा नाम",
        unclear="नाम",
    ),
    "nl": Vocabulary(
        given="voornaam, voornamen, roepnaam, voorletters",
        family="achternaam, familienaam",
        middle="tussenvoegsel, tussenvoegsels, tweede naam",
        whole="volledige naam, voor- en achternaam",
        unclear="naam",
    ),
    "pl": Vocabulary(
        given="imię, imiona, pierwsze imię",
        family="nazwisko",
        middle="drugie imię",
        whole="pełne imię, pełne imię i nazwisko",
    ),
    "pt": Vocabulary(
        given="primeiro nome, nome próprio, nomes próprios, prenome, nome de batismo",
        family="sobrenome, sobrenomes, apelido, apelidos, último nome, nome de família",
        middle="nome do meio, segundo nome",
        whole="nome completo, nome inteiro",
        unclear="nome, nomes",
    ),
    "ro": Vocabulary(
        given="prenume", family="nume de familie", whole="nume complet", unclear="nume, numele"
    ),
    "ru": Vocabulary(
        given="личное имя",
        family="фамилия",
        middle="отчество, среднее имя",
        whole="ФИО, полное имя",
        unclear="имя",
    ),
    "sk": Vocabulary(given="krstné meno", family="priezvisko", whole="celé meno", unclear="meno"),
    "sl": Vocabulary(family="priimek", whole="polno ime", unclear="ime"),
    "so": Vocabulary(
        given="magaca koowaad, magaca kowaad, magaca hore, magaca 1aad",
        family="magaca dambe, magaca qoyska, magaca ugu dambeeya, magaca awoowe, magaca awoowaha",
        middle="magaca labaad, magaca dhexe, magaca aabaha, magaca aabbaha",
        whole="magaca oo dhan, magaca oo buuxa, magaca buuxa, magaca saddexan",
        unclear="magac, magaca",
    ),
    "sq": Vocabulary(family="mbiemri, mbiemër", whole="emri i plotë", unclear="emri, emër"),
    "sr": Vocabulary(family="презиме", middle="средње име", whole="пуно име", unclear="име"),
    "sv": Vocabulary(
        given="förnamn, tilltalsnamn",
        family="efternamn, släktnamn",
        middle="mellannamn",
        whole="fullständigt namn, hela namnet, för- och efternamn",
        unclear="namn",
    ),
    "sw": Vocabulary(
        given="jina la kwanza, jina la kupewa",
        family="jina la mwisho, jina la ukoo, jina la familia, ubini",
        middle="jina la kati, jina la pili, jina la baba",
        whole="jina kamili, majina kamili",
        unclear="jina, majina",
    ),
    "ta": Vocabulary(
        given="முதல் பெயர்",
        family="குடும்பப் பெயர், கடைசி பெயர்",
        whole="முழு பெயர், முழுப் பெயர்",
        unclear="பெயர்",
    ),
    "th": Vocabulary(
        given="ชื่อจริง, ชื่อตัว",
        family="นามสกุล, สกุล",
        middle="ชื่อกลาง",
        whole="ชื่อเต็ม, ชื่อ-นามสกุล, ชื่อ-สกุล",
        unclear="ชื่อ",
    ),
    "ti": Vocabulary(
        given="ቀዳማይ ስም",
        family="ስም ኣቦ, ስም አቦ, ናይ ኣቦ ስም, ስም ስድራ, ስም ስድራቤት, ናይ ስድራ ስም",
        second_family="ስም ኣቦሓጎ, ስም ኣባሓጎ, ስም አባሓጎ",
        whole="ምሉእ ስም",
        unclear="ስም",
    ),
    "tr": Vocabulary(
        given="ilk ad, ilk isim, ön ad, ön isim",
        family="soyad, soyadı, soyisim, soy isim, soy ad",
        middle="ikinci ad, ikinci isim, göbek adı",
        whole="tam ad, tam adı, tam isim",
        unclear="isim",
        short_given="ad, adı",
    ),
    "uk": Vocabulary(
        given="власне ім'я",
        family="прізвище",
        middle="по батькові",
        whole="ПІБ, повне ім'я",
        unclear="ім'я",
    ),
    "ur": Vocabulary(
        given="پہلا نام",
        family="آخری نام, خاندانی نام, خاندان کا نام",
        middle="درمیانی نام",
        whole="پورا نام, مکمل نام",
        unclear="نام",
    ),
    "uz": Vocabulary(
        family="familiya, familiyasi", middle="sharifi, otasining ismi", unclear="ism, ismi"
    ),
    "vi": Vocabulary(
        given="tên gọi, tên riêng",
        family="họ và tên đệm, họ và đệm, họ đệm, họ lót, họ và chữ lót, họ và tên lót",
        middle="tên đệm, tên lót, chữ lót, chữ đệm",
        whole="họ và tên, họ tên, tên đầy đủ, họ và tên đầy đủ",
        short_given="tên",
        short_family="họ",
        short_middle="đệm, lót",
    ),
    "zh": Vocabulary(
        given="名",
        family="姓, 姓氏",
        middle="中间名, 中間名",
        whole="姓名, 全名",
        unclear="名字, 名称, 名稱",
    ),
}
