#!/usr/bin/env python3
"""Writes src/understand/lang/en/movable_holidays.txt: days of lunar calendars as tables of years.

    python3 -m venv venv && venv/bin/pip install holidays convertdate
    venv/bin/python eval/understand/make_holidays.py > src/understand/lang/en/movable_holidays.txt

The dates are facts from the two packages; for Islamic days that depend on the sighting of the moon they are the most
widely announced ones.
"""

import datetime as dt

import convertdate.hebrew as hebrew
import holidays.calendars as calendars

FIRST, LAST = 1950, 2060


def table(dates):
    return " ".join(
        f"{day.year} {day.month * 100 + day.day}" for day in sorted(set(dates)) if FIRST <= day.year <= LAST
    )


def rule(patterns, dates, length=0):
    """length > 0: a festival of so many days."""
    entries = table(dates)
    if entries:
        name, kind = ("festival", f"6 {length}") if length else ("holiday", "5")
        print(f"{name} = {' | '.join(patterns)} -> holiday {kind} {entries}")


def hebrew_days(month, day, shift=None):
    """A day of the Hebrew calendar in every year; shift moves it for the weekday it falls on."""
    for year in range(FIRST + 3760, LAST + 3762):
        if month == 12 and hebrew.leap(year):
            number = 13
        else:
            number = month
        found = dt.date(*hebrew.to_gregorian(year, number, day))
        # Said by the evening on which it begins.
        yield found + dt.timedelta(days=(shift(found.weekday()) if shift else 0) - 1)


def lunar(calendar, name, days=0):
    """What `holidays` knows under NAME_date(year) or NAME_dates(year)."""
    for year in range(FIRST, LAST + 1):
        if hasattr(calendar, f"{name}_dates"):
            found = [
                entry[0] if isinstance(entry, tuple) else entry for entry in getattr(calendar, f"{name}_dates")(year)
            ]
        else:
            entry = getattr(calendar, f"{name}_date")(year)
            found = list(entry) if hasattr(entry, "__next__") else [entry[0] if isinstance(entry, tuple) else entry]
        for day in found:
            day = day[0] if isinstance(day, tuple) else day
            if day:
                yield day + dt.timedelta(days=days)


def main():
    print("# Days of lunar calendars. Made by eval/understand/make_holidays.py; change that instead.")
    islamic, hindu = calendars._IslamicLunar(), calendars._HinduLunisolar()
    chinese, buddhist = calendars._ChineseLunisolar(), calendars._BuddhistLunisolar()
    rule(
        [
            "eid",
            "eid al - fitr",
            "eid ul - fitr",
            "eid al fitr",
            "id al - fitr",
            "id ul - fitr",
            "festival of breaking the fast",
        ],
        lunar(islamic, "eid_al_fitr"),
    )
    rule(
        [
            "eid al - adha",
            "eid ul - adha",
            "eid al adha",
            "id ul - adha",
            "id al - adha",
            "eid al - azha",
            "eidul azha",
            "sacrifice feast",
            "feast of the sacrifice",
            "bakr id",
            "bakr eid",
        ],
        lunar(islamic, "eid_al_adha"),
    )
    rule(
        ["laylat al - qadr", "laylat al qadr", "laylat al kadr", "night of power", "night of measures"],
        lunar(islamic, "laylat_al_qadr"),
    )
    rule(["jumu'atul - wida", "jamat ul - vida", "jumu'atul wida"], lunar(islamic, "jumuatul_wida"))
    rule(["islamic new year", "amun jadid", "hijri new year"], lunar(islamic, "hijri_new_year"))
    rule(["[day of] ashura"], lunar(islamic, "ashura"))
    rule(["mawlid", "mawlid al - nabawi", "the prophet 's birthday"], lunar(islamic, "mawlid"))
    rule(
        ["isra and mi'raj", "the prophet 's ascension", "[the] ascension to heaven"], lunar(islamic, "isra_and_miraj")
    )
    rule(["ramadan", "ramazan", "ramadhan", "ramzan", "ramathan"], lunar(islamic, "ramadan_beginning"), 30)

    rule(["yom kippur", "day of atonement"], hebrew_days(7, 10))
    rule(["rosh hashanah", "rosh hashana", "rosh hashanna", "jewish new year"], hebrew_days(7, 1), length=3)
    rule(
        ["sukkot", "feast of tabernacles", "feast of booths", "feast of the ingathering"],
        hebrew_days(7, 15),
        length=9,
    )
    rule(["shemini atzeret"], hebrew_days(7, 22))
    rule(["simchat torah"], hebrew_days(7, 23))
    rule(["hanukkah", "hanukah", "hannukkah", "chanukah"], hebrew_days(9, 25), length=8)
    rule(["tu bishvat"], hebrew_days(11, 15))
    rule(["purim"], hebrew_days(12, 14))
    rule(["shushan purim"], hebrew_days(12, 15))
    rule(["passover", "pesach"], hebrew_days(1, 15), length=9)
    rule(
        ["yom hashoah", "yom hashoah [day]", "holocaust day", "holocaust remembrance day"],
        hebrew_days(1, 27, lambda weekday: {4: -1, 6: 1}.get(weekday, 0)),
    )
    rule(
        ["yom ha'atzmaut", "yom haatzmaut", "israeli independence day"],
        hebrew_days(2, 5, lambda weekday: {4: -1, 5: -2, 0: 1}.get(weekday, 0)),
    )
    rule(["lag baomer", "lag b'omer"], hebrew_days(2, 18))
    rule(["shavuot", "feast of weeks"], hebrew_days(3, 6), length=3)
    rule(["tisha b'av"], hebrew_days(5, 9, lambda weekday: 1 if weekday == 5 else 0))

    rule(
        [
            "[chinese] lunar new year",
            "chinese [lunar] ( new year | new years | new year 's ) [day]",
            "spring festival",
            "seollal",
            "tet",
        ],
        lunar(chinese, "lunar_new_year"),
    )
    rule(["lantern festival"], lunar(chinese, "lunar_new_year", 14))
    rule(
        ["qingming [festival | day]", "ching ming [festival | day]", "( tomb sweeping | tomb - sweeping ) day"],
        lunar(chinese, "qingming"),
    )
    rule(["( double ninth | chongyang | chung yeung ) ( festival | day )"], lunar(chinese, "double_ninth"))
    rule(["winter solstice", "dongzhi [festival]"], lunar(chinese, "winter_solstice"))
    rule(
        ["mid - autumn festival", "mid autumn festival", "( moon | mooncake ) festival", "chuseok"],
        lunar(chinese, "mid_autumn"),
    )
    rule(["dragon boat festival"], lunar(chinese, "dragon_boat"))
    rule(["vesak", "vaisakha", "buddha day", "buddha purnima", "wesak"], lunar(buddhist, "vesak"))

    days = [
        (["diwali", "deepavali", "lakshmi puja"], "diwali_india", 0),
        (["holi", "phagwah", "dhulandi"], "holi", 0),
        (["holika dahan", "chhoti holi", "kamudu pyre"], "holi", -1),
        (["raksha bandhan", "rakhi"], "raksha_bandhan", 0),
        (["[krishna] janmashtami", "gokulashtami"], "janmashtami", 0),
        (["ganesh chaturthi"], "ganesh_chaturthi", 0),
        (["rama navami", "ram navami"], "ram_navami", 0),
        (["mahavir jayanti", "mahaveer jayanti", "mahaveer janma kalyanak"], "mahavir_jayanti", 0),
        (["dussehra", "vijayadashami", "vijaya dashami"], "dussehra", 0),
        (["guru nanak jayanti"], "guru_nanak_jayanti", 0),
        (["[thiru] onam", "thiruvonam"], "onam", 0),
        (["[thai] pongal", "makar sankranti", "makara sankranthi", "maghi"], "makar_sankranti", 0),
        (["boghi", "bhogi", "bogi pandigai"], "makar_sankranti", -1),
        (["kaanum pongal", "kanni pongal"], "makar_sankranti", 2),
        (["maha shivaratri", "shivaratri"], "maha_shivaratri", 0),
        (["vaisakhi", "baisakhi", "vasakhi", "vaishakhi"], "vaisakhi", 0),
        (["ugadi", "yugadi", "gudi padwa", "samvatsaradi", "chaitra sukladi", "chaitra sukhladi"], "gudi_padwa", 0),
        (["dhanteras", "dhanatrayodashi"], "diwali_india", -2),
        (["naraka chaturdashi", "choti diwali"], "naraka_chaturdashi", 0),
        (["chhath", "[chhath | dala] puja", "surya shashthi"], "chhath_puja", 0),
        (["karva chauth", "karwa chauth"], "karwa_chauth", 0),
        (["vasant panchami", "basant panchami"], "basant_panchami", 0),
        (["ratha - yatra", "ratha yatra"], "rath_yatra", 0),
        (["guru gobind singh ( jayanti | birthday )", "guru govind singh jayanti"], "guru_gobind_singh_jayanti", 0),
        (["guru ( ravidas | ravidass ) ( jayanti | birthday )"], "guru_ravidas_jayanti", 0),
        (["( maharishi valmiki | valmiki ) jayanti", "pargat diwas"], "maharshi_valmiki_jayanti", 0),
        (["[swami] [dayananda] saraswati jayanti"], "swami_dayanand_saraswati_jayanti", 0),
    ]
    rule(["navaratri", "navratri", "sharad navratri", "durga puja"], lunar(hindu, "sharad_navratri"), 10)
    for patterns, name, shift in days:
        if hasattr(hindu, f"{name}_date") or hasattr(hindu, f"{name}_dates"):
            rule(
                [pattern.replace("[chhath | dala] puja", "( chhath | dala ) puja") for pattern in patterns],
                lunar(hindu, name, shift),
            )


if __name__ == "__main__":
    main()
