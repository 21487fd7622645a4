//! Points on the Earth.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use super::decimal::Decimal;
use crate::model::json;

/// A point: `{"_type": "point", "lat": …, "lon": …}`, in degrees.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Point {
    /// The latitude, from -90 to 90.
    pub latitude: Number,
    /// The longitude, from -180 to 180.
    pub longitude: Number,
}

/// A number that is compared exactly and calculated with approximately.
#[derive(Clone, Debug)]
pub struct Number {
    exact: Decimal,
    /// The nearest floating-point number.
    pub value: f64,
}

/// The latitudes and the longitudes that there are, in degrees. They are parsed once, as every object that a query judges may
/// have a point.
static LATITUDES: LazyLock<Option<(Decimal, Decimal)>> =
    LazyLock::new(|| Decimal::parse("-90").zip(Decimal::parse("90")));
static LONGITUDES: LazyLock<Option<(Decimal, Decimal)>> =
    LazyLock::new(|| Decimal::parse("-180").zip(Decimal::parse("180")));

/// The radius of the sphere on which distances are measured, in metres.
const RADIUS: f64 = 6_371_000.0;

impl Number {
    /// Parses a JSON number; `None` if it cannot be searched for.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { exact: Decimal::parse(text)?, value: text.parse().ok()? })
    }

    /// Whether it is above zero and at most so much.
    pub fn is_positive_up_to(&self, limit: &str) -> bool {
        let is_at_most = Decimal::parse(limit).is_some_and(|limit| self.exact <= limit);
        self.value >= 0.0 && self.exact != Decimal::zero() && is_at_most
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.exact == other.exact
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.exact.partial_cmp(&other.exact)
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.exact.hash(state);
    }
}

impl Point {
    /// The point that a JSON text is; `None` if it is none.
    pub fn of_json(text: &str) -> Option<Self> {
        if !text.starts_with('{') {
            return None;
        }
        let object = json::object(text).ok()?;
        let member = |name: &str| {
            let member = object.members.iter().find(|member| member.name == name)?;
            Some(object.part(&member.value))
        };
        if json::string(member("_type")?)? != "point" {
            return None;
        }
        let number = |name, limits: &Option<(Decimal, Decimal)>| {
            let text =
                member(name).filter(|text| text.starts_with(|first: char| first == '-' || first.is_ascii_digit()))?;
            let (lower, upper) = limits.as_ref()?;
            Number::parse(text).filter(|number| *lower <= number.exact && number.exact <= *upper)
        };
        Some(Self { latitude: number("lat", &LATITUDES)?, longitude: number("lon", &LONGITUDES)? })
    }

    /// The distance between two points in metres, by the haversine formula.
    pub fn distance(&self, other: &Self) -> f64 {
        let radians = |number: &Number| number.value.to_radians();
        let (latitude, other_latitude) = (radians(&self.latitude), radians(&other.latitude));
        let half_north = (other_latitude - latitude) / 2.0;
        let half_east = (radians(&other.longitude) - radians(&self.longitude)) / 2.0;
        let haversine = half_north.sin().powi(2) + latitude.cos() * other_latitude.cos() * half_east.sin().powi(2);
        2.0 * RADIUS * haversine.min(1.0).sqrt().asin()
    }

    /// Whether it is in the box between a south-western and a north-eastern corner, edges included. A box whose western edge
    /// is east of its eastern edge crosses the 180th meridian.
    pub fn is_in(&self, south_west: &Self, north_east: &Self) -> bool {
        let (west, east) = (&south_west.longitude, &north_east.longitude);
        let is_north_of = self.latitude >= south_west.latitude && self.latitude <= north_east.latitude;
        is_north_of
            && if west <= east {
                self.longitude >= *west && self.longitude <= *east
            } else {
                self.longitude >= *west || self.longitude <= *east
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: &str, longitude: &str) -> Point {
        let text = format!(r#"{{"_type":"point","lat":{latitude},"lon":{longitude}}}"#);
        Point::of_json(&text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn what_is_no_point_is_none() {
        for text in [
            "1",
            "null",
            r#"{"lat":1,"lon":2}"#,
            r#"{"_type":"Point","lat":1,"lon":2}"#,
            r#"{"_type":"point","lat":"1","lon":2}"#,
            r#"{"_type":"point","lat":1}"#,
            r#"{"_type":"point","lat":90.00000000000000000001,"lon":0}"#,
            r#"{"_type":"point","lat":0,"lon":-180.1}"#,
            r#"{"_type":"point","lat":0,"lon":1e99999}"#,
        ] {
            assert_eq!(Point::of_json(text), None, "{text}");
        }
        let spelled = r#"{"lon":1.80e2,"\u005ftype":"p\u006fint","more":[1],"lat":-90.0}"#;
        assert_eq!(Point::of_json(spelled), Some(point("-90", "180")));
    }

    #[test]
    fn distances_are_on_a_sphere() {
        let quarter = std::f64::consts::FRAC_PI_2 * RADIUS;
        for (first, second, metres) in [
            (point("0", "0"), point("0", "0"), 0.0),
            (point("0", "0"), point("90", "123"), quarter),
            (point("0", "0"), point("0", "180"), 2.0 * quarter),
            (point("0", "179"), point("0", "-179"), quarter / 45.0),
            (point("-90", "10"), point("90", "20"), 2.0 * quarter),
        ] {
            assert!((first.distance(&second) - metres).abs() < 1e-6, "{first:?} {second:?}");
            assert!((second.distance(&first) - metres).abs() < 1e-6);
        }
    }

    #[test]
    fn a_box_has_its_edges_and_may_cross_the_180th_meridian() {
        let (south_west, north_east) = (point("10", "170"), point("20", "-170"));
        for (latitude, longitude, is_in) in [
            ("10", "170", true),
            ("20", "-170", true),
            ("15", "180", true),
            ("15", "-180", true),
            ("15", "169.9999999999999999999", false),
            ("9.9", "175", false),
            ("15", "0", false),
        ] {
            assert_eq!(point(latitude, longitude).is_in(&south_west, &north_east), is_in, "{latitude} {longitude}");
        }
        assert!(point("0", "0").is_in(&point("0", "0"), &point("0", "0")));
    }
}
