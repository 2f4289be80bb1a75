# ruff: noqa: RUF001 letters of many scripts
"""Headings of columns, compared without case, accents, spaces and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

HEADINGS = {
    "email": (
        "email, email address, mail, mail address, your email, email adress, "
        "correo, correo electrónico, dirección de correo electrónico, courriel, adresse email, "
        "adresse électronique, adresse courriel, البريد الإلكتروني, البريد الالكتروني, "
        "الايميل, ইমেইল, ইমেল, အီးမေးလ်, 电子邮件, 電子郵件, 邮箱, 电子邮箱, メール, "
        "メールアドレス, imèl, adrès imèl, imel, ईमेल, इमेल, alamat email, surel, 이메일, "
        "전자우편, 이메일 주소, ایمیل, پست الکترونیکی, پست الکترونیک, ای میل, endereço de email, "
        "correio eletrónico, correio eletrônico, электронная почта, эл. почта, почта, iimayl, "
        "iimeyl, barua pepe, ኢመይል, e-posta, eposta, e-posta adresi, електронна пошта, "
        "ел. пошта, пошта, thư điện tử, địa chỉ email"
    ),
    "country": (
        "country, country code, país, codigo de país, código del país, pays, code pays, "
        "البلد, الدولة, দেশ, နိုင်ငံ, 国家, 國家, 国, bansa, peyi, ƙasa, देश, negara, "
        "국가, 나라, کشور, страна, dal, dalka, waddan, nchi, ሃገር, ülke, країна, ملک, "
        "quốc gia, nước, land, paese, kraj"
    ),
    "lang": "lang, language, idioma, langue, اللغة",
    "source": "source",
}
"""Common headings of each field; those of names are in `_name_headings`."""

OTHER_HEADINGS = (
    "id, no, nr, n, number, row, date, time, timestamp, date signed, signed at, phone, mobile, "
    "telephone, tel, phone number, city, town, village, address, street, postcode, postal code, "
    "zip, zip code, state, province, region, district, gender, sex, age, birthday, date of birth, "
    "organisation, organization, company, employer, occupation, job, title, salutation, comment, "
    "comments, note, notes, remark, remarks, message, consent, signature, website, "
    "teléfono, móvil, celular, ciudad, dirección, calle, código postal, provincia, región, fecha, "
    "hora, edad, sexo, género, organización, empresa, comentario, comentarios, notas, mensaje, "
    "firma, número, téléphone, portable, ville, adresse, rue, code postal, région, heure, âge, "
    "sexe, genre, entreprise, commentaire, commentaires, remarques, titre, civilité, numéro, "
    "telefone, cidade, endereço, rua, cep, estado, data, idade, organização, comentários, "
    "observações, assinatura, الهاتف, رقم الهاتف, المدينة, العنوان, التاريخ, ملاحظات, телефон, "
    "город, адрес, дата, возраст, комментарий, місто, адреса, 电话, 城市, 地址, 日期, 备注"
)
"""Common headings of columns that hold no part of a name."""

CONSENT_HEADINGS = (
    "public, show my name, público, علني, updates, news, newsletter, novedades, nouvelles, أخبار"
)
"""Common headings of the consent that people give when they confirm."""

SAME_LETTERS = str.maketrans(
    {
        **dict(zip("ıđłøƙɗɓ", "idlokdb", strict=True)),
        **dict.fromkeys("ىی", "ي"),
        **dict.fromkeys("ک", "ك"),
        **dict.fromkeys("ةۃہھە", "ه"),
        **dict.fromkeys("'’‘ʼ`´ـ", ""),
        "æ": "ae",
        "\N{ZERO WIDTH NON-JOINER}": " ",
    }
)
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
WORD = re.compile(r"[^\W_]+")


def heading_words(title: str) -> list[str]:
    """Split a heading into words without case and accents: ``firstName`` is first, name."""
    text = CAMEL_CASE.sub(" ", title).casefold().translate(SAME_LETTERS)
    decomposed = unicodedata.normalize("NFKD", text).translate(SAME_LETTERS)
    shown = (c for c in decomposed if unicodedata.category(c) not in {"Mn", "Mc", "Me", "Cf"})
    return WORD.findall("".join(shown))


def heading_key(title: str) -> str:
    """The same for every spelling of a heading: ``E-Mail *``, ``e_mail``, ``EMAIL:``."""
    return "".join(heading_words(title))


def field_of(title: str) -> str | None:
    """The field, other than a name, that a heading stands for."""
    return _fields().get(heading_key(title))


@cache
def _fields() -> dict[str, str]:
    return {
        heading_key(title): field
        for field, titles in HEADINGS.items()
        for title in titles.split(",")
    }


def is_no_name(title: str) -> bool:
    """Whether a heading is known to be about something else than a name."""
    return heading_key(title) in _keys(OTHER_HEADINGS) or is_consent(title)


def is_consent(title: str) -> bool:
    """Whether a heading is about being shown, or about news."""
    return heading_key(title) in _keys(CONSENT_HEADINGS)


@cache
def _keys(titles: str) -> frozenset[str]:
    return frozenset(map(heading_key, titles.split(",")))
