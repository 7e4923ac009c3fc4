//! What Windows, and so Azure's auto-shutdown, calls time zones: a part of Unicode CLDR's `windowsZones`.

/// Windows' name, and IANA zones with the same rules.
const ZONES: [(&str, &[&str]); 44] = [
    ("UTC", &["UTC", "Etc/UTC", "Etc/GMT", "GMT"]),
    ("Hawaiian Standard Time", &["Pacific/Honolulu"]),
    ("Alaskan Standard Time", &["America/Anchorage"]),
    ("Pacific Standard Time", &["America/Los_Angeles", "America/Vancouver", "US/Pacific"]),
    ("US Mountain Standard Time", &["America/Phoenix"]),
    ("Mountain Standard Time", &["America/Denver", "America/Edmonton", "US/Mountain"]),
    ("Central Standard Time", &["America/Chicago", "America/Winnipeg", "US/Central"]),
    ("Central Standard Time (Mexico)", &["America/Mexico_City"]),
    ("Canada Central Standard Time", &["America/Regina"]),
    ("SA Pacific Standard Time", &["America/Bogota", "America/Lima"]),
    ("Eastern Standard Time", &["America/New_York", "America/Toronto", "America/Detroit", "US/Eastern"]),
    ("Atlantic Standard Time", &["America/Halifax"]),
    ("Newfoundland Standard Time", &["America/St_Johns"]),
    ("E. South America Standard Time", &["America/Sao_Paulo"]),
    ("Argentina Standard Time", &["America/Argentina/Buenos_Aires", "America/Buenos_Aires"]),
    ("Pacific SA Standard Time", &["America/Santiago"]),
    ("GMT Standard Time", &["Europe/London", "Europe/Dublin", "Europe/Lisbon"]),
    ("Greenwich Standard Time", &["Atlantic/Reykjavik"]),
    (
        "W. Europe Standard Time",
        &["Europe/Berlin", "Europe/Amsterdam", "Europe/Oslo", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna"],
    ),
    ("W. Europe Standard Time", &["Europe/Zurich", "Europe/Luxembourg"]),
    ("Romance Standard Time", &["Europe/Paris", "Europe/Brussels", "Europe/Copenhagen", "Europe/Madrid"]),
    ("Central Europe Standard Time", &["Europe/Budapest", "Europe/Prague", "Europe/Belgrade", "Europe/Ljubljana"]),
    ("Central European Standard Time", &["Europe/Warsaw", "Europe/Zagreb", "Europe/Sarajevo"]),
    ("W. Central Africa Standard Time", &["Africa/Lagos"]),
    ("GTB Standard Time", &["Europe/Bucharest", "Europe/Athens"]),
    ("FLE Standard Time", &["Europe/Kiev", "Europe/Kyiv", "Europe/Helsinki", "Europe/Tallinn", "Europe/Riga"]),
    ("FLE Standard Time", &["Europe/Vilnius", "Europe/Sofia"]),
    ("Egypt Standard Time", &["Africa/Cairo"]),
    ("South Africa Standard Time", &["Africa/Johannesburg"]),
    ("Israel Standard Time", &["Asia/Jerusalem"]),
    ("Turkey Standard Time", &["Europe/Istanbul"]),
    ("E. Africa Standard Time", &["Africa/Nairobi"]),
    ("Arab Standard Time", &["Asia/Riyadh"]),
    ("Arabian Standard Time", &["Asia/Dubai"]),
    ("India Standard Time", &["Asia/Kolkata", "Asia/Calcutta"]),
    ("SE Asia Standard Time", &["Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh"]),
    ("China Standard Time", &["Asia/Shanghai", "Asia/Hong_Kong"]),
    ("Singapore Standard Time", &["Asia/Singapore", "Asia/Kuala_Lumpur", "Asia/Manila"]),
    ("W. Australia Standard Time", &["Australia/Perth"]),
    ("Tokyo Standard Time", &["Asia/Tokyo"]),
    ("Korea Standard Time", &["Asia/Seoul"]),
    ("AUS Eastern Standard Time", &["Australia/Sydney", "Australia/Melbourne"]),
    ("E. Australia Standard Time", &["Australia/Brisbane"]),
    ("New Zealand Standard Time", &["Pacific/Auckland"]),
];

/// Windows' name of an IANA zone, where claw knows it.
pub fn name(iana: &str) -> Option<&'static str> {
    ZONES.iter().find(|(_, zones)| zones.contains(&iana)).map(|(windows, _)| *windows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::idle::zone::Zone;

    #[test]
    fn every_zone_is_one_and_none_stands_twice() {
        let all: Vec<&str> = ZONES.iter().flat_map(|(_, zones)| zones.iter().copied()).collect();
        for zone in &all {
            assert!(Zone::try_from((*zone).to_owned()).is_ok(), "{zone}");
            assert_eq!(all.iter().filter(|other| *other == zone).count(), 1, "{zone}");
        }
        assert_eq!((name("Europe/Zurich"), name("Antarctica/Troll")), (Some("W. Europe Standard Time"), None));
    }
}
